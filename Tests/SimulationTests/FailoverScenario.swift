import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization

/// 1 to 8 requests on 1 to 4 buckets whose refreshes, logins and replies fail, hang or lag, some of them cancelled.
struct FailoverScenario {
    /// What the run broke; empty if nothing.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed) { sim in
            var dice = sim.fork()
            let names = ["a", "b", "c", "d"].prefix(Int.random(in: 1...4, using: &dice))
            let world = FailoverWorld(sim, Array(names), seed: dice.next())
            let options = try BucketPoolOptions(
                order: BucketOrder.allCases[Int.random(in: 0..<4, using: &dice)],
                rules: FailoverRules(authRetryTimeout: .seconds(20)),
                refreshTimeout: .seconds(10)
            )
            let pool = try BucketPool(
                "p",
                names.map { Bucket($0, limitGroup: $0 < "c" && seed % 3 == 0 ? "shared" : nil) },
                source: world,
                options: options,
                clock: sim.clock,
                generator: sim.fork()
            )
            let policy = try RetryPolicy(backoff: .none, throttledBackoff: .none)
            let retrier = Retrier(
                policy,
                classifier: .openAI,
                clock: sim.clock,
                budget: nil,
                generator: sim.fork(),
                failover: pool
            )
            let renewing = sim.task("renewing") { await pool.run() }
            var requests: [(Task<Void, any Error>, cancelAfter: Int?)] = []
            for number in 0..<Int.random(in: 1...8, using: &dice) {
                let delay = Int.random(in: 0...3, using: &dice)
                let task = sim.task("request \(number)") {
                    try await sim.clock.pause(for: .milliseconds(delay))
                    try await request(number, retrier, pool, world, sim)
                }
                requests.append(
                    (task, Int.random(in: 0..<4, using: &dice) == 0 ? Int.random(in: 0...50, using: &dice) : nil)
                )
            }
            for (task, delay) in requests {
                guard let delay else { continue }
                try await sim.clock.pause(for: .milliseconds(delay))
                task.cancel()
            }
            for (index, (task, delay)) in requests.enumerated() {
                switch await task.result {
                case .success: break
                case .failure(is CancellationError):
                    if delay == nil { world.broken("request \(index) was cancelled by nobody") }
                case .failure(is AllBucketsExhaustedError), .failure(is FailoverWorld.Refusal): break
                case .failure(let error): world.broken("request \(index) ended with \(error)")
                }
            }
            renewing.cancel()
            _ = await renewing.result
            if pool.waiterCount != 0 { world.broken("somebody still waits") }
            return world.found
        }
    }

    private func request(
        _ number: Int,
        _ retrier: Retrier,
        _ pool: BucketPool,
        _ world: FailoverWorld,
        _ sim: Simulation
    ) async throws {
        var used: [BucketCredential] = []
        do {
            try await retrier.run { _ in
                let credential = try await pool.credential()
                let before = used.filter { $0.bucket == credential.bucket }
                // A 429 and a 401 are tried once more in place.
                if before.count(where: { $0.generation == credential.generation }) > 1, used.last?.bucket != credential.bucket {
                    world.broken("request \(number) came back to \(credential)")
                }
                used.append(credential)
                try await world.call(credential, pool)
            }
        } catch let error as AllBucketsExhaustedError {
            let free = pool.snapshot().filter { $0.state == .ready && error.bucketFailureReasons[$0.bucket] == nil }
            if !free.isEmpty { world.broken("exhausted although \(free.map(\.bucket)) was never looked at") }
            throw error
        }
    }
}

/// Credentials and a service, both unreliable; notes what must not happen.
final class FailoverWorld: CredentialSource {
    struct Refusal: FailureReporting {
        let status: Int
        var retryAfter: Duration?
        var failure: Failure { Failure(source: "openai", status: status, transmission: .sent, retryAfter: retryAfter) }
    }

    private struct State {
        var dice: SmallGenerator
        var stored: [String: Credential] = [:]
        var made = 0
        /// What is under way, by bucket.
        var refreshing: Set<String> = []
        var loggingIn: Set<String> = []
        /// Tokens that were refreshed with success.
        var spent: Set<String> = []
        var until: [String: Timestamp] = [:]
        var found: [String] = []
        var calls = 0
    }

    private let sim: Simulation
    private let state: Mutex<State>

    init(_ sim: Simulation, _ names: [String], seed: UInt64) {
        self.sim = sim
        var start = State(dice: SmallGenerator(seed: seed))
        for name in names where Int.random(in: 0..<5, using: &start.dice) > 0 {
            start.made += 1
            let life = Duration.milliseconds(Int.random(in: -100...400, using: &start.dice))
            let isLong = Int.random(in: 0..<3, using: &start.dice) == 0
            start.stored[name] = Credential(
                token: "t\(start.made)",
                expiresAt: isLong ? .distantFuture : sim.clock.now.advanced(by: life)
            )
        }
        state = Mutex(start)
    }

    var found: [String] { state.withLock { $0.found } }

    func broken(_ text: String) { state.withLock { $0.found.append(text) } }

    private func roll(_ sides: Int) -> Int { state.withLock { Int.random(in: 0..<sides, using: &$0.dice) } }

    private func lag() async throws { try await sim.clock.pause(for: .milliseconds(roll(20))) }

    /// Goes on after its time, also if it is cancelled.
    private func hang() async {
        let sim = sim
        _ = try? await sim.task("hanging") { try await sim.clock.pause(for: .seconds(60)) }.value
    }

    func credential(of bucket: String) async throws -> Credential? {
        try await lag()
        if roll(10) == 0 { throw Refusal(status: 500) }
        return state.withLock { $0.stored[bucket] }
    }

    func refresh(_ bucket: String, _ ended: Credential) async throws -> Credential? {
        state.withLock { state in
            if !state.refreshing.insert(bucket).inserted { state.found.append("two refreshes of \(bucket) at once") }
            if state.spent.contains(ended.token) {
                state.found.append("\(bucket) was refreshed twice from one credential")
            }
        }
        defer { state.withLock { _ = $0.refreshing.remove(bucket) } }
        let fate = roll(6)
        if fate == 0 {
            // From now on it is given up: what it does later is nobody's.
            state.withLock { _ = $0.refreshing.remove(bucket) }
            await hang()
            return Credential(token: "late", expiresAt: .distantFuture)
        }
        try await lag()
        if fate == 1 { throw Refusal(status: 400) }
        return state.withLock { state in
            state.made += 1
            state.spent.insert(ended.token)
            let fresh = Credential(token: "t\(state.made)", expiresAt: sim.clock.now.advanced(by: .seconds(400)))
            state.stored[bucket] = fresh
            return fresh
        }
    }

    func authenticate(_ bucket: String) async throws {
        state.withLock { state in
            if !state.loggingIn.insert(bucket).inserted { state.found.append("two logins of \(bucket) at once") }
        }
        defer { state.withLock { _ = $0.loggingIn.remove(bucket) } }
        let fate = roll(4)
        if fate == 0 {
            state.withLock { _ = $0.loggingIn.remove(bucket) }
            await hang()
            throw Refusal(status: 400)
        }
        try await lag()
        if fate == 1 { throw Refusal(status: 400) }
        state.withLock { state in
            state.made += 1
            state.stored[bucket] = Credential(
                token: "t\(state.made)",
                expiresAt: sim.clock.now.advanced(by: .seconds(400))
            )
        }
    }

    /// The service: good for most, else refuses in one of its ways.
    func call(_ used: BucketCredential, _ pool: BucketPool) async throws {
        if used.token == "late" { broken("a late result was used") }
        let began = sim.clock.now
        state.withLock { state in
            state.calls += 1
            if let until = state.until[used.bucket], until > began {
                state.found.append("\(used.bucket) was called before its reset")
            }
        }
        try await lag()
        switch roll(8) {
        case 0: throw Refusal(status: 401)
        case 1: throw Refusal(status: 402)
        case 2: throw Refusal(status: 429)
        default: return
        }
    }
}
