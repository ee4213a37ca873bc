import BucketFailover
import ErrorClassification
import ResilienceCore
import Synchronization

/// What the node answers to a call with an API key that it does not let through. The gateway never hears of it.
struct NodeRefusal: FailureReporting {
    let status: Int
    /// Seconds for which the key is of no use.
    var retryAfter: Int?

    var failure: Failure {
        Failure(
            source: "http",
            status: status,
            headers: retryAfter.map { ["Retry-After": "\($0)"] } ?? [:],
            transmission: .notSent
        )
    }
}

/// The node in front of the gateway: it wants an API key for each call, and refuses some by seed, key and number of the call.
///
/// It is also where the keys come from: one that it has revoked is replaced when it is refreshed.
final class Node: CredentialSource {
    private struct Key {
        var calls = 0
        /// Which of its secrets the node takes, and which one is stored here.
        var taken = 1
        var stored = 1
    }

    private let seed: UInt64
    private let keys = Mutex<[String: Key]>([:])

    init(seed: UInt64) { self.seed = seed }

    /// Lets a call through, or refuses it: of 1,000 calls 20 with 429, 4 with 402, and 6 because the key is revoked.
    func admit(_ used: BucketCredential) throws {
        let refusal = keys.withLock { keys -> NodeRefusal? in
            var key = keys[used.bucket] ?? Key()
            defer { keys[used.bucket] = key }
            guard used.token == Self.secret(used.bucket, key.taken) else { return NodeRefusal(status: 401) }
            key.calls += 1
            var generator = SmallGenerator(seed: seed ^ UInt64(key.calls) &* 0x9E37_79B9_7F4A_7C15)
            for byte in used.bucket.utf8 { generator = SmallGenerator(seed: generator.next() ^ UInt64(byte)) }
            switch Int.random(in: 0..<1_000, using: &generator) {
            case 0..<20: return NodeRefusal(status: 429, retryAfter: Int.random(in: 3...45, using: &generator))
            case 20..<24: return NodeRefusal(status: 402, retryAfter: 300)
            case 24..<30:
                key.taken += 1
                return NodeRefusal(status: 401)
            default: return nil
            }
        }
        if let refusal { throw refusal }
    }

    private static func secret(_ bucket: String, _ number: Int) -> String { "\(bucket)/\(number)" }

    // MARK: Where the keys come from

    func credential(of bucket: String) async throws -> Credential? {
        let number = keys.withLock { $0[bucket, default: Key()].stored }
        return Credential(token: Self.secret(bucket, number), expiresAt: .distantFuture)
    }

    func refresh(_ bucket: String, _ ended: Credential) async throws -> Credential? {
        keys.withLock { $0[bucket, default: Key()].stored = $0[bucket, default: Key()].taken }
        return try await credential(of: bucket)
    }
}
