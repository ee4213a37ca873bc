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
        guard let provider = request.firstEligible(from: next, of: providers) else { return nil }
        next = provider + 1
        return Pick(provider: provider, probability: 1, reason: .order)
    }
}
