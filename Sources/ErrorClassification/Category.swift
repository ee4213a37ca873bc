public import ResilienceCore

/// What kind of failure it is: the question that alerts, metrics and policies ask.
///
/// Each category has usual answers, which a rule may overrule: what to do about it, whether the operation may have taken
/// effect, and how much it matters.
public enum Category: String, Sendable, Hashable, Codable, CaseIterable {
    /// Too many requests in a short time; the same request succeeds later.
    case rateLimited
    /// An allowance of a day, a month or a bill is used up; only another account helps now.
    case quotaExhausted
    /// The system has more work than it can do.
    case overloaded
    /// No answer in time.
    case timeout
    /// The way to the system is broken: refused, reset, unreachable, no name.
    case network
    /// The system failed by a fault of its own.
    case server
    /// The system is down, starting, restarting or in maintenance.
    case unavailable
    /// Somebody else changed or holds it: deadlock, serialization failure, lock, nonce.
    case conflict
    /// The credential is missing, wrong or expired.
    case authentication
    /// The credential is good and does not allow it.
    case authorization
    /// What the request names does not exist.
    case notFound
    /// The request itself is wrong and stays wrong.
    case validation
    /// There is too little money, on our account or on the payer's.
    case insufficientFunds
    /// The bank or the network refused the payment.
    case paymentDeclined
    /// It exists or was done already.
    case duplicate
    /// Stock, connections, memory or disk ran out.
    case resourceExhausted
    /// A person has to change a setting, a schema, a certificate or a version.
    case configuration
    /// Stored or received data is damaged.
    case dataCorruption
    /// The caller, or the system on its behalf, called it off.
    case cancelled
    /// The addressee does not exist or takes no messages; purge it.
    case invalidRecipient
    /// It failed for good, for a reason that no other category names.
    case permanent
    /// The cause cannot be told, or the reply is no failure at all.
    case unknown
}

extension Category {
    /// What is usually done about it.
    public var usualDisposition: Disposition {
        switch self {
        case .rateLimited: .retryAfter
        case .quotaExhausted: .failover
        case .overloaded, .timeout, .network, .server, .unavailable, .conflict, .resourceExhausted: .retry
        case .authentication, .authorization, .notFound, .validation, .insufficientFunds, .paymentDeclined: .fail
        case .duplicate, .configuration, .dataCorruption, .cancelled, .invalidRecipient, .permanent, .unknown: .fail
        }
    }

    /// Whether an operation that failed so may usually have taken effect.
    public var isUsuallyAmbiguous: Bool { self == .timeout || self == .server || self == .unknown }

    /// How much it usually matters.
    public var usualSeverity: Severity {
        switch self {
        case .dataCorruption: .critical
        case .configuration, .authentication, .insufficientFunds, .quotaExhausted, .unknown: .high
        case .overloaded, .timeout, .network, .server, .unavailable, .resourceExhausted, .permanent: .medium
        case .authorization, .paymentDeclined: .medium
        case .rateLimited, .conflict, .notFound, .validation, .duplicate, .cancelled, .invalidRecipient: .low
        }
    }
}
