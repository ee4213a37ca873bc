/// Where a pool gets its credentials from. All of it may be called from any task; none of it may use the pool.
///
/// A pool calls ``credential(of:)``, ``refresh(_:_:)`` and ``authenticate(_:)`` at most once at a time for each bucket, and
/// waits for none of them longer than its options say. What comes later is dropped; it is cancelled at that instant, and
/// one that goes on although it is cancelled may meet the next one.
public protocol CredentialSource: Sendable {
    /// The stored credential of a bucket, without side effects; `nil` if there is none.
    func credential(of bucket: String) async throws -> Credential?

    /// Renews a credential that has ended or is about to, and stores it; `nil` if that is not possible.
    func refresh(_ bucket: String, _ ended: Credential) async throws -> Credential?

    /// Takes the lock under which a bucket is refreshed, where processes share its credential.
    ///
    /// Once it is held, the credential is read again: another process may have refreshed it.
    ///
    /// - Parameter limit: How long to wait for it at most, 10 s.
    func lockRefresh(of bucket: String, waitingAtMost limit: Duration) async throws -> RefreshLock

    /// Gives back a lock that was held.
    func unlockRefresh(of bucket: String) async

    /// Has a person log in, and stores the credential.
    func authenticate(_ bucket: String) async throws

    /// Has a person log in to all buckets that need it, in one go, and stores the credentials.
    ///
    /// Called for ``BucketPool/authenticateAll(metadata:)``, and after each login to one bucket, so that the next one needs
    /// no further prompt.
    func authenticateAll(_ buckets: [String], metadata: [String: String]) async throws

    /// The bucket that is used from now on, for those who want to keep that.
    func didChoose(_ bucket: String) async throws
}

extension CredentialSource {
    /// Not possible.
    public func refresh(_ bucket: String, _ ended: Credential) async throws -> Credential? { nil }

    /// Not needed.
    public func lockRefresh(of bucket: String, waitingAtMost limit: Duration) async throws -> RefreshLock { .notNeeded }

    /// Does nothing.
    public func unlockRefresh(of bucket: String) async {}

    /// Nobody is there to log in.
    public func authenticate(_ bucket: String) async throws { throw LoginUnavailable() }

    /// Nobody is there to log in.
    public func authenticateAll(_ buckets: [String], metadata: [String: String]) async throws {
        throw LoginUnavailable()
    }

    /// Keeps nothing.
    public func didChoose(_ bucket: String) async throws {}
}

/// What came of asking for the lock of a refresh.
public enum RefreshLock: Sendable, Hashable {
    /// No other process refreshes this bucket.
    case notNeeded
    /// It is ours until it is given back.
    case held
    /// Another process has it; it may have refreshed the credential by now.
    case taken
}

/// Nobody can log in, or did in time.
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
