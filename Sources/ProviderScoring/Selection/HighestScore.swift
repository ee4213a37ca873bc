public import ResilienceCore

/// The provider with the highest health score.
///
/// It never looks again at a provider that an outage has left with a low score: for that, and for loads near a provider's
/// capacity, an adaptive policy is better. A pick looks at each provider, in a router only at those of which something has
/// changed, and allocates nothing.
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

    /// The one with the highest figure, in one pass; in two where there are several, one of which is drawn.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        var (best, highest, equals) = (-1, -Double.infinity, 0)
        for provider in providers.indices where request.isEligible(provider, of: providers) {
            let value = figure(of: provider, in: providers, at: request.now)
            if value > highest {
                (best, highest, equals) = (provider, value, 1)
            } else if value == highest {
                equals += 1
            }
        }
        guard best >= 0 else { return nil }
        var left = draw(among: equals, using: &generator)
        while left > 0 {
            best += 1
            guard request.isEligible(best, of: providers) else { continue }
            if figure(of: best, in: providers, at: request.now) == highest { left -= 1 }
        }
        return pick(best, among: equals)
    }

    /// What is compared. By the place, since a state is large and a copy of it costs more than the score.
    func figure(of place: Int, in providers: [ProviderState], at now: Timestamp) -> Double {
        let score = HealthScore(
            health: providers[place].health,
            stock: providers[place].stock?.count,
            lastSuccess: providers[place].lastSuccess,
            at: now
        )
        return figure == .rank ? score.rank : score.value
    }

    /// Which one of so many equals goes first, counted in their order.
    func draw(among equals: Int, using generator: inout SmallGenerator) -> Int {
        guard ties == .random, equals > 1 else { return 0 }
        return Int(generator.next() % UInt64(equals))
    }

    /// The pick of one of so many equals.
    func pick(_ provider: Int, among equals: Int) -> Pick {
        guard ties == .random, equals > 1 else { return Pick(provider: provider, probability: 1, reason: .best) }
        return Pick(provider: provider, probability: 1 / Double(equals), reason: .tie)
    }
}
