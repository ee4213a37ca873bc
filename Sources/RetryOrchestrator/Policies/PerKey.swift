import Synchronization

/// One policy for each key: a breaker for each host, a budget for each provider.
///
/// Who asks for the same key gets the same object, from any task. A look-up takes a lock and hashes the key; keep what
/// it gives where that matters. Keys stay until they are removed, so they should be few: hosts and providers, not
/// users.
///
/// ```swift
/// let bulkheads = PerKey { host in Bulkhead(options, name: host) }
/// let page = try await bulkheads["api.example.com"].run { try await api.page(7) }
/// ```
public final class PerKey<Policy: Sendable>: Sendable {
    private let policies = Mutex<[String: Policy]>([:])
    private let make: @Sendable (String) -> Policy

    /// Creates a set of policies.
    ///
    /// - Parameter make: Makes the policy of a key when it is first asked for. Called under a lock: it must not
    ///   use this set.
    public init(_ make: @escaping @Sendable (_ key: String) -> Policy) { self.make = make }

    /// The policy of a key, made if there is none yet.
    public subscript(key: String) -> Policy {
        policies.withLock { policies in
            if let policy = policies[key] { return policy }
            let policy = make(key)
            policies[key] = policy
            return policy
        }
    }

    /// All policies made so far, by key: for snapshots and for changing all of them.
    public var all: [String: Policy] { policies.withLock { $0 } }

    /// Forgets the policy of a key. Calls that hold it go on with it.
    public func remove(_ key: String) { policies.withLock { _ = $0.removeValue(forKey: key) } }
}
