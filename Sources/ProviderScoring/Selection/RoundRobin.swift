public import ResilienceCore

/// Each provider in turn, health ignored.
///
/// ```swift
/// var policy = RoundRobin()
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct RoundRobin: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "round robin"
    private var next = 0

    /// Begins with the first provider.
    public init() {}

    /// The next one in turn that may be called.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        for step in providers.indices {
            let provider = (next + step) % providers.count
            guard request.isEligible(provider, of: providers) else { continue }
            next = provider + 1
            return Pick(provider: provider, probability: 1, reason: .order)
        }
        return nil
    }
}
