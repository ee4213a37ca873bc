import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("Hedging", .timeLimit(.minutes(20)))
struct HedgingTests {
    @Test("A late answer is asked for again; the first to come counts, and the loser is cancelled")
    func race() throws {
        for seed in 0..<50 {
            let result = try Simulation.run(seed: UInt64(seed)) { sim in
                let hedging = try Hedging(.fixed(.milliseconds(100)), extraLoad: 1, clock: sim.clock)
                let cancelled = Tally()
                let begin = sim.clock.now
                let winner = try await hedging.run(safeToRunTwice: { attempt in
                    do {
                        try await sim.clock.pause(for: attempt == 1 ? .seconds(10) : .milliseconds(50))
                    } catch {
                        cancelled.add()
                        throw error
                    }
                    return attempt
                })
                let took = begin.duration(to: sim.clock.now)
                while cancelled.value == 0 { await Task.yield() }
                return (winner, took)
            }
            #expect(result.value.0 == 2)
            #expect(result.value.1 == .milliseconds(150))
            #expect(result.foreignJobs == 0)
        }
    }

    @Test("An answer in time is asked for once, and so is one that fails")
    func once() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.fixed(.milliseconds(100)), extraLoad: 1, clock: sim.clock)
            let calls = Tally()
            _ = try await hedging.run(safeToRunTwice: { _ in
                calls.add()
                try await sim.clock.pause(for: .milliseconds(99))
            })
            await #expect(throws: Trouble.busy) {
                try await hedging.run(safeToRunTwice: { _ in
                    calls.add()
                    throw Trouble.busy
                })
            }
            try await sim.clock.pause(for: .seconds(10))
            #expect(calls.value == 2)
            #expect(hedging.snapshot.hedges == 0)
        }
    }

    @TaskLocal private static var request = "none"

    @Test("Each attempt has the task-locals of its own caller, the late ones too")
    func taskLocals() throws {
        let seen = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.fixed(.milliseconds(100)), attempts: 3, extraLoad: 1, clock: sim.clock)
            for _ in 0..<8 { _ = try await hedging.run(safeToRunTwice: { _ in }) }
            return await withTaskGroup(of: [String].self) { group in
                for name in ["first", "second", "third"] {
                    group.addTask {
                        await Self.$request.withValue(name) {
                            let value = Seen()
                            _ = try? await hedging.run(safeToRunTwice: { _ in
                                value.add(Self.request)
                                try await sim.clock.pause(for: .milliseconds(250))
                            })
                            return value.all
                        }
                    }
                }
                return await group.reduce(into: [[String]]()) { $0.append($1) }
            }
        }.value
        #expect(seen.count == 3)
        for names in seen {
            #expect(names.count == 3)
            #expect(Set(names).count == 1 && names.first != "none")
        }
        #expect(Set(seen.map { $0.first }) == ["first", "second", "third"])
    }

    @Test("A retrier inside of a late attempt leaves retrying to the one around it, as in the first")
    func nested() throws {
        let calls = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.fixed(.milliseconds(100)), extraLoad: 1, clock: sim.clock)
            let inner = try Retrier.forTests(clock: sim.clock)
            let calls = Tally()
            // Makes the timer's task, outside of any retrier.
            try await hedging.run(safeToRunTwice: { _ in try await sim.clock.pause(for: .milliseconds(1)) })
            let outer = try Retrier.forTests(try RetryPolicy(attempts: 2, backoff: .none), clock: sim.clock)
            _ = try? await outer.run { _ in
                try await hedging.run(safeToRunTwice: { attempt in
                    guard attempt == 2 else { return try await sim.clock.pause(for: .seconds(1)) }
                    try await inner.run { _ in
                        calls.add()
                        throw Trouble.busy
                    }
                })
            }
            return calls.value
        }.value
        #expect(calls == 1)
    }

    @Test("The extra load stays within its budget")
    func budget() throws {
        let snapshot = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.fixed(.milliseconds(1)), attempts: 3, extraLoad: 0.05, clock: sim.clock)
            for _ in 0..<400 {
                try await hedging.run(safeToRunTwice: { _ in try await sim.clock.pause(for: .milliseconds(10)) })
            }
            return hedging.snapshot
        }.value
        #expect(snapshot.calls == 400)
        #expect(snapshot.hedges == 20)
    }

    @Test("Another delay leaves the attempts and the extra load as they are")
    func reconfiguration() throws {
        let snapshot = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.fixed(.seconds(1)), attempts: 4, extraLoad: 1, clock: sim.clock)
            try hedging.reconfigure(.fixed(.milliseconds(1)))
            for _ in 0..<9 { try await hedging.run(safeToRunTwice: { _ in }) }
            try await hedging.run(safeToRunTwice: { _ in try await sim.clock.pause(for: .milliseconds(10)) })
            return hedging.snapshot
        }.value
        #expect(snapshot.hedges == 3)
    }

    @Test("By quantile, the delay follows the latencies")
    func quantile() throws {
        let delays = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.quantile(0.9, until: .seconds(1)), extraLoad: 0, clock: sim.clock)
            var delays = [hedging.snapshot.delay]
            for number in 0..<160 {
                let length = Duration.milliseconds(number % 10 == 0 ? 500 : 10)
                try await hedging.run(safeToRunTwice: { _ in try await sim.clock.pause(for: length) })
            }
            delays.append(hedging.snapshot.delay)
            try hedging.reconfigure(.quantile(0.5, until: .seconds(1)))
            delays.append(hedging.snapshot.delay)
            return delays
        }.value
        #expect(delays == [.seconds(1), .milliseconds(500), .milliseconds(10)])
    }

    @Test("If all attempts fail the last error is thrown; an error while another is under way is not")
    func errors() throws {
        let number = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.fixed(.milliseconds(10)), extraLoad: 1, clock: sim.clock)
            do {
                _ = try await hedging.run(safeToRunTwice: { attempt in
                    try await sim.clock.pause(for: .milliseconds(20))
                    throw Trouble(status: 503, number: attempt)
                })
                return 0
            } catch { return (error as? Trouble)?.number ?? 0 }
        }.value
        #expect(number == 2)
    }

    @Test("rule 14: a cancelled caller gets CancellationError at once, and the attempts are told to end")
    func cancelled() async throws {
        let clock = ManualClock()
        let hedging = try Hedging(.fixed(.seconds(100)), clock: clock)
        let running = Task {
            try await hedging.run(safeToRunTwice: { _ in try await clock.sleep(until: .distantFuture, tolerance: nil) })
        }
        await clock.waitForSleepers(2)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        while clock.sleeperCount > 1 { await Task.yield() }
    }

    @Test("Options out of range are refused")
    func validation() {
        #expect(throws: InvalidArgument.self) { try Hedging(.fixed(.zero)) }
        #expect(throws: InvalidArgument.self) { try Hedging(.quantile(1, until: .seconds(1))) }
        #expect(throws: InvalidArgument.self) { try Hedging(.fixed(.seconds(1)), attempts: 1) }
        #expect(throws: InvalidArgument.self) { try Hedging(.fixed(.seconds(1)), extraLoad: 2) }
    }
}

private final class Seen: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    func add(_ name: String) { names.withLock { $0.append(name) } }
}
