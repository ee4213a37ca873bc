import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("The waits of a retrier", .timeLimit(.minutes(20)))
struct RetrierWaitTests {
    private let clock = ManualClock()

    private func retrier(
        attempts: Int = 3,
        backoff: Backoff = .none,
        elapsedLimit: Duration? = nil,
        retryAfterCeiling: Duration = .seconds(60)
    ) throws -> Retrier {
        let policy = try RetryPolicy(
            attempts: attempts,
            backoff: backoff,
            jitter: .none,
            retryAfterCeiling: retryAfterCeiling,
            elapsedLimit: elapsedLimit
        )
        return try .forTests(policy, clock: clock)
    }

    /// The instants at which an operation that always fails so is tried, while the clock is moved from wait to wait.
    private func starts(_ retrier: Retrier, deadline: Timestamp? = nil, _ error: Trouble) throws -> [Duration] {
        try Simulation.run(seed: 1) { [clock] sim in
            let begin = clock.now
            sim.task("moving") {
                // The pause ends when nobody else can go on: then the retrier waits, or has ended.
                repeat { try await sim.clock.pause(for: .microseconds(1)) } while clock.advanceToNextWake()
            }
            var starts: [Duration] = []
            _ = try? await retrier.run(deadline: deadline) { _ in
                starts.append(begin.duration(to: clock.now))
                throw error
            }
            return starts
        }.value
    }

    @Test("It waits the back-off before each retry")
    func backoff() async throws {
        let doubling = try Backoff.exponential(base: .seconds(1), cap: .seconds(4))
        let starts = try starts(retrier(attempts: 5, backoff: doubling), .busy)
        #expect(starts == [0, 1, 3, 7, 11].map { .seconds($0) })
    }

    @Test(
        "rule 4: a Retry-After below the ceiling is waited for, and costs no more than its attempt"
    )
    func retryAfter() async throws {
        let starts = try starts(retrier(), .throttled(.seconds(60)))
        #expect(starts == [0, 60, 120].map { .seconds($0) })
    }

    @Test("rule 4: a Retry-After beyond the ceiling ends the call with its error and the instant to come back")
    func retryAfterBeyondCeiling() async throws {
        let retrier = try retrier()
        let outcome: RetryOutcome<Int> = await retrier.outcome { _ in throw Trouble.throttled(.seconds(61)) }
        #expect(outcome.stop == .retryAfterBeyondCeiling)
        #expect(outcome.retryableAt == clock.now.advanced(by: .seconds(61)))
        #expect(outcome.attempts.count == 1)
        #expect(throws: Trouble.throttled(.seconds(61))) { try outcome.result.get() }
    }

    @Test("rule 6: the deadline is tested before the wait")
    func deadline() async throws {
        let backoff = try Backoff.constant(.seconds(10))
        let deadline = clock.now.advanced(by: .seconds(20))
        #expect(
            try starts(retrier(attempts: 9, backoff: backoff), deadline: deadline, .busy) == [
                .zero, .seconds(10),
            ]
        )
        #expect(
            clock.now == deadline.advanced(by: .seconds(-10)),
            "the wait that would end at the deadline never began"
        )
    }

    @Test(
        "The elapsed limit counts from the begin of the call, and the earlier of both limits holds"
    )
    func elapsed() async throws {
        let retrier = try retrier(attempts: 9, backoff: try .constant(.seconds(10)), elapsedLimit: .seconds(25))
        #expect(try starts(retrier, .busy) == [0, 10, 20].map { .seconds($0) })
        let begin = clock.now
        #expect(try await retrier.run { $0.deadline } == begin.advanced(by: .seconds(25)))
        let soon = begin.advanced(by: .seconds(5))
        #expect(try await retrier.run(deadline: soon) { $0.deadline } == soon)
        #expect(try await retrier.run(deadline: .distantFuture) { $0.deadline } == begin.advanced(by: .seconds(25)))
    }

    @Test("The elapsed limit is measured on the monotonic clock, whatever the wall clock does", arguments: [-3600, 3600])
    func elapsedUnderSteps(step: Int) async throws {
        let (wall, monotonic) = (SteppedWall(), clock)
        let clock = SystemClock(wall: { wall.now }, monotonic: monotonic)
        let policy = try RetryPolicy(
            attempts: 9,
            backoff: .constant(.seconds(10)),
            jitter: .none,
            elapsedLimit: .seconds(25)
        )
        let retrier = try Retrier.forTests(policy, clock: clock)
        let calls = Tally()
        let running = Task {
            await retrier.outcome { _ in
                calls.add()
                throw Trouble.busy
            }
        }
        await monotonic.waitForSleepers()
        wall.step(by: .seconds(step))
        monotonic.advance(by: .seconds(10))
        await monotonic.waitForSleepers()
        monotonic.advance(by: .seconds(10))
        #expect(await running.value.stop == .deadline)
        #expect(calls.value == 3)
    }

    @Test("An elapsed limit of any length is one", arguments: [Duration.seconds(1e18), Duration(attoseconds: .max)])
    func endless(limit: Duration) async throws {
        #expect(try await retrier(elapsedLimit: limit).run { $0.number } == 1)
    }

    @Test("A retry without delay never sleeps")
    func zeroDelay() async throws {
        var calls = 0
        _ = try? await retrier(attempts: 100).run { _ in
            calls += 1
            throw Trouble.busy
        }
        #expect(calls == 100, "on a clock that nobody moves")
    }

    @Test("rule 13: a CancellationError of the operation is thrown at once, neither classified nor retried")
    func operationCancels() async throws {
        let outcome: RetryOutcome<Int> = await (try retrier()).outcome { _ in throw CancellationError() }
        #expect(throws: CancellationError.self) { try outcome.result.get() }
        #expect(outcome.attempts.count == 1)
        #expect(outcome.attempts[0].classification == nil)
        #expect(outcome.stop == .cancelled)
    }

    @Test(
        "rule 14: cancellation is seen at once during a wait, and thrown as CancellationError"
    )
    func cancelledWait() async throws {
        let retrier = try retrier(backoff: try .constant(.seconds(20)))
        let before = clock.now
        let running = Task {
            await retrier.outcome { _ -> Int in throw Trouble.busy }
        }
        await clock.waitForSleepers()
        running.cancel()
        let outcome = await running.value
        #expect(throws: CancellationError.self) { try outcome.result.get() }
        #expect(outcome.stop == .cancelled)
        #expect(outcome.attempts.count == 1)
        #expect(clock.now == before)
        #expect(clock.sleeperCount == 0)
    }

    @Test("rule 14: a failure in a task that is cancelled is thrown as CancellationError, not as the last error")
    func cancelledOperation() async throws {
        for backoff in [Backoff.none, try .constant(.seconds(1))] {
            let retrier = try retrier(backoff: backoff)
            let calls = Tally()
            let running = Task {
                try await retrier.run { _ -> Int in
                    calls.add()
                    withUnsafeCurrentTask { $0?.cancel() }
                    throw Trouble.busy
                }
            }
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(calls.value == 1)
        }
    }

    @Test("rule 14: cancellation while a result is asked for again ends the call", arguments: [true, false])
    func cancelledPolling(delays: Bool) async throws {
        let retrier = try retrier(backoff: delays ? try .constant(.seconds(1)) : .none)
        let calls = Tally()
        let running = Task {
            try await retrier.run(retryIf: { _ in true }) { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                return calls.add()
            }
        }
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(calls.value == 1)
    }

    @Test("A success in a task that was cancelled meanwhile is given: what is done is done")
    func successDespiteCancellation() async throws {
        let retrier = try retrier()
        let running = Task {
            try await retrier.run { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                return 1
            }
        }
        #expect(try await running.value == 1)
    }

    @Test("Clients with the same policy do not return in step")
    func spread() async throws {
        let backoff = try Backoff.exponential(base: .seconds(1), cap: .seconds(20))
        let policy = try RetryPolicy(attempts: 2, backoff: backoff)
        let retrier = try Retrier.forTests(policy, clock: clock)
        let begin = clock.now
        let running = Task {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask { _ = try? await retrier.run { _ -> Int in throw Trouble.busy } }
                }
            }
        }
        await clock.waitForSleepers(200)
        var wakes: Set<Timestamp> = []
        while let wake = clock.nextWake {
            wakes.insert(wake)
            #expect(begin.duration(to: wake) <= .seconds(1))
            clock.advance(to: wake)
        }
        await running.value
        #expect(wakes.count > 195)
    }
}

extension ManualClock {
    /// Moves to the end of the next wait; `false` if nobody waits.
    fileprivate func advanceToNextWake() -> Bool {
        guard let nextWake else { return false }
        advance(to: nextWake)
        return true
    }
}

/// A wall clock that somebody sets.
private final class SteppedWall: Sendable {
    private let state = Mutex(Timestamp(seconds: 1_800_000_000))

    var now: Timestamp { state.withLock { $0 } }

    func step(by duration: Duration) { state.withLock { $0 = $0.advanced(by: duration) } }
}
