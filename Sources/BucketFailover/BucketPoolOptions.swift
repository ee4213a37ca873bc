public import ResilienceCore
public import RetryOrchestrator

/// A named credential slot of a provider.
public struct Bucket: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Its name; not a secret.
    public let name: String
    /// Buckets of one group share their limits, as keys of one organization do; `nil` for limits of its own.
    public let limitGroup: String?

    /// Creates a bucket. One without a name, or of blanks only, is called `default`.
    public init(_ name: String? = nil, limitGroup: String? = nil) {
        let isNamed = name?.contains { !$0.isWhitespace } ?? false
        self.name = isNamed ? name ?? "" : "default"
        self.limitGroup = limitGroup
    }

    /// Creates a bucket with limits of its own.
    public init(stringLiteral name: String) { self.init(name) }
}

/// Which bucket is used first.
public enum BucketOrder: String, Sendable, Hashable, CaseIterable {
    /// The one in use as long as it works, then the first that does.
    case profile
    /// For each request the one with the most left, as its last reply said.
    case mostHeadroom
    /// For each request the one whose limits are reset first, so that nothing goes to waste.
    case soonestReset
    /// Each request the next one.
    case roundRobin
}

/// How a pool chooses and mends.
public struct BucketPoolOptions: Sendable, Hashable {
    /// Which bucket is used first.
    public var order: BucketOrder
    /// When a retrier fails over.
    public var rules: FailoverRules
    /// How long reading or refreshing a credential may take; what comes later is dropped.
    public let refreshTimeout: Duration
    /// How often at most a person is asked to log in for one request.
    public let promptsPerRequest: Int

    /// Profile order, the standard rules, 30 s, one prompt.
    public static let standard = BucketPoolOptions(preset: .profile, .standard, .seconds(30), 1)

    /// Creates options.
    ///
    /// - Throws: `InvalidArgument` if the time-out is not more than zero, or the number of prompts negative.
    public init(
        order: BucketOrder = .profile,
        rules: FailoverRules = .standard,
        refreshTimeout: Duration = .seconds(30),
        promptsPerRequest: Int = 1
    ) throws(InvalidArgument) {
        guard refreshTimeout > .zero else {
            throw InvalidArgument(field: "refreshTimeout", value: refreshTimeout, allowed: "more than zero")
        }
        guard promptsPerRequest >= 0 else {
            throw InvalidArgument(field: "promptsPerRequest", value: promptsPerRequest, allowed: "at least 0")
        }
        self.init(preset: order, rules, refreshTimeout, promptsPerRequest)
    }

    private init(preset order: BucketOrder, _ rules: FailoverRules, _ refreshTimeout: Duration, _ prompts: Int) {
        self.order = order
        self.rules = rules
        self.refreshTimeout = refreshTimeout
        promptsPerRequest = prompts
    }
}
