public import ResilienceCore

/// How much a provider has, and as of when.
public struct ProviderStock: Sendable, Hashable {
    /// Pieces; 0 is sold out.
    public var count: Int
    /// When that was so.
    public var asOf: Timestamp

    /// A stock of `count` pieces, negative ones counting as none, at an instant.
    public init(count: Int, asOf: Timestamp) {
        self.count = max(count, 0)
        self.asOf = asOf
    }
}

/// What is known of one provider when a request is placed: plain facts, kept by the router.
///
/// A policy reads these and keeps what else it learns itself.
public struct ProviderState: Sendable {
    /// Its name: what stays when the set of providers changes.
    public let name: String
    /// The outcomes of its window; `nil` where nothing is known.
    public var health: HealthSummary?
    /// By its window.
    public var status = ProviderStatus.unknown
    /// When it last succeeded, also before the window; `nil` if never.
    public var lastSuccess: Timestamp?
    /// When it last failed by its own fault; `nil` if never.
    public var lastFailure: Timestamp?
    /// Failures of its own since its last success.
    public var consecutiveFailures = 0
    /// Its stock; `nil` where that is not known, which excludes nothing.
    public var stock: ProviderStock?
    /// What one success costs, in a unit of the caller's; `nil` where that is not known.
    public var price: Double?
    /// Calls that have begun and not ended.
    public var inFlight = 0
    /// The most calls at one time; unlimited by default.
    public var inFlightLimit = Int.max
    /// Until when it asked to be left alone, or is by the pause after a refusal.
    public var limitedUntil = Timestamp.distantPast
    /// Whether it may be chosen at all: off by the operator's hand.
    public var isOn = true

    /// A provider of which nothing is known.
    public init(name: String) { self.name = name }

    /// Whether a call may be placed there now: it is on, not known to be sold out, not resting and under its limit.
    @inlinable
    public func isEligible(at now: Timestamp) -> Bool {
        isOn && limitedUntil <= now && inFlight < inFlightLimit && stock?.count != 0
    }
}
