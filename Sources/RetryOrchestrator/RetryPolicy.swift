public import ResilienceCore

/// How often, how long and after which failures an operation is tried again: a value that any number of calls share.
///
/// It holds no state of a call. Every limit is checked when the policy is made.
///
/// ```swift
/// let policy = try RetryPolicy(
///     attempts: 5,
///     backoff: .exponential(base: .milliseconds(100), cap: .seconds(10)),
///     jitter: .full,
///     isIdempotent: true
/// )
/// let retrier = Retrier(policy, classifier: classifier)
/// ```
public struct RetryPolicy: Sendable {
    /// How often the operation is tried in all, the first time included.
    public private(set) var attempts: Int
    /// Whether the number of attempts was set; else two for each bucket of a failover source are allowed.
    private let setsAttempts: Bool
    /// How long to wait before each retry.
    public var backoff: Backoff
    /// How long to wait at least where the failing system has too much to do: of both back-offs the longer counts.
    public var throttledBackoff: Backoff
    /// How delays are spread, after they were capped.
    public var jitter: Jitter
    /// The longest Retry-After that is waited for. A longer one ends the call, with the instant at which to come back.
    public let retryAfterCeiling: Duration
    /// How long a call may take in all, waits included; `nil` for no limit. No wait begins that would end after it.
    public let elapsedLimit: Duration?
    /// Whether the operation may be done twice without harm. Only then is an ambiguous failure retried.
    public var isIdempotent: Bool
    /// Which failures are retried.
    public var rule: RetryRule
    /// What happens inside the operation of another retrier.
    public var nesting: RetryNesting

    /// Creates a policy.
    ///
    /// Attempts that are not given are three, or two for each bucket where a retrier fails over, whichever is more.
    ///
    /// - Throws: `InvalidArgument` if `attempts` is less than one, the ceiling negative, or the elapsed limit zero or
    ///   less.
    public init(
        attempts: Int? = nil,
        backoff: Backoff = .standard,
        throttledBackoff: Backoff = .throttled,
        jitter: Jitter = .full,
        retryAfterCeiling: Duration = .seconds(60),
        elapsedLimit: Duration? = nil,
        isIdempotent: Bool = false,
        rule: RetryRule = .byClassification,
        nesting: RetryNesting = .oneAttempt
    ) throws(InvalidArgument) {
        let setsAttempts = attempts != nil
        let attempts = attempts ?? 3
        guard attempts >= 1 else { throw InvalidArgument(field: "attempts", value: attempts, allowed: "at least 1") }
        guard retryAfterCeiling >= .zero else {
            throw InvalidArgument(field: "retryAfterCeiling", value: retryAfterCeiling, allowed: "at least zero")
        }
        if let elapsedLimit, elapsedLimit <= .zero {
            throw InvalidArgument(field: "elapsedLimit", value: elapsedLimit, allowed: "more than zero")
        }
        self.init(
            preset: attempts,
            backoff,
            jitter,
            throttledBackoff: throttledBackoff,
            retryAfterCeiling: retryAfterCeiling,
            elapsedLimit: elapsedLimit,
            isIdempotent: isIdempotent,
            rule: rule,
            nesting: nesting,
            setsAttempts: setsAttempts
        )
    }

    /// A policy of numbers that are known to be good.
    private init(
        preset attempts: Int,
        _ backoff: Backoff,
        _ jitter: Jitter,
        throttledBackoff: Backoff = .throttled,
        retryAfterCeiling: Duration = .seconds(60),
        elapsedLimit: Duration? = nil,
        isIdempotent: Bool = false,
        rule: RetryRule = .byClassification,
        nesting: RetryNesting = .oneAttempt,
        setsAttempts: Bool = true
    ) {
        self.attempts = attempts
        self.setsAttempts = setsAttempts
        self.backoff = backoff
        self.throttledBackoff = throttledBackoff
        self.jitter = jitter
        self.retryAfterCeiling = retryAfterCeiling
        self.elapsedLimit = elapsedLimit
        self.isIdempotent = isIdempotent
        self.rule = rule
        self.nesting = nesting
    }

    /// The policy for that many buckets: two attempts for each, unless a number was set.
    func allowing(_ buckets: Int) -> RetryPolicy {
        guard !setsAttempts, buckets > 1 else { return self }
        var policy = self
        policy.attempts = max(attempts, min(buckets, 1_000_000) * 2)
        return policy
    }
}

extension RetryPolicy {
    /// 3 attempts, 50 ms doubling (1 s where the other side has too much to do), capped at 20 s, then full jitter.
    public static let `default` = RetryPolicy(preset: 3, .standard, .full, setsAttempts: false)

    /// One attempt: never retries.
    public static let never = RetryPolicy(preset: 1, .none, .none)

    /// Payments: 3 attempts, 60 s apart. Meant for a durable queue.
    public static let payment = RetryPolicy(preset: 3, .doubling(from: .seconds(60), upTo: .seconds(60)), .none)

    /// Requests to an API: 6 attempts, 5 s doubling up to 30 s, then 30 % more or less.
    public static let apiRequest = RetryPolicy(
        preset: 6,
        .doubling(from: .seconds(5), upTo: .seconds(30)),
        .percent(30)
    )

    /// Requests to a provider of rentals: 2 attempts, 1 s apart.
    public static let rental = RetryPolicy(preset: 2, .doubling(from: .seconds(1), upTo: .seconds(20)), .none)

    /// Mails: 5 attempts, 60 s doubling up to an hour. Meant for a durable queue.
    public static let email = RetryPolicy(preset: 5, .doubling(from: .seconds(60), upTo: .seconds(3600)), .none)

    /// Refunds that failed: 3 attempts, 60 s doubling. Meant for a durable queue, where the first is due after 5 minutes.
    public static let refund = RetryPolicy(preset: 3, .doubling(from: .seconds(60), upTo: .seconds(3600)), .none)

    /// Compensations: 8 attempts, 1 s doubling up to 5 minutes, then full jitter. Meant for a saga.
    public static let compensation = RetryPolicy(preset: 8, .doubling(from: .seconds(1), upTo: .seconds(300)), .full)
    /// Transactions that met a deadlock: 3 attempts, 100 ms doubling, plus up to 100 ms.
    public static let deadlock = RetryPolicy(
        preset: 3,
        .doubling(from: .milliseconds(100), upTo: .seconds(20)),
        .plus(.milliseconds(100))
    )
}
