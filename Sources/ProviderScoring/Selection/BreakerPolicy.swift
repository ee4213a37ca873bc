public import ResilienceCore

/// Another policy with a circuit breaker for each provider: who fails five times in a row is left out for a minute, and then
/// let back by one call.
///
/// The pause is time, and the same after each probe that fails. A provider that is down for long is so asked once a minute;
/// one that every call goes to is missed for up to a minute after it is back. ``Adaptive`` counts its pauses in requests.
///
/// ```swift
/// var policy = BreakerPolicy(over: Ordered())
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct BreakerPolicy<Base: SelectionPolicy>: SelectionPolicy {
    /// What it is called in events and reports.
    public let name: String
    /// It judges by itself: the limits of the preferences are left out.
    public var weighsHealth: Bool { true }
    private var base: Base
    private let failures: Int
    private let pause: Int64

    private struct Breaker {
        var isOpen = false
        var openedAt = Int64.min
        /// No call is let through up to and including then.
        var until = Int64.min
    }

    private var names: [String] = []
    private var breakers: [Breaker] = []

    /// Chooses as `base` does among those that are let through; opens after so many failures in a row, for so long.
    ///
    /// - Throws: `InvalidArgument` for failures outside 1...1,000,000, and a pause that is not above zero or over a day.
    public init(over base: Base, failuresInARow: Int, pause: Duration) throws(InvalidArgument) {
        guard (1...1_000_000).contains(failuresInARow) else {
            throw InvalidArgument(field: "failuresInARow", value: failuresInARow, allowed: "1...1,000,000")
        }
        guard pause > .zero, pause <= .seconds(86_400) else {
            throw InvalidArgument(field: "pause", value: pause, allowed: "above zero, at most 1 day")
        }
        self.init(base, failuresInARow, pause)
    }

    /// Chooses as `base` does among those that are let through; opens after five failures in a row, for a minute.
    public init(over base: Base) { self.init(base, 5, .seconds(60)) }

    private init(_ base: Base, _ failures: Int, _ pause: Duration) {
        self.base = base
        self.failures = failures
        self.pause = pause.wholeMicroseconds
        name = "\(base.name) with breakers"
    }

    /// A breaker stays with its provider's name.
    public mutating func providersChanged(_ providers: [ProviderState]) {
        let known = Dictionary(zip(names, breakers), uniquingKeysWith: { first, _ in first })
        names = providers.map(\.name)
        breakers = names.map { known[$0] ?? Breaker() }
        base.providersChanged(providers)
    }

    /// What the base picks among those that are let through.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        if breakers.count != providers.count { providersChanged(providers) }
        var open = request
        for index in breakers.indices where breakers[index].isOpen && request.now.microseconds <= breakers[index].until
        {
            open.excluded.insert(index)
        }
        guard var pick = base.pick(open, from: providers, using: &generator) else { return nil }
        if breakers[pick.provider].isOpen { pick.reason = .probe }
        return pick
    }

    /// The call to one that is left out is its probe: the next one has to wait for its outcome, or for a pause.
    public mutating func began(_ provider: Int, at now: Timestamp, from providers: [ProviderState]) {
        base.began(provider, at: now, from: providers)
        guard provider < breakers.count, breakers[provider].isOpen else { return }
        breakers[provider].until = now.advanced(by: .microseconds(pause)).microseconds
    }

    /// Opens after too many failures in a row; of one that is open its probe decides.
    public mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {
        base.record(outcome, of: provider, from: providers)
        guard provider < breakers.count, let isSuccess = outcome.health else { return }
        if breakers[provider].isOpen {
            // A call from before tells nothing new.
            guard outcome.began > breakers[provider].openedAt else { return }
        }
        if isSuccess {
            breakers[provider].isOpen = false
        } else if breakers[provider].isOpen || providers[provider].consecutiveFailures >= failures {
            let until = outcome.ended.advanced(by: .microseconds(pause)).microseconds
            breakers[provider] = Breaker(isOpen: true, openedAt: outcome.ended.microseconds, until: until)
        }
    }

    /// One whose breaker is open, and whom the base holds back.
    public func holdsBack(_ provider: Int, at now: Timestamp, from providers: [ProviderState]) -> Bool {
        if breakers.indices.contains(provider), breakers[provider].isOpen, now.microseconds <= breakers[provider].until
        {
            return true
        }
        return base.holdsBack(provider, at: now, from: providers)
    }

    /// What the base says.
    public func hasComeBack(_ provider: Int, from providers: [ProviderState]) -> Bool {
        base.hasComeBack(provider, from: providers)
    }

    /// The base is told.
    public mutating func told(_ allowance: Allowance, of provider: Int, from providers: [ProviderState]) {
        base.told(allowance, of: provider, from: providers)
    }

    /// When the base, or the first breaker, lets one through again.
    public func returnsAt(from providers: [ProviderState], now: Timestamp) -> Timestamp? {
        guard breakers.contains(where: \.isOpen) else { return base.returnsAt(from: providers, now: now) }
        return providers.indices.compactMap { index -> Timestamp? in
            let state = providers[index]
            guard state.isOn, state.stock?.count != 0 else { return nil }
            var instant = state.limitedUntil
            if index < breakers.count, breakers[index].isOpen {
                instant = max(instant, Timestamp(microseconds: breakers[index].until).advanced(by: .microseconds(1)))
            }
            return instant > now ? instant : nil
        }.min()
    }
}
