public import ResilienceCore

/// A secret with which a bucket is used, and when it ends. Neither its description nor a dump of it shows the secret.
public struct Credential: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The secret: a token or a key.
    public let token: String
    /// When it ends. One that does not say counts as ended and is refreshed before it is used.
    public let expiresAt: Timestamp?
    /// Whether it can be refreshed; one that cannot is neither refreshed nor renewed ahead.
    public let isRefreshable: Bool

    /// Creates a credential.
    public init(token: String, expiresAt: Timestamp?, isRefreshable: Bool = true) {
        self.token = token
        self.expiresAt = expiresAt
        self.isRefreshable = isRefreshable
    }

    /// A key that does not end.
    public static func permanent(_ key: String) -> Credential {
        Credential(token: key, expiresAt: .distantFuture, isRefreshable: false)
    }

    /// Whether it can be used now. Up to its last second it is used as it is.
    public func isValid(at now: Timestamp) -> Bool { expiresAt.map { $0 > now } ?? false }

    /// When it ends.
    public var description: String { "Credential(expiresAt: \(expiresAt?.description ?? "unknown"))" }

    /// When it ends.
    public var customMirror: Mirror { Mirror(self, children: ["expiresAt": expiresAt as Any]) }
}

/// What an attempt uses: a bucket and its secret. Neither its description nor a dump of it shows the secret.
public struct BucketCredential: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The bucket.
    public let bucket: String
    /// The secret: a token or a key.
    public let token: String
    /// Which credential of the bucket it is, counted from 1.
    public let generation: UInt64

    /// The bucket and the generation.
    public var description: String { "BucketCredential(bucket: \(bucket), generation: \(generation))" }

    /// The bucket and the generation.
    public var customMirror: Mirror { Mirror(self, children: ["bucket": bucket, "generation": generation]) }
}
