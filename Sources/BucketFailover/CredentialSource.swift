/// Where a pool gets its credentials from. All of it may be called from any task; none of it may use the pool.
///
/// A pool calls ``credential(of:)``, ``refresh(_:_:)`` and ``authenticate(_:)`` at most once at a time for each bucket, and
/// waits for none of them longer than its options say. What comes later is dropped.
public protocol CredentialSource: Sendable {
    /// The stored credential of a bucket, without side effects; `nil` if there is none.
    func credential(of bucket: String) async throws -> Credential?

    /// Renews a credential that has ended or is about to, and stores it; `nil` if that is not possible.
    func refresh(_ bucket: String, _ ended: Credential) async throws -> Credential?

    /// Has a person log in, and stores the credential.
    func authenticate(_ bucket: String) async throws

    /// The bucket that is used from now on, for those who want to keep that.
    func didChoose(_ bucket: String) async throws
}

extension CredentialSource {
    /// Not possible.
    public func refresh(_ bucket: String, _ ended: Credential) async throws -> Credential? { nil }

    /// Nobody is there to log in.
    public func authenticate(_ bucket: String) async throws { throw LoginUnavailable() }

    /// Keeps nothing.
    public func didChoose(_ bucket: String) async throws {}
}

/// Nobody can log in.
public struct LoginUnavailable: Error, Hashable {
    /// Creates the error.
    public init() {}
}

/// Keys that do not end, by the name of their bucket. Its description shows none of them.
public struct APIKeys: CredentialSource, CustomStringConvertible, CustomReflectable {
    private let keys: [String: String]

    /// Creates a source of keys.
    public init(_ keys: [String: String]) { self.keys = keys }

    /// The key of a bucket.
    public func credential(of bucket: String) async throws -> Credential? { keys[bucket].map { .permanent($0) } }

    /// How many keys there are.
    public var description: String { "APIKeys(\(keys.count))" }

    /// How many keys there are.
    public var customMirror: Mirror { Mirror(self, children: ["count": keys.count]) }
}
