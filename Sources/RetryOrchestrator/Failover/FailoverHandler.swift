public import ErrorClassification
public import ResilienceCore

/// What a retrier fails over with: credentials in buckets, nodes, accounts.
///
/// It holds what requests share. Each outermost request gets a handler of its own, so that concurrent ones cannot
/// disturb each other; retriers inside its operation that have the same source share it.
public protocol FailoverSource: AnyObject, Sendable {
    /// What errors call the other side.
    var providerName: String { get }
    /// The buckets in their order. With two or more a retrier makes at least twice as many attempts, unless its
    /// policy sets a number.
    var buckets: [String] { get }
    /// When to fail over.
    var rules: FailoverRules { get }
    /// The handler of a new request.
    func session() -> any FailoverHandler
}

extension FailoverSource {
    /// `provider`.
    public var providerName: String { "provider" }
    /// None are named.
    public var buckets: [String] { [] }
    /// ``FailoverRules/standard``.
    public var rules: FailoverRules { .standard }

    /// The handler of the request that this task is in; `nil` outside of one.
    public var current: (any FailoverHandler)? {
        var scope = FailoverScope.current
        while let next = scope {
            if next.source === self { return next.handler }
            scope = next.outer
        }
        return nil
    }
}

/// Fails over for one request.
public protocol FailoverHandler: Sendable {
    /// The request begins, or has succeeded: nothing counts as tried any more.
    func resetSession()

    /// Finds another bucket, or mends the present one.
    ///
    /// - Returns: Whether it is worth to try again at once; `false` if nothing is left.
    /// - Throws: An error counts as `false`, unless the request was cancelled.
    func tryFailover(_ context: FailoverContext) async throws -> Bool

    /// An attempt failed: told of each, before anything else is asked, except of one that was cancelled.
    func attemptFailed(_ error: any Error, _ context: FailoverContext)

    /// The allowance is used up, and no failover is made: it is waited out on the same bucket, or there is no other.
    func limitReached(_ context: FailoverContext)

    /// A request was refused as not allowed for the first time; it is tried once more after this returns.
    func authenticationFailed(_ context: FailoverContext) async

    /// What kept each bucket from being used in the last ``tryFailover(_:)``.
    var lastFailoverReasons: [String: FailoverReason] { get }
    /// The buckets in their order. One alone cannot be left for another: then it is asked about refused credentials only.
    var buckets: [String] { get }
    /// When the first bucket is free again, where that is known.
    var retryableAt: Timestamp? { get }
    /// The text without the secrets that the handler knows: for the message of an error.
    func redacted(_ text: String) -> String
}

extension FailoverHandler {
    /// Does nothing.
    public func attemptFailed(_ error: any Error, _ context: FailoverContext) {}
    /// Does nothing.
    public func limitReached(_ context: FailoverContext) {}
    /// Does nothing.
    public func authenticationFailed(_ context: FailoverContext) async {}
    /// None are known.
    public var lastFailoverReasons: [String: FailoverReason] { [:] }
    /// None are named.
    public var buckets: [String] { [] }
    /// Not known.
    public var retryableAt: Timestamp? { nil }
    /// The text as it is.
    public func redacted(_ text: String) -> String { text }
}

/// Why a handler is asked.
public struct FailoverContext: Sendable {
    /// The HTTP status of the failure; `nil` if it has none, as a network error.
    public var triggeringStatus: Int?
    /// The verdict on it; `nil` if nobody classified it.
    public var classification: Classification?
    /// The headers of the reply, for its rate limits.
    public var headers: Headers
    /// How long a person has to log in.
    public var authRetryTimeout: Duration

    /// Creates a context.
    public init(
        triggeringStatus: Int? = nil,
        classification: Classification? = nil,
        headers: Headers = [:],
        authRetryTimeout: Duration = FailoverRules.standard.authRetryTimeout
    ) {
        self.triggeringStatus = triggeringStatus
        self.classification = classification
        self.headers = headers
        self.authRetryTimeout = authRetryTimeout
    }

    /// Whether the bucket has used up what it is allowed.
    public var isQuota: Bool {
        if triggeringStatus == 402 || triggeringStatus == 429 { return true }
        switch classification?.category {
        case .rateLimited, .quotaExhausted: return true
        case .insufficientFunds: return classification?.disposition == .failover
        default: return false
        }
    }

    /// Whether the credential was refused.
    public var isAuthentication: Bool {
        !isQuota && (triggeringStatus == 401 || triggeringStatus == 403 || classification?.category == .authentication)
    }
}

/// What kept a bucket from being used.
public enum FailoverReason: String, Sendable, Hashable, Codable, CaseIterable {
    /// Its allowance is used up.
    case quotaExhausted = "quota-exhausted"
    /// Its credential is expired or refused and could not be refreshed.
    case expiredRefreshFailed = "expired-refresh-failed"
    /// There is no credential, or it could not be read.
    case noToken = "no-token"
    /// It was tried in this request, or the failure was not its fault.
    case skipped
    /// Logging in anew failed.
    case reauthFailed = "reauth-failed"
    /// Nobody logged in in time.
    case reauthTimeout = "reauth-timeout"

    /// Whether a person has to log in before it can be used.
    public var needsLogin: Bool { self == .expiredRefreshFailed || self == .reauthFailed || self == .reauthTimeout }
}

/// What a task is inside of, innermost first.
@usableFromInline
final class FailoverScope: Sendable {
    @TaskLocal static var current: FailoverScope?

    let source: any FailoverSource
    let handler: any FailoverHandler
    let outer: FailoverScope?

    init(_ source: any FailoverSource, _ handler: any FailoverHandler, outer: FailoverScope?) {
        self.source = source
        self.handler = handler
        self.outer = outer
    }
}
