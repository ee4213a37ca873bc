public import ResilienceCore

/// The cheapest of the providers that are healthy or unknown; of the degraded ones where none is, then of the rest.
///
/// A provider without a price comes after those with one. Equals are drawn.
///
/// ```swift
/// var policy = CheapestHealthy()
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct CheapestHealthy: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "cheapest healthy"

    /// Nothing to configure.
    public init() {}

    /// The cheapest of the best status, in one pass.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        var (found, lowest, equals) = (-1, (Int.max, Double.infinity), UInt64(0))
        for provider in providers.indices where request.isEligible(provider, of: providers) {
            let state = providers[provider]
            let status =
                switch state.status {
                case .healthy, .unknown: 0
                case .degraded: 1
                case .unavailable: 2
                }
            let value = (status, state.price ?? .infinity)
            if found < 0 || value < lowest {
                (found, lowest, equals) = (provider, value, 1)
            } else if value == lowest {
                equals += 1
                if generator.next() % equals == 0 { found = provider }
            }
        }
        guard found >= 0 else { return nil }
        return Pick(provider: found, probability: 1 / Double(equals), reason: equals > 1 ? .tie : .best)
    }
}
