import ProviderScoring
import ResilienceCore
import Testing

/// Policies that keep nothing.
@Suite struct SimplePolicyTests {
    private let now = Timestamp(seconds: 1_000_000)
    private var generator = SmallGenerator(seed: 1)

    private func providers(_ rates: [Int?], stock: [Int?] = []) -> [ProviderState] {
        rates.indices.map { index in
            var state = ProviderState(name: "p\(index)")
            state.health = rates[index].flatMap { HealthSummary(count: 100, successes: $0, meanResponse: .seconds(1)) }
            if index < stock.count { state.stock = stock[index].map { ProviderStock(count: $0, asOf: now) } }
            return state
        }
    }

    @Test mutating func theFirstInOrderThatMayBeCalled() {
        var policy = Ordered()
        let states = providers([10, 99], stock: [0, 5])
        #expect(policy.pick(PickRequest(now: now), from: states, using: &generator)?.provider == 1)
        var excluded = ProviderSet()
        excluded.insert(1)
        #expect(policy.pick(PickRequest(now: now, excluded: excluded), from: states, using: &generator) == nil)
    }

    @Test mutating func theRankTellsApartWhatTheCapMakesEqual() {
        var rank = HighestScore()
        var capped = HighestScore(by: .cappedScore, ties: .first)
        let states = providers([95, 99])
        #expect(rank.pick(PickRequest(now: now), from: states, using: &generator)
            == Pick(provider: 1, probability: 1, reason: .best))
        #expect(capped.pick(PickRequest(now: now), from: states, using: &generator)?.provider == 0)
    }

    @Test mutating func M16_tiesAreDrawnUnlessTheOrderDecides() {
        var policy = HighestScore()
        let states = providers([99, 50, 99, 99])
        var counts = [0, 0, 0, 0]
        for _ in 0..<3_000 {
            let pick = policy.pick(PickRequest(now: now), from: states, using: &generator)
            #expect(pick?.probability == 1.0 / 3)
            if let pick { counts[pick.provider] += 1 }
        }
        #expect(counts[1] == 0)
        for index in [0, 2, 3] { #expect((900...1_100).contains(counts[index])) }
        var first = HighestScore(ties: .first)
        #expect(first.pick(PickRequest(now: now), from: states, using: &generator)?.provider == 0)
    }
}
