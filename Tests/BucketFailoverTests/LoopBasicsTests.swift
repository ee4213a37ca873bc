import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// The retry loop under a failover source, where nothing fails over.
@Suite("The retry loop beside buckets", .timeLimit(.minutes(20)))
struct LoopBasicsTests {
    let clock = ManualClock()

    private func retrier(
        _ policy: RetryPolicy,
        _ source: (any FailoverSource)? = Script(),
        observer: (any Observer)? = nil
    ) -> Retrier {
        Retrier(
            policy,
            classifier: .openAI,
            clock: clock,
            budget: nil,
            generator: SmallGenerator(seed: 1),
            observer: observer,
            failover: source
        )
    }

    /// Throws these one after another, then succeeds; gives how often it was called.
    private func calls(_ retrier: Retrier, _ errors: [any Error]) async throws -> Int {
        try await retrier.run { attempt in
            if attempt.number <= errors.count { throw errors[attempt.number - 1] }
            return attempt.number
        }
    }

    @Test("B1: Without an error there is one attempt, and what it delivers arrives")
    func oneAttempt() async throws {
        var delivered: [Int] = []
        let count = try await retrier(.immediate()).stream { attempt, output in
            output.begin()
            delivered += [1, 2, 3]
            return attempt.number
        }
        #expect(count == 1 && delivered == [1, 2, 3])
    }

    @Test("B2, B3, B5: 429, 503 and a connection that was not made are tried again; B4: 400 is not")
    func retried() async throws {
        let retrier = retrier(try .immediate(isIdempotent: true))
        for error in [Trouble(429), Trouble(503), Trouble(nil, code: "ECONNREFUSED"), Trouble(nil, code: "ECONNRESET")] {
            #expect(try await calls(retrier, [error]) == 2)
        }
        let (script, count) = (Script(), Calls())
        await #expect(throws: Trouble(400)) {
            try await self.retrier(.immediate(), script).run { _ in
                count.add("")
                throw Trouble(400)
            }
        }
        #expect(count.count == 1 && script.contexts.isEmpty)
    }

    @Test(
        "B6, B15, B16, B19: When the attempts are used up the last error itself is thrown, and the outcome has the trail",
        arguments: [1, 2, 3]
    )
    func usedUp(attempts: Int) async throws {
        for trouble in [Trouble(503, message: "down"), Trouble(429, message: "Rate limit exceeded")] {
            let retrier = retrier(try .immediate(attempts))
            let outcome: RetryOutcome<Void> = await retrier.outcome { _ in throw trouble }
            #expect(throws: trouble) { try outcome.result.get() }
            #expect(outcome.attempts.count == attempts && outcome.stop == .attemptsUsedUp)
        }
    }

    @Test("B8: Retry-After is a floor, whatever the back-off is; B9: who observes is told each wait")
    func retryAfter() async throws {
        let observer = RecordingObserver()
        let policy = try RetryPolicy(backoff: .constant(.milliseconds(50)), throttledBackoff: .none, jitter: .none)
        let retrier = retrier(policy, observer: observer)
        let running = Task { try await calls(retrier, [Trouble(429, headers: ["Retry-After": "1"])]) }
        await clock.waitForSleepers()
        #expect(clock.nextWake.map { $0 >= clock.now.advanced(by: .seconds(1)) } == true)
        clock.advance(by: .seconds(10))
        #expect(try await running.value == 2)
        let delays = observer.events.filter { $0.kind == .retryScheduled }.map { $0.attributes["delay"] ?? "" }
        #expect(delays.count == 1 && delays[0].hasPrefix("1"), "\(delays)")
    }

    @Test("B10, B11: The policy of a request has its own attempts and waits; B12: the preset has those of an API")
    func policies() async throws {
        #expect(try await calls(retrier(.immediate(5)), Array(repeating: Trouble(503), count: 4)) == 5)
        let quick = try RetryPolicy(backoff: .constant(.milliseconds(20)), throttledBackoff: .none, jitter: .none)
        let running = Task { try await calls(retrier(quick), [Trouble(503)]) }
        await clock.waitForSleepers()
        #expect(clock.nextWake == clock.now.advanced(by: .milliseconds(20)))
        clock.advance(by: .milliseconds(20))
        #expect(try await running.value == 2)
        let preset = RetryPolicy.apiRequest
        var generator = SmallGenerator(seed: 1)
        let waits = (1...5).map { preset.backoff.delay(beforeRetry: $0, using: &generator) }
        #expect(preset.attempts == 6)
        #expect(waits == [.seconds(5), .seconds(10), .seconds(20), .seconds(30), .seconds(30)])
    }

    @Test("B13: A bare `fetch failed` is retried where that is harmless; B14: so is a wrapped api_error")
    func bareAndWrapped() async throws {
        #expect(try await calls(retrier(.immediate(isIdempotent: true)), [Trouble(nil, message: "fetch failed")]) == 2)
        let wrapped = Trouble(nil, code: "api_error", message: "Internal server error")
        #expect(try await calls(retrier(.immediate(isIdempotent: true)), [wrapped]) == 2)
    }

    @Test("B17: What an observer does cannot stop the retries: it cannot throw, and it is told all of them")
    func observed() async throws {
        let observer = RecordingObserver()
        #expect(try await calls(retrier(.immediate(), observer: observer), [Trouble(503), Trouble(503)]) == 3)
        #expect(observer.count(.retryScheduled) == 2)
    }

    @Test("B18, J15, E-8, E-10: Who is cancelled after the first failure makes no second call, and sees a cancellation")
    func cancelledWait() async throws {
        let retrier = retrier(try RetryPolicy(backoff: .constant(.seconds(1)), jitter: .none))
        let count = Calls()
        let running = Task {
            try await retrier.run { _ in
                count.add("")
                throw Trouble(503)
            }
        }
        await clock.waitForSleepers()
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(count.count == 1)
    }

    @Test("C12: Without a handler a 429 is waited out")
    func noHandler() async throws {
        #expect(try await calls(retrier(.immediate(), nil), [Trouble(429)]) == 2)
    }

    @Test("C25: Calls inside share the one budget of the outermost: two calls in all, and the error itself")
    func sharedBudget() async throws {
        let outer = retrier(try RetryPolicy(attempts: 2, throttledBackoff: .none, nesting: .sharesAttempts), nil)
        let policy = try RetryPolicy(attempts: 4, backoff: .none, throttledBackoff: .none, nesting: .sharesAttempts)
        let (inner, count) = (retrier(policy), Calls())
        let outcome: RetryOutcome<Void> = await outer.outcome { _ in
            try await inner.run { _ in
                count.add("")
                throw Trouble(429)
            }
        }
        #expect(throws: Trouble(429)) { try outcome.result.get() }
        #expect(count.count == 2)
    }

    @Test("D14: A 429 or 503 that stays takes all attempts")
    func persistent() async throws {
        for status in [429, 503] {
            let outcome: RetryOutcome<Void> = await retrier(try .immediate(6), nil).outcome { _ in throw Trouble(status) }
            #expect(outcome.attempts.count == 6)
        }
    }

    @Test("D15: A retrier around another one does not multiply: two calls for a 403, one for a 422")
    func nested() async throws {
        for (status, expected) in [(403, 2), (422, 1)] {
            let outer = retrier(try .immediate(4), Script(answers: false))
            let (inner, count) = (retrier(try .immediate(4), nil), Calls())
            let outcome: RetryOutcome<Void> = await outer.outcome { _ in
                try await inner.run { _ in
                    count.add("")
                    throw Trouble(status)
                }
            }
            #expect(throws: (any Error).self) { try outcome.result.get() }
            #expect(count.count == expected)
        }
    }
}
