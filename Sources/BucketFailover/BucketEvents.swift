public import ResilienceCore
import RetryOrchestrator

extension ResilienceEvent.Kind {
    /// A bucket cannot be used, or was passed over. Attributes: `bucket`, `reason`, and `until` where it has to rest.
    public static let bucketClassified = Self("bucket.classified")
    /// Another bucket is used from now on. Attributes: `from`, `to`.
    public static let bucketSwitched = Self("bucket.switched")
    /// A credential was refreshed. Attributes: `bucket`, `generation`.
    public static let bucketRefreshed = Self("bucket.refreshed")
    /// A credential could not be read or refreshed. Attributes: `bucket`, `error` (its type).
    public static let bucketRefreshFailed = Self("bucket.refreshFailed")
    /// A person is asked to log in. Attribute: `bucket`.
    public static let bucketLoginStarted = Self("bucket.loginStarted")
    /// A person has logged in. Attributes: `bucket`, `generation`.
    public static let bucketReauthenticated = Self("bucket.reauthenticated")
    /// Logging in failed or took too long. Attributes: `bucket`, unless it was a login to all; `error` (its type, or `timeout`).
    public static let bucketReauthFailed = Self("bucket.reauthFailed")
    /// The choice of a bucket could not be kept; it counts all the same. Attributes: `bucket`, `error` (its type).
    public static let bucketChoiceFailed = Self("bucket.choiceFailed")
    /// The store in which processes share failed; each goes on with what it knows. Attribute: `error`.
    public static let bucketStoreFailed = Self("bucket.storeFailed")
    /// No bucket is left for a request. Attributes: the reason of each bucket, by its name.
    public static let bucketsExhausted = Self("bucket.exhausted")
}

extension BucketPool {
    /// Never a token, and of an error only its type: its text may hold one.
    func tell(_ kind: ResilienceEvent.Kind, _ attributes: @autoclosure () -> [String: String]) {
        guard let observer else { return }
        observer.observe(ResilienceEvent(kind, at: clock.now, subject: providerName, attributes()))
    }
}
