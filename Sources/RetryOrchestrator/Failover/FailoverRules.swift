import ErrorClassification
public import ResilienceCore

/// When a retrier fails over instead of waiting.
///
/// A refused payment (402) and a used-up quota fail over at once; so does a 429 that asks for a longer wait than
/// ``waitInPlaceBelow``. Another 429 is waited out once, and the second in a row fails over. A refused credential is
/// tried once more, and the second in a row fails over.
public struct FailoverRules: Sendable, Hashable {
    /// The longest wait that is waited out on the same bucket.
    public let waitInPlaceBelow: Duration
    /// Whether the second network or server error in a row fails over, and at once whatever the classifier says is to be
    /// tried elsewhere. A new key does not mend a provider; another node may.
    public var coversServerErrors: Bool
    /// How long a person has to log in.
    public let authRetryTimeout: Duration

    /// The rules of the requests made in this task; `nil` for those of the source.
    @TaskLocal public static var ofThisTask: FailoverRules?

    /// 5 s in place, credentials only, 30 s to log in.
    public static let standard = FailoverRules(preset: .seconds(5), authRetryTimeout: .seconds(30))

    /// Creates rules.
    ///
    /// - Throws: `InvalidArgument` if the wait is negative or the time-out not more than zero.
    public init(
        waitInPlaceBelow: Duration = .seconds(5),
        coversServerErrors: Bool = false,
        authRetryTimeout: Duration = .seconds(30)
    ) throws(InvalidArgument) {
        guard waitInPlaceBelow >= .zero else {
            throw InvalidArgument(field: "waitInPlaceBelow", value: waitInPlaceBelow, allowed: "at least zero")
        }
        guard authRetryTimeout > .zero else {
            throw InvalidArgument(field: "authRetryTimeout", value: authRetryTimeout, allowed: "more than zero")
        }
        self.init(preset: waitInPlaceBelow, coversServerErrors, authRetryTimeout: authRetryTimeout)
    }

    private init(preset wait: Duration, _ coversServerErrors: Bool = false, authRetryTimeout: Duration) {
        waitInPlaceBelow = wait
        self.coversServerErrors = coversServerErrors
        self.authRetryTimeout = authRetryTimeout
    }
}

/// What a failover handler is for after a failure.
enum FailoverStep: Hashable {
    /// Nothing: the policy decides.
    case none
    /// The credential was refused once: try again, it may have been renewed in the meantime.
    case retryOnce
    case failover
}

/// Counts failures in a row, by their kind: the pure part of the decision.
struct FailoverCounts {
    private var throttled = 0
    private var refused = 0
    private var broken = 0

    mutating func reset() { self = FailoverCounts() }

    mutating func step(after verdict: Classification, _ context: FailoverContext, _ rules: FailoverRules)
        -> FailoverStep
    {
        let isThrottled = context.triggeringStatus == 429 || verdict.category == .rateLimited
        let isRefused = context.isAuthentication
        let isBroken = !isThrottled && !isRefused && verdict.category.isBroken
        throttled = isThrottled ? throttled + 1 : 0
        refused = isRefused ? refused + 1 : 0
        broken = isBroken ? broken + 1 : 0
        if isRefused { return refused > 1 ? .failover : .retryOnce }
        if context.triggeringStatus == 402 || (context.isQuota && !isThrottled) { return .failover }
        if isThrottled {
            let isUsedUp = verdict.category == .quotaExhausted
            let isLong = verdict.retryAfter.map { $0 > rules.waitInPlaceBelow } ?? false
            return isUsedUp || isLong || throttled > 1 ? .failover : .none
        }
        guard rules.coversServerErrors else { return .none }
        return isBroken && broken > 1 || verdict.disposition == .failover ? .failover : .none
    }
}

extension ErrorClassification.Category {
    fileprivate var isBroken: Bool {
        switch self {
        case .network, .server, .overloaded, .unavailable, .timeout: true
        default: false
        }
    }
}
