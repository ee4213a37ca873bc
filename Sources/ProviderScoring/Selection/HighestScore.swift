public import ResilienceCore

/// The provider with the highest health score.
///
/// It never looks again at a provider that an outage has left with a low score: for that, and for loads near a provider's
/// capacity, an adaptive policy is better. A pick looks at each provider once and allocates nothing.
///
/// ```swift
/// var policy = HighestScore()
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct HighestScore: SelectionPolicy {
    /// What is compared.
    public enum Figure: Sendable, Hashable {
        /// The sum of the terms, which tells 98 % from 99 %.
        case rank
        /// The score as it is shown, which is 100 for both.
        case cappedScore
    }

    /// Who goes first of equals.
    public enum Ties: Sendable, Hashable {
        /// One by lot.
        case random
        /// The first in order.
        case first
    }

    /// What it is called in events and reports.
    public let name: String
    private let figure: Figure
    private let ties: Ties

    /// Compares the uncapped rank and draws among equals, unless told otherwise.
    public init(by figure: Figure = .rank, ties: Ties = .random) {
        self.figure = figure
        self.ties = ties
        name = figure == .rank ? "highest rank" : "highest score"
    }

    /// The one with the highest figure, in one pass.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        var best = -1
        var highest = -Double.infinity
        var equals: UInt64 = 0
        for provider in providers.indices where request.isEligible(provider, of: providers) {
            let score = HealthScore(providers[provider], at: request.now)
            let value = figure == .rank ? score.rank : score.value
            if value > highest {
                (best, highest, equals) = (provider, value, 1)
            } else if value == highest {
                equals += 1
                // Each of them is as likely to be the one that is kept.
                if ties == .random, generator.next() % equals == 0 { best = provider }
            }
        }
        guard best >= 0 else { return nil }
        guard ties == .random, equals > 1 else { return Pick(provider: best, probability: 1, reason: .best) }
        return Pick(provider: best, probability: 1 / Double(equals), reason: .tie)
    }
}
