import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// Rules that need more than one part of the package to be shown.
@Suite("Rules of retrying", .timeLimit(.minutes(20)))
struct RuleTests {
    private struct Reply: FailureReporting {
        var headers: Headers
        var failure: Failure { Failure(source: "test", status: 429, headers: headers) }
    }

    /// How long a retrier waits after a reply with these headers.
    private func wait(_ headers: Headers) throws -> Duration {
        try Simulation.run(seed: 1) { sim in
            let policy = try RetryPolicy(attempts: 2, backoff: .none, throttledBackoff: .none, jitter: .none)
            try await Retrier.forTests(policy, clock: sim.clock).run { attempt in
                if attempt.number == 1 { throw Reply(headers: headers) }
            }
        }.elapsed
    }

    @Test("rule 5: seconds, dates, milliseconds and pushback are waited for; garbage is ignored")
    func retryAfterForms() throws {
        #expect(try wait(["Retry-After": "7"]) == .seconds(7))
        #expect(try wait(["retry-after-ms": "1500"]) == .milliseconds(1500))
        #expect(try wait(["grpc-retry-pushback-ms": "250"]) == .milliseconds(250))
        let date: Headers = [
            "Date": "Tue, 03 Mar 2026 10:05:00 GMT", "Retry-After": "Tue, 03 Mar 2026 10:05:30 GMT",
        ]
        #expect(try wait(date) == .seconds(30))
        #expect(try wait(["Retry-After": "soon"]) == .zero)
    }

    @Test("rule 10: the error of a call that gives up is the operation's own, whatever made it give up")
    func ownError() async throws {
        let clock = ManualClock()
        let policy = try RetryPolicy(backoff: .constant(.seconds(10)), jitter: .none)
        let empty = RetryBudget(try RetryBudgetOptions(floor: 0))
        let calls: [(Retrier, Timestamp?)] = [
            (try .forTests(policy, clock: clock, budget: empty), nil),
            (try .forTests(policy, clock: clock), clock.now.advanced(by: .seconds(5))),
        ]
        for (retrier, deadline) in calls {
            await #expect(throws: Trouble(status: 503, number: 42)) {
                try await retrier.run(deadline: deadline) { _ in throw Trouble(status: 503, number: 42) }
            }
        }
    }

    @Test("rule 18: a wall clock that is stepped neither cuts nor stretches a wait or a timeout")
    func steppedClock() async throws {
        let (wall, monotonic) = (ManualClock(), ManualClock())
        let clock = SystemClock(wall: { wall.now }, monotonic: monotonic)
        let policy = try RetryPolicy(attempts: 2, backoff: .constant(.seconds(10)), jitter: .none)
        let retrier = try Retrier.forTests(policy, clock: clock)
        let calls = Tally()
        let running = Task { try? await retrier.run { _ in if calls.add() == 1 { throw Trouble.busy } } }
        await monotonic.waitForSleepers()
        wall.advance(by: .seconds(3600))
        monotonic.advance(by: .seconds(10) - .microseconds(1))
        for _ in 0..<50 { await Task.yield() }
        #expect(calls.value == 1)
        monotonic.advance(by: .microseconds(1))
        await running.value
        #expect(calls.value == 2)
        let timeout = try Timeout(.seconds(10), clock: clock)
        let late = Task { try await timeout.run { try await clock.sleep(until: .distantFuture, tolerance: nil) } }
        await monotonic.waitForSleepers(2)
        wall.advance(by: .seconds(3600))
        monotonic.advance(by: .seconds(10) - .microseconds(1))
        for _ in 0..<50 { await Task.yield() }
        #expect(monotonic.sleeperCount == 2)
        monotonic.advance(by: .microseconds(1))
        await #expect(throws: PolicyError.self) { try await late.value }
    }

    @Test("rule 20: 10,000 items parked across a restart wake no faster than the configured rate")
    func restart() throws {
        let result = try Simulation.run(seed: 1, stepLimit: .max) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let space = Space<Int>("parked-items")
            for start in stride(from: 0, to: 10_000, by: 100) {
                let writes = (start..<start + 100).map { number in
                    space.put(number, at: "\(number)", expect: .absent, due: sim.clock.now)
                }
                _ = try await store.commit(Batch(writes))
            }
            // The process was away for an hour: everything is due at once.
            try await sim.clock.pause(for: .seconds(3600))
            let starts = Starts()
            let begin = sim.clock.now
            var options = WorkerOptions()
            options.concurrency = 64
            options.rate = try RateLimit(100, per: .seconds(1), burst: 10)
            let worker = try Worker(space, on: store, options: options) { _ in
                starts.add(begin.duration(to: sim.clock.now))
            }
            let running = sim.task("worker") { await worker.run() }
            try await sim.clock.pause(for: .seconds(110))
            running.cancel()
            return starts.all
        }
        let starts = result.value.sorted()
        #expect(starts.count == 10_000)
        for (index, start) in starts.enumerated() where index >= 110 {
            #expect(start - starts[index - 110] >= .milliseconds(990), "110 in less than a second at \(start)")
        }
    }
}

private final class Starts: Sendable {
    private let state = Mutex<[Duration]>([])

    var all: [Duration] { state.withLock { $0 } }

    func add(_ start: Duration) { state.withLock { $0.append(start) } }
}
