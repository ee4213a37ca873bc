import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("The outcome of a call", .timeLimit(.minutes(20)))
struct RetryOutcomeTests {
    @Test("It holds the result and why each retry was made")
    func success() async throws {
        let retrier = try Retrier.forTests()
        let outcome = await retrier.outcome { attempt in
            switch attempt.number {
            case 1: throw Trouble.busy
            case 2: throw Trouble.busy
            default: attempt.number
            }
        }
        #expect(try outcome.result.get() == 3)
        #expect(outcome.stop == nil)
        #expect(outcome.retryableAt == nil)
        #expect(outcome.attempts.map(\.number) == [1, 2, 3])
        let expected: [RetryDecision?] = [.retry(after: .zero, .transient), .retry(after: .zero, .transient), nil]
        #expect(outcome.attempts.map(\.decision) == expected)
        #expect(outcome.attempts.map(\.classification?.category) == [.unavailable, .unavailable, nil])
    }

    @Test("It holds the error and why nothing more was tried")
    func failure() async throws {
        let retrier = try Retrier.forTests()
        let cases: [(Trouble, StopReason, Int)] = [
            (.busy, .attemptsUsedUp, 3), (.wrong, .notRetryable, 1), (.silent, .ambiguous, 1),
        ]
        for (trouble, reason, attempts) in cases {
            let outcome: RetryOutcome<Int> = await retrier.outcome { _ in throw trouble }
            #expect(throws: trouble) { try outcome.result.get() }
            #expect(outcome.stop == reason)
            #expect(outcome.attempts.count == attempts)
            #expect(outcome.attempts.last?.decision == .stop(reason, retryableAt: nil))
        }
    }

    @Test("Each attempt carries when it began and ended, the waits left out")
    func times() async throws {
        let clock = ManualClock()
        let policy = try RetryPolicy(attempts: 2, backoff: .constant(.seconds(10)), jitter: .none)
        let retrier = try Retrier.forTests(policy, clock: clock)
        let begin = clock.now
        let running = Task {
            await retrier.outcome { _ -> Int in
                clock.advance(by: .seconds(1))
                throw Trouble.busy
            }
        }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(10))
        let attempts = await running.value.attempts
        #expect(attempts.map { begin.duration(to: $0.began) } == [.zero, .seconds(11)])
        #expect(attempts.map { begin.duration(to: $0.ended) } == [.seconds(1), .seconds(12)])
    }

    @Test("A result that was never accepted is given, with the reason for stopping")
    func rejected() async throws {
        let outcome = await (try Retrier.forTests()).outcome(retryIf: { $0 < 9 }, of: { $0.number })
        #expect(try outcome.result.get() == 3)
        #expect(outcome.stop == .attemptsUsedUp)
        #expect(outcome.attempts.map(\.classification) == [nil, nil, nil])
        #expect(outcome.attempts.first?.decision == .retry(after: .zero, .result))
    }

    @Test("An observer is told of every decision with its reason")
    func events() async throws {
        let observer = RecordingObserver()
        let retrier = try Retrier.forTests(observer: observer)
        _ = try await retrier.run { attempt in if attempt.number == 1 { throw Trouble.busy } }
        _ = try? await retrier.run { _ in throw Trouble.wrong }
        let events = observer.events
        #expect(events.map(\.kind) == [.retryScheduled, .retrySucceeded, .retryStopped])
        #expect(events.allSatisfy { $0.subject == "test" })
        let first = ["attempt": "1", "reason": "transient", "delay": "0.0 seconds", "category": "unavailable"]
        #expect(events[0].attributes == first)
        #expect(events[1].attributes == ["attempt": "2"])
        #expect(events[2].attributes == ["attempt": "1", "reason": "notRetryable", "category": "validation"])
    }

    @Test("A result that was never accepted is told to the observer as a stop, and not as a success besides")
    func rejectedEvents() async throws {
        let observer = RecordingObserver()
        let retrier = try Retrier.forTests(observer: observer)
        _ = try await retrier.run(retryIf: { _ in true }) { $0.number }
        #expect(observer.events.map(\.kind) == [.retryScheduled, .retryScheduled, .retryStopped])
    }

    @Test("A cancelled wait is told to the observer")
    func cancelled() async throws {
        let (clock, observer) = (ManualClock(), RecordingObserver())
        let retrier = try Retrier.forTests(
            try RetryPolicy(backoff: .constant(.seconds(1)), jitter: .none),
            clock: clock,
            observer: observer
        )
        let running = Task { try await retrier.run { _ in throw Trouble.busy } }
        await clock.waitForSleepers()
        running.cancel()
        _ = await running.result
        #expect(observer.events.map(\.kind) == [.retryScheduled, .retryStopped])
        #expect(observer.events.last?.attributes["reason"] == "cancelled")
    }
}
