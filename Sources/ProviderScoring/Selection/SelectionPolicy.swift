public import ResilienceCore

/// A way to choose among providers.
///
/// A value without locks: the router keeps it behind its own lock and calls it there, so `pick` and `record` must neither
/// block nor allocate. Providers are known by their place in the array; that stays until ``providersChanged(_:)``.
///
/// ```swift
/// struct FirstOnly: SelectionPolicy {
///     let name = "first only"
///
///     mutating func pick(
///         _ request: PickRequest,
///         from providers: [ProviderState],
///         using generator: inout SmallGenerator
///     ) -> Pick? {
///         request.isEligible(0, of: providers) ? Pick(provider: 0, probability: 1, reason: .order) : nil
///     }
/// }
/// ```
public protocol SelectionPolicy: Sendable {
    /// What it is called in events and reports.
    var name: String { get }

    /// Whether it judges by itself how good a provider is, and tries again those that were bad. Of such a policy a router
    /// leaves out the limits of the preferences: they would keep it from looking. `false` by default.
    var weighsHealth: Bool { get }

    /// The set of providers is another one: called before the first pick and after each change. What was learnt of a
    /// provider whose name stays should be kept. By default nothing happens.
    mutating func providersChanged(_ providers: [ProviderState])

    /// Chooses a provider for a request; `nil` if none may be called now.
    mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick?

    /// A call was placed with the provider that ``pick(_:from:using:)`` chose, or with another one. By default nothing
    /// happens.
    mutating func began(_ provider: Int, at now: Timestamp, from providers: [ProviderState])

    /// A call ended. `providers` holds what is known after it. By default nothing happens.
    mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState])

    /// A provider said what is left of our quota there, outside of an outcome. By default nothing happens.
    mutating func told(_ allowance: Allowance, of provider: Int, from providers: [ProviderState])

    /// Whether a provider that may be called is left out at present, as one that is taken to be down or has enough to do.
    /// Asked to explain a decision. `false` by default.
    func holdsBack(_ provider: Int, at now: Timestamp, from providers: [ProviderState]) -> Bool

    /// Whether a provider has come back from an outage of which its window still tells. Asked of policies that weigh health,
    /// of the preferred provider, which then is good enough again. `false` by default.
    func hasComeBack(_ provider: Int, from providers: [ProviderState]) -> Bool

    /// When the first of the providers may be called again, where ``pick(_:from:using:)`` gave none; `nil` if nobody
    /// knows. By default the earliest end of a rest.
    func returnsAt(from providers: [ProviderState], now: Timestamp) -> Timestamp?
}

extension SelectionPolicy {
    /// `false`: who is below the limits of the preferences comes after the others.
    public var weighsHealth: Bool { false }

    /// Nothing happens.
    public mutating func providersChanged(_ providers: [ProviderState]) {}

    /// Nothing happens.
    public mutating func began(_ provider: Int, at now: Timestamp, from providers: [ProviderState]) {}

    /// Nothing happens.
    public mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {}

    /// Nothing happens.
    public mutating func told(_ allowance: Allowance, of provider: Int, from providers: [ProviderState]) {}

    /// `false`: nobody is held back.
    public func holdsBack(_ provider: Int, at now: Timestamp, from providers: [ProviderState]) -> Bool { false }

    /// `false`: the window tells all.
    public func hasComeBack(_ provider: Int, from providers: [ProviderState]) -> Bool { false }

    /// The earliest end of a rest among the providers that are on; `nil` if none rests.
    public func returnsAt(from providers: [ProviderState], now: Timestamp) -> Timestamp? {
        providers.lazy.filter { $0.isOn && $0.stock?.count != 0 && $0.limitedUntil > now }.map(\.limitedUntil).min()
    }
}

/// What a policy is asked.
public struct PickRequest: Sendable {
    /// The instant of the pick.
    public var now: Timestamp
    /// How many providers the request comes to, this one included; from 1. A retry at the same provider asks no policy. Only
    /// the first one decides what most callers see.
    public var attempt: Int
    /// The providers that must not be chosen: those that this request has tried already, and whom the caller excludes.
    public var excluded: ProviderSet
    /// Whom the operator prefers, where that one is not good enough at present: a policy that tries again who was down tries
    /// this one as soon as its pause is over.
    public var preferred: Int?
    /// What should stay with one provider as long as that costs little: a hash of the customer, say. Soft.
    public var affinity: UInt64?

    /// A request at an instant.
    public init(now: Timestamp, attempt: Int = 1, excluded: ProviderSet = ProviderSet(), affinity: UInt64? = nil) {
        self.now = now
        self.attempt = attempt
        self.excluded = excluded
        self.affinity = affinity
    }

    /// Whether that provider may be called for this request now.
    public func isEligible(_ provider: Int, of providers: [ProviderState]) -> Bool {
        providers[provider].isEligible(at: now) && !excluded.contains(provider)
    }

    /// The first one in turn, from that place on and around, that may be called and passes.
    func firstEligible(
        from start: Int = 0,
        of providers: [ProviderState],
        where passes: (Int) -> Bool = { _ in true }
    ) -> Int? {
        providers.indices.lazy.map { (start + $0) % providers.count }
            .first { isEligible($0, of: providers) && passes($0) }
    }
}

/// What a policy chose.
public struct Pick: Sendable, Hashable {
    /// The place of the provider in the array.
    public var provider: Int
    /// With which probability this one was chosen, above 0 and at most 1: with it logs can be replayed under other policies.
    public var probability: Double
    /// Why this one.
    public var reason: PickReason

    /// A choice.
    public init(provider: Int, probability: Double, reason: PickReason) {
        self.provider = provider
        self.probability = probability
        self.reason = reason
    }
}

/// Why a provider was chosen.
public enum PickReason: String, Sendable, Hashable, CaseIterable, Codable {
    /// It is the caller's preferred one.
    case preferred
    /// It has an offer for this request.
    case offer
    /// It is the first in order, or the next in turn.
    case order
    /// It has the best figure by which the policy goes.
    case best
    /// Of equals, by lot.
    case tie
    /// By lot, by its weight or by what is believed of it.
    case drawn
    /// It is called so that something is learnt about it.
    case exploration
    /// It was down, and is tried again.
    case probe
    /// The better ones have as much to do as they can take.
    case overflow
    /// The caller was there before.
    case affinity
    /// None is thought well of, so that is disregarded.
    case panic
    /// No other one may be called.
    case onlyOne
}
