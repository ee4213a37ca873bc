public import ResilienceCore

/// By lot, as often as a provider is believed to be the best: Thompson sampling with discounted Beta beliefs.
///
/// Of each provider a success probability is drawn from what is believed of it, and the highest wins. With every outcome of
/// any provider all beliefs fade a little, so that who was not called for long is tried again. It goes by success alone.
/// The probability of a pick is approximate: that of independent normal beliefs.
///
/// ```swift
/// var policy = DiscountedThompson()
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct DiscountedThompson: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "discounted Thompson"
    /// It judges by itself: the limits of the preferences are left out.
    public var weighsHealth: Bool { true }
    private let logDiscount: Double

    private struct Arm {
        var successes = 0.0
        var failures = 0.0
        /// The number of outcomes up to which it has faded.
        var fadedAt = 0.0
    }

    private var arms = PerProvider(Arm())
    private var outcomes = 0.0

    /// Beliefs fade to this share with each outcome, held to 0.5...0.99999; the default for what is no number.
    public init(discount: Double = 0.995) {
        logDiscount = Numbers.logarithm(Numbers.limited(discount, to: 0.5...0.999_99, usual: 0.995))
    }

    /// Begins anew.
    public mutating func providersChanged(_ providers: [ProviderState]) { arms.beginAnew(providers.count) }

    /// The highest of one draw for each.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        var (found, highest) = (-1, -1.0)
        for index in providers.indices where request.isEligible(index, of: providers) {
            fade(index)
            let wins = generator.nextGamma(arms[index].successes + 1)
            let losses = generator.nextGamma(arms[index].failures + 1)
            let value = wins / (wins + losses)
            if value > highest { (found, highest) = (index, value) }
        }
        guard found >= 0 else { return nil }
        var probability = 1.0
        let (mean, variance) = belief(found)
        for index in providers.indices where index != found && request.isEligible(index, of: providers) {
            let (otherMean, otherVariance) = belief(index)
            let distance = (mean - otherMean) / (variance + otherVariance).squareRoot()
            // The logistic function that is closest to the normal one.
            let against = Numbers.decay(-1.702 * abs(distance))
            probability *= distance >= 0 ? 1 / (1 + against) : against / (1 + against)
        }
        return Pick(provider: found, probability: max(probability, 1e-6), reason: .drawn)
    }

    /// Takes in an outcome that counts.
    public mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {
        guard provider < providers.count, let isSuccess = outcome.health else { return }
        outcomes += 1
        fade(provider)
        if isSuccess { arms[provider].successes += 1 } else { arms[provider].failures += 1 }
    }

    private mutating func fade(_ index: Int) {
        let passed = outcomes - arms[index].fadedAt
        guard passed > 0 else { return }
        let kept = Numbers.decay(passed * logDiscount)
        arms[index].successes = Numbers.withoutDust(arms[index].successes * kept)
        arms[index].failures = Numbers.withoutDust(arms[index].failures * kept)
        arms[index].fadedAt = outcomes
    }

    private func belief(_ index: Int) -> (mean: Double, variance: Double) {
        let (wins, losses) = (arms[index].successes + 1, arms[index].failures + 1)
        let mean = wins / (wins + losses)
        return (mean, mean * (1 - mean) / (wins + losses + 1))
    }
}

extension SmallGenerator {
    /// A draw from a gamma distribution of that shape, 1 or more: the cube of a normal number (Wilson and Hilferty).
    fileprivate mutating func nextGamma(_ shape: Double) -> Double {
        let ninth = 1 / (9 * shape)
        let root = 1 - ninth + nextNormal() * ninth.squareRoot()
        return max(shape * root * root * root, 1e-9)
    }

    /// Near enough to a standard normal number: the sum of four uniform ones, from one draw.
    private mutating func nextNormal() -> Double {
        let bits = next()
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
        return (Double(sum) / 65_535 - 2) * 1.732_050_8
    }
}
