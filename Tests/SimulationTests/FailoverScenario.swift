import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator

/// 1 to 8 requests on 1 to 4 buckets whose refreshes, logins and replies fail, hang or lag, some of them cancelled.
struct FailoverScenario {
    /// The number of the request that a task belongs to.
    @TaskLocal static var request = -1

    /// What the run broke; empty if nothing.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed) { sim in
            var dice = sim.fork()
            let names = Array(["a", "b", "c", "d"].prefix(Int.random(in: 1...4, using: &dice)))
            let group = seed % 3 == 0 ? "shared" : nil
            let buckets = names.map { Bucket($0, limitGroup: $0 < "c" ? group : nil) }
            // Every fourth run is one request that is cancelled: nothing else moves then.
            let isAlone = seed % 4 == 0
            let count = isAlone ? 1 : Int.random(in: 1...8, using: &dice)
            let world = FailoverWorld(sim, buckets, seed: dice.next())
            let options = try BucketPoolOptions(
                order: BucketOrder.allCases[Int.random(in: 0..<4, using: &dice)],
                rules: FailoverRules(authRetryTimeout: .seconds(20)),
                refreshTimeout: .seconds(10)
            )
            let pool = try BucketPool(
                "p",
                buckets,
                source: world,
                options: options,
                clock: sim.clock,
                generator: sim.fork(),
                observer: world
            )
            world.watch(pool)
            let retrier = Retrier(
                try RetryPolicy(backoff: .none, throttledBackoff: .none),
                classifier: .openAI,
                clock: sim.clock,
                budget: nil,
                generator: sim.fork(),
                failover: pool
            )
            let renewing = sim.task("renewing") { await pool.run() }
            var requests: [(task: Task<Void, any Error>, cancelAfter: Int?)] = []
            for number in 0..<count {
                let delay = Int.random(in: 0...3, using: &dice)
                let task = sim.task("request \(number)") {
                    try await sim.clock.pause(for: .milliseconds(delay))
                    try await Self.$request.withValue(number) { try await request(number, retrier, pool, world) }
                }
                let isCancelled = isAlone || Int.random(in: 0..<4, using: &dice) == 0
                requests.append((task, isCancelled ? Int.random(in: 0...100, using: &dice) : nil))
            }
            for (task, delay) in requests {
                guard let delay else { continue }
                try await sim.clock.pause(for: .milliseconds(delay))
                let before = pool.snapshot()
                task.cancel()
                _ = await task.result
                // What a request that is alone has not done by then it does not do any more.
                if count == 1 { world.expectUnmoved(before, pool.snapshot()) }
            }
            for (index, request) in requests.enumerated() {
                switch await request.task.result {
                case .success, .failure(is AllBucketsExhaustedError), .failure(is FailoverWorld.Refusal): break
                case .failure(is CancellationError):
                    if request.cancelAfter == nil { world.broken("request \(index) was cancelled by nobody") }
                case .failure(let error): world.broken("request \(index) ended with \(error)")
                }
            }
            renewing.cancel()
            _ = await renewing.result
            if pool.waiterCount != 0 { world.broken("somebody still waits") }
            return world.found
        }
    }

    private func request(_ number: Int, _ retrier: Retrier, _ pool: BucketPool, _ world: FailoverWorld) async throws {
        var used: [BucketCredential] = []
        // A reply to a request that is cancelled before it goes on is nobody's.
        defer { if !Task.isCancelled { world.repliesAreKnown(to: number) } }
        try await retrier.run { _ in
            world.repliesAreKnown(to: number)
            let credential = try await pool.credential()
            // A 429 and a 401 are tried once more in place; what was left for another is not come back to.
            if let last = used.last, last.bucket != credential.bucket || last.generation != credential.generation {
                if used.contains(credential) { world.broken("request \(number) came back to \(credential)") }
            }
            used.append(credential)
            try await world.call(credential, of: number, pool)
        }
    }
}
