public import ErrorClassification
public import ResilienceCore
public import RetryOrchestrator

/// How a router makes its calls.
///
/// ```swift
/// let options = try RouterOptions(nobodyEligible: .wait(atMost: .seconds(10)), isIdempotent: true)
/// ```
public struct RouterOptions: Sendable {
    /// What happens when the policy gives nobody.
    public let nobodyEligible: NobodyEligible
    /// Whether the operation may be done twice without harm, also at two providers. Only then is a failure that may have
    /// taken effect followed by another attempt.
    public let isIdempotent: Bool
    /// Failures that would happen anywhere: they end a call, and are thrown unchanged.
    public let stopsAt: Set<ErrorClassification.Category>
    /// The longest Retry-After that is waited for at the same provider. One that is limited or overloaded is waited for only
    /// if nobody else is left.
    public let waitInPlaceBelow: Duration
    /// What happens inside the operation of a retrier, and to retriers inside the router's operation.
    public let nesting: RetryNesting
    /// Takes secrets out of what providers say, before it is logged.
    public let redact: @Sendable (String) -> String

    /// The least bad is tried, nothing is idempotent, at most 5 s are waited.
    public static let standard = RouterOptions(
        .tryLeastBad,
        false,
        Self.usualStops,
        .seconds(5),
        .oneAttempt,
        redact: { $0 }
    )

    /// What is wrong with a request is wrong everywhere.
    public static let usualStops: Set<ErrorClassification.Category> = [
        .validation, .notFound, .duplicate, .invalidRecipient, .paymentDeclined, .cancelled,
    ]

    /// Creates options.
    ///
    /// - Throws: `InvalidArgument` if a wait is negative.
    public init(
        nobodyEligible: NobodyEligible = .tryLeastBad,
        isIdempotent: Bool = false,
        stopsAt: Set<ErrorClassification.Category> = RouterOptions.usualStops,
        waitInPlaceBelow: Duration = .seconds(5),
        nesting: RetryNesting = .oneAttempt,
        redact: @escaping @Sendable (String) -> String = { $0 }
    ) throws(InvalidArgument) {
        if case .wait(let longest) = nobodyEligible, longest < .zero {
            throw InvalidArgument(field: "nobodyEligible", value: longest, allowed: "a wait of zero or more")
        }
        guard waitInPlaceBelow >= .zero else {
            throw InvalidArgument(field: "waitInPlaceBelow", value: waitInPlaceBelow, allowed: "zero or more")
        }
        self.init(nobodyEligible, isIdempotent, stopsAt, waitInPlaceBelow, nesting, redact: redact)
    }

    private init(
        _ nobodyEligible: NobodyEligible,
        _ isIdempotent: Bool,
        _ stopsAt: Set<ErrorClassification.Category>,
        _ waitInPlaceBelow: Duration,
        _ nesting: RetryNesting,
        redact: @escaping @Sendable (String) -> String
    ) {
        self.nobodyEligible = nobodyEligible
        self.isIdempotent = isIdempotent
        self.stopsAt = stopsAt
        self.waitInPlaceBelow = waitInPlaceBelow
        self.nesting = nesting
        self.redact = redact
    }
}
