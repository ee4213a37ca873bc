public import ResilienceCore

/// By lot, each provider by its weight: a fixed split of the load, or a random choice where all weigh the same.
///
/// ```swift
/// var policy = try Weighted(["a": 9, "b": 1])
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct Weighted: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "weighted"
    private let byName: [String: Double]
    private let otherwise: Double
    private var weights: [Double] = []

    /// Weights by name, and of all others; each finite and 0 or more. A provider of weight 0 is never chosen.
    /// Throws ``InvalidArgument``.
    public init(_ weights: [String: Double] = [:], others: Double = 1) throws {
        for (name, weight) in weights.sorted(by: { $0.key < $1.key }) + [("others", others)]
        where !(0...1e12).contains(weight) {
            throw InvalidArgument(field: "weights[\(name)]", value: weight, allowed: "0...10¹²")
        }
        byName = weights
        otherwise = others
    }

    /// Looks up the weights.
    public mutating func providersChanged(_ providers: [ProviderState]) {
        weights = providers.map { byName[$0.name] ?? otherwise }
    }

    /// One that may be called, with the probability of its share in their weights.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        if weights.count != providers.count { providersChanged(providers) }
        var (found, total) = (-1, 0.0)
        for provider in providers.indices where request.isEligible(provider, of: providers) && weights[provider] > 0 {
            total += weights[provider]
            // Each has replaced the one before with just the probability that makes its share.
            if generator.nextUnit() * total < weights[provider] { found = provider }
        }
        guard found >= 0 else { return nil }
        return Pick(provider: found, probability: weights[found] / total, reason: .drawn)
    }
}
