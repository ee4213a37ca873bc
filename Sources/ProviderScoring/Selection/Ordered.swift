public import ResilienceCore

/// The first provider in order that may be called: fixed priorities, health ignored.
///
/// ```swift
/// var policy = Ordered()
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct Ordered: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "ordered"

    /// The order is that of the providers.
    public init() {}

    /// The first that may be called, in one pass.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        request.firstEligible(of: providers).map { Pick(provider: $0, probability: 1, reason: .order) }
    }
}
