import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization

/// Credentials and a service, both unreliable; notes what must not happen.
final class FailoverWorld: CredentialSource, Observer {
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
        /// Until when the group of a bucket has to rest: by a reply, or by a header of a window.
        var resting: [String: Timestamp] = [:]
        var window: [String: Timestamp] = [:]
        /// What a request was told and the pool need not know before the request goes on.
        var told: [Int: [(group: String, until: Timestamp)]] = [:]
        /// The buckets that each request called, or had a login fail for.
        var tried: [Int: Set<String>] = [:]
        var found: [String] = []
        var pool: BucketPool?
    }

    private let sim: Simulation
    private let groups: [String: String]
    private let state: Mutex<State>

    init(_ sim: Simulation, _ buckets: [Bucket], seed: UInt64) {
        self.sim = sim
        groups = Dictionary(uniqueKeysWithValues: buckets.map { ($0.name, $0.limitGroup ?? $0.name) })
        var start = State(dice: SmallGenerator(seed: seed))
        for bucket in buckets where Int.random(in: 0..<5, using: &start.dice) > 0 {
            start.made += 1
            let life = Duration.milliseconds(Int.random(in: -100...400, using: &start.dice))
            let isLong = Int.random(in: 0..<3, using: &start.dice) == 0
            start.stored[bucket.name] = Credential(
                token: "t\(start.made)",
                expiresAt: isLong ? .distantFuture : sim.clock.now.advanced(by: life)
            )
        }
        state = Mutex(start)
    }

    var found: [String] { state.withLock { $0.found } }

    func broken(_ text: String) { state.withLock { $0.found.append(text) } }

    func watch(_ pool: BucketPool) { state.withLock { $0.pool = pool } }

    private func group(_ bucket: String) -> String { groups[bucket] ?? bucket }

    private func roll(_ sides: Int) -> Int { state.withLock { Int.random(in: 0..<sides, using: &$0.dice) } }

    private func lag() async throws { try await sim.clock.pause(for: .milliseconds(roll(20))) }

    /// Goes on after its time, also if it is cancelled.
    private func hang() async {
        let sim = sim
        _ = try? await sim.task("hanging") { try await sim.clock.pause(for: .seconds(60)) }.value
    }

    // MARK: What must hold

    /// Told at the very instant at which a request gives up: nothing that it has not tried may work then.
    func observe(_ event: ResilienceEvent) {
        let request = FailoverScenario.request
        if event.attributes["reason"]?.hasPrefix("reauth") == true, let bucket = event.attributes["bucket"] {
            state.withLock { _ = $0.tried[request, default: []].insert(bucket) }
        }
        guard event.kind == .bucketsExhausted, let pool = state.withLock({ $0.pool }) else { return }
        let tried = state.withLock { $0.tried[request] ?? [] }
        for bucket in pool.snapshot() where bucket.state == .ready && !tried.contains(bucket.bucket) {
            broken("exhausted although \(bucket.bucket) works and was not tried")
        }
    }

    /// A request goes on after a reply, or has ended: from now on nobody may call a bucket that the reply told to rest.
    func repliesAreKnown(to request: Int) {
        state.withLock { state in
            for (group, until) in state.told.removeValue(forKey: request) ?? [] {
                state.resting[group] = max(state.resting[group] ?? .distantPast, until)
            }
        }
    }

    func expectUnmoved(_ before: [BucketSnapshot], _ after: [BucketSnapshot]) {
        for (old, new) in zip(before, after)
        where old.isCurrent != new.isCurrent || old.reason != new.reason || old.until != new.until {
            broken("a cancelled request changed \(old) to \(new)")
        }
    }

    // MARK: The source

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

    // MARK: The service

    /// Good for most, else refuses in one of its ways.
    func call(_ used: BucketCredential, of request: Int, _ pool: BucketPool) async throws {
        let group = group(used.bucket)
        let began = sim.clock.now
        state.withLock { state in
            if used.token == "late" { state.found.append("a late result was used") }
            state.tried[request, default: []].insert(used.bucket)
            let until = max(state.resting[group] ?? .distantPast, state.window[group] ?? .distantPast)
            if until > began { state.found.append("\(used.bucket) was called before its reset") }
        }
        try await lag()
        switch roll(10) {
        case 0: throw Refusal(status: 401)
        case 1: throw Refusal(status: 402)
        case 2: throw Refusal(status: 429)
        case 3:
            // Short ones are waited out in place, long ones fail over.
            let wait = Duration.milliseconds(roll(2) == 0 ? 1 + roll(50) : 1_000 * (1 + roll(12)))
            let until = sim.clock.now.advanced(by: wait)
            state.withLock { $0.told[request, default: []].append((group, until)) }
            throw Refusal(status: roll(2) == 0 ? 429 : 402, retryAfter: wait)
        case 4:
            // The headers of a good reply: the window is used up, or is free again after all.
            let isUsedUp = roll(3) > 0
            let wait = roll(2) == 0 ? 1 + roll(50) : 1_000 * (1 + roll(30))
            let until = sim.clock.now.advanced(by: .milliseconds(wait))
            pool.note(["ratelimit-remaining": isUsedUp ? "0" : "9", "ratelimit-reset": "\(wait)ms"], from: used)
            state.withLock { $0.window[group] = isUsedUp ? until : nil }
        default: return
        }
    }
}
