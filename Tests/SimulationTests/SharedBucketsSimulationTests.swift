import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// Two to four processes that share a pool on a store with faults.
@Suite struct SharedBucketsSimulationTests {
    @Test func whatOneProcessWasToldReachesAllWhateverTheStoreDoes() throws {
        for seed in SimulationShare.seeds(of: 5_000) {
            let result = try Simulation.run(seed: seed) { sim in try await Self.run(sim) }
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.foreignJobs == 0, "seed \(seed)")
        }
    }

    private static func run(_ sim: Simulation) async throws -> [String] {
        var dice = sim.fork()
        let names = ["a", "b", "c"]
        let plan = try FaultPlan(
            rates: [.conflict: 0.1, .lostBeforeApply: 0.1, .replyLost: 0.1, .unavailable: 0.1, .slow: 0.1],
            slowness: .milliseconds(1) ... .seconds(40)
        )
        let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim, faults: plan)
        let keys = APIKeys(Dictionary(uniqueKeysWithValues: names.map { ($0, "key") }))
        let pools = try (0..<Int.random(in: 2...4, using: &dice)).map { _ in
            try BucketPool(
                "p",
                names.map { Bucket($0) },
                source: keys,
                sharing: SharedBuckets(on: store, as: "p"),
                clock: sim.clock,
                generator: sim.fork()
            )
        }
        // Each process has some buckets told to rest, by waits and by windows.
        var tasks: [Task<[String: Timestamp], any Error>] = []
        for (number, pool) in pools.enumerated() {
            let own = sim.fork()
            tasks.append(
                sim.task("process \(number)") {
                    var dice = own
                    var told: [String: Timestamp] = [:]
                    for _ in 0..<4 {
                        try await sim.clock.pause(for: .milliseconds(Int.random(in: 0...900, using: &dice)))
                        guard let used = try? await pool.credential() else { continue }
                        let wait = Duration.seconds(Int.random(in: 600...1_200, using: &dice))
                        let until = sim.clock.now.advanced(by: wait)
                        // A window of its own, so that no later word frees it.
                        pool.note(
                            [
                                "x-ratelimit-remaining-w\(number)": "0",
                                "x-ratelimit-reset-w\(number)": "\(wait.components.seconds)s",
                            ],
                            from: used
                        )
                        told[used.bucket] = until
                        for bucket in pool.snapshot() {
                            guard let least = told[bucket.bucket] else { continue }
                            if bucket.until ?? .distantPast < least { throw Lost() }
                        }
                    }
                    return told
                }
            )
        }
        var told: [String: Timestamp] = [:]
        for task in tasks { told.merge(try await task.value) { max($0, $1) } }
        for pool in pools { await pool.settled() }
        store.inject(.none)
        for _ in 0..<2 {
            for pool in pools {
                try await sim.clock.pause(for: .milliseconds(500))
                _ = try? await pool.credential()
                await pool.settled()
            }
        }
        var found: [String] = []
        for pool in pools {
            for bucket in pool.snapshot() where bucket.until != told[bucket.bucket] {
                found.append("\(bucket.bucket) rests until \(bucket.until?.description ?? "-"), told \(told)")
            }
        }
        if Set(pools.map(\.currentBucket)).count != 1 { found.append("the processes use different buckets") }
        return found
    }

    private struct Lost: Error {}
}
