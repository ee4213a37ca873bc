import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// Operations that deliver bit by bit, their time limits and cancellations, under a failover source.
@Suite("Streams beside buckets", .timeLimit(.minutes(20)))
struct StreamingCaseTests {
    let clock = ManualClock()

    private func retrier(_ attempts: Int? = nil, _ source: any FailoverSource = Script()) throws -> Retrier {
        Retrier(
            try .immediate(attempts, isIdempotent: true),
            classifier: .openAI,
            clock: clock,
            budget: nil,
            generator: SmallGenerator(seed: 1),
            failover: source
        )
    }

    @Test("E-1: What is delivered arrives in order; E-2: an error after the first of it is thrown as it is, after one call")
    func delivered() async throws {
        var seen: [Int] = []
        try await retrier().stream { _, output in
            for number in 1...3 {
                output.begin()
                seen.append(number)
            }
        }
        #expect(seen == [1, 2, 3])
        let (script, count) = (Script(), Calls())
        let broken = Trouble(429, message: "in the middle")
        await #expect(throws: broken) {
            try await retrier(nil, script).stream { _, output in
                count.add("")
                output.begin()
                throw broken
            }
        }
        #expect(count.count == 1 && script.contexts.isEmpty)
    }

    @Test("E-3: A first output that does not come in time is an error")
    func late() async throws {
        let timeout = try Timeout(.milliseconds(100), clock: clock)
        let retrier = try retrier(1)
        let running = Task { [clock] in
            try await retrier.stream(firstOutputWithin: timeout) { _, _ in try await clock.pause(for: .milliseconds(200)) }
        }
        await clock.waitForSleepers(2)
        clock.advance(by: .milliseconds(100))
        let error = await #expect(throws: PolicyError.self) { try await running.value }
        #expect(error?.code == .timedOut)
    }

    @Test("E-5: An attempt that came too late is cancelled and over before the next one; never are two alive")
    func closed() async throws {
        let timeout = try Timeout(.milliseconds(100), clock: clock)
        let retrier = try retrier()
        let alive = Mutex((now: 0, most: 0, cancelled: 0, over: 0))
        let running = Task { [clock] in
            try await retrier.stream(firstOutputWithin: timeout) { attempt, output in
                alive.withLock { alive in
                    alive.now += 1
                    alive.most = max(alive.most, alive.now)
                }
                defer {
                    alive.withLock { alive in
                        alive.now -= 1
                        alive.over += 1
                    }
                }
                if attempt.number == 1 {
                    do {
                        try await clock.pause(for: .seconds(60))
                    } catch {
                        alive.withLock { $0.cancelled += 1 }
                        throw error
                    }
                }
                output.begin()
            }
        }
        await clock.waitForSleepers(2)
        clock.advance(by: .milliseconds(100))
        try await running.value
        #expect(alive.withLock { $0 } == (0, 1, 1, 2))
    }

    @Test("E-6: With a time limit, too, an error after the first output is not retried")
    func afterOutput() async throws {
        let timeout = try Timeout(.seconds(1), clock: clock)
        let count = Calls()
        await #expect(throws: Trouble(503)) {
            try await retrier().stream(firstOutputWithin: timeout) { _, output in
                count.add("")
                output.begin()
                throw Trouble(503)
            }
        }
        #expect(count.count == 1)
    }

    @Test("E-7: Who is cancelled already calls nothing")
    func cancelledBefore() async throws {
        let count = Calls()
        let retrier = try retrier()
        let running = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await retrier.run { _ in _ = count.add("") }
        }
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(count.count == 0)
    }

    @Test("E-9: A cancellation in the middle of a call reaches it")
    func cancelledInside() async throws {
        let retrier = try retrier()
        let count = Calls()
        let running = Task { [clock] in
            try await retrier.run { _ in
                count.add("")
                try? await clock.pause(for: .seconds(60))
                guard Task.isCancelled else { return }
                throw Trouble(503)
            }
        }
        await clock.waitForSleepers()
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(count.count == 1)
    }

    @Test("E-13: Settings out of range are refused; waits of zero are not; parallel calls inside get what is left, no more")
    func settings() async throws {
        #expect(throws: InvalidArgument.self) { try RetryPolicy(attempts: -1) }
        #expect(throws: InvalidArgument.self) { try Backoff.constant(.seconds(-1)) }
        #expect(throws: InvalidArgument.self) { try Backoff.exponential(base: .seconds(1), factor: .nan) }
        #expect(throws: InvalidArgument.self) { try Backoff.exponential(base: .seconds(1), factor: .infinity) }
        #expect(throws: InvalidArgument.self) { try Timeout(.seconds(-1)) }
        _ = try Backoff.constant(.zero)
        let outer = Retrier(
            try RetryPolicy(attempts: 3, backoff: .none, nesting: .sharesAttempts),
            classifier: .openAI,
            clock: clock,
            budget: nil,
            failover: Script()
        )
        let inner = Retrier(
            try RetryPolicy(attempts: 9, backoff: .none, nesting: .sharesAttempts),
            classifier: .openAI,
            clock: clock,
            budget: nil
        )
        let count = Calls()
        try await outer.run { _ in
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        _ = try? await inner.run { _ in
                            count.add("")
                            throw Trouble(503)
                        }
                    }
                }
            }
        }
        #expect(count.count == 8 + 2)
    }
}
