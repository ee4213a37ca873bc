import ProviderScoring
import ResilienceCore
import Testing

/// The policies that people use today.
@Suite struct PolicyTests {
    private let start = Timestamp(seconds: 1_000_000)

    private func all() throws -> [any SelectionPolicy] {
        [
            Ordered(), RoundRobin(), try Weighted(), CheapestHealthy(), HighestScore(), PeakEWMA(), OutlierEjection(),
            SlidingWindow(), DiscountedThompson(), Adaptive(),
        ]
    }

    /// How often each of some providers is picked, when each succeeds as given.
    private func counts(
        _ policy: any SelectionPolicy, _ table: ProviderTable, rounds: Int, success: [Double]
    ) -> [Int] {
        var (policy, table, generator, chance) = (policy, table, SmallGenerator(seed: 1), SmallGenerator(seed: 2))
        var counts = success.map { _ in 0 }
        policy.providersChanged(table.states)
        for round in 0..<rounds {
            let now = start.advanced(by: .milliseconds(500 * round))
            guard let pick = policy.pick(PickRequest(now: now), from: table.states, using: &generator) else { continue }
            counts[pick.provider] += 1
            table.began(pick.provider)
            policy.began(pick.provider, at: now, from: table.states)
            let isSuccess = Double(chance.next() >> 11) * 0x1p-53 < success[pick.provider]
            let outcome = ProviderOutcome(isSuccess ? .success : .failure, ended: now, elapsed: .seconds(1))
            table.record(outcome, of: pick.provider)
            policy.record(outcome, of: pick.provider, from: table.states)
        }
        return counts
    }

    @Test func noPolicyPicksWhoMayNotBeCalled() throws {
        var table = try ProviderTable(["a", "b", "c", "d"])
        table.setOn(false, of: 0)
        table.setStock(ProviderStock(count: 0, asOf: start.advanced(by: .seconds(1_000_000))), of: 1)
        table.rest(until: start.advanced(by: .seconds(1_000_000)), of: 2)
        for policy in try all() {
            #expect(counts(policy, table, rounds: 100, success: [1, 1, 1, 0.5]) == [0, 0, 0, 100], "\(policy.name)")
        }
        table.setOn(false, of: 3)
        for policy in try all() {
            #expect(counts(policy, table, rounds: 3, success: [1, 1, 1, 1]) == [0, 0, 0, 0])
            #expect(policy.returnsAt(from: table.states, now: start) == start.advanced(by: .seconds(1_000_000)))
        }
    }

    /// The probability that a policy tells is how often it picks.
    @Test func theProbabilityIsThatOfThePick() throws {
        var table = try ProviderTable(["a", "b", "c"])
        for round in 0..<90 {
            for (provider, rate) in [95, 80, 60].enumerated() {
                let kind: ProviderOutcome.Kind = round * 7 % 90 < rate * 9 / 10 ? .success : .failure
                table.record(ProviderOutcome(kind, ended: start, elapsed: .seconds(provider + 1)), of: provider)
            }
        }
        let random: [(any SelectionPolicy, Double)] = [
            (try Weighted(["a": 3, "b": 2]), 0.03), (CheapestHealthy(), 0.03), (PeakEWMA(), 0.03), (SlidingWindow(), 0.03),
            (DiscountedThompson(), 0.15),
        ]
        for (made, tolerance) in random {
            var (policy, generator) = (made, SmallGenerator(seed: 4))
            policy.providersChanged(table.states)
            for (provider, rate) in [9, 8, 6].enumerated() {
                for round in 0..<10 {
                    let kind: ProviderOutcome.Kind = round < rate ? .success : .failure
                    let outcome = ProviderOutcome(kind, ended: start, elapsed: .seconds(provider + 1))
                    policy.record(outcome, of: provider, from: table.states)
                }
            }
            var (counts, told) = ([0.0, 0, 0], [0.0, 0, 0])
            for _ in 0..<4_000 {
                guard let pick = policy.pick(PickRequest(now: start), from: table.states, using: &generator) else { continue }
                counts[pick.provider] += 1
                told[pick.provider] = pick.probability
            }
            for index in 0..<3 where counts[index] > 0 {
                let share = counts[index] / 4_000
                // Sliding window tells the share of the best one where it drew it, too.
                #expect(abs(share - told[index]) < tolerance, "\(policy.name) \(index): \(share), told \(told[index])")
            }
        }
    }

    @Test func roundRobinTakesTurnsAndWeightsAreKept() throws {
        let table = try ProviderTable(["a", "b", "c"])
        #expect(counts(RoundRobin(), table, rounds: 300, success: [1, 0, 1]) == [100, 100, 100])
        let weighted = counts(try Weighted(["a": 8, "c": 0]), table, rounds: 900, success: [1, 1, 1])
        #expect((760...840).contains(weighted[0]))
        #expect(weighted[2] == 0)
        #expect(throws: InvalidArgument.self) { try Weighted(["a": -1]) }
        #expect(throws: InvalidArgument.self) { try Weighted(others: .nan) }
    }

    @Test func theCheapestOfTheHealthy() throws {
        var table = try ProviderTable(["a", "b", "c"])
        table.setPrice(3, of: 0)
        table.setPrice(1, of: 1)
        let counts = counts(CheapestHealthy(), table, rounds: 300, success: [1, 0.3, 1])
        #expect(counts[0] > 280)
        #expect(counts[2] == 0)
    }

    @Test func whoStandsOutByFailingIsLeftOut() throws {
        let table = try ProviderTable(["a", "b", "c", "d", "e", "f"])
        let row = counts(OutlierEjection(), table, rounds: 2_000, success: [0, 1, 1, 1, 1, 1])
        #expect(row[0] < 60)
        let rate = counts(OutlierEjection(minimumRequests: 3), table, rounds: 4_000, success: [0.4, 1, 1, 1, 1, 1])
        #expect(rate[0] < 300)
    }

    @Test func learnersPreferTheBetterOne() throws {
        let table = try ProviderTable(["a", "b"])
        for policy in [SlidingWindow(), DiscountedThompson(), Adaptive()] as [any SelectionPolicy] {
            let counts = counts(policy, table, rounds: 2_000, success: [0.6, 0.98])
            #expect(counts[1] > 1_700, "\(policy.name): \(counts)")
        }
        #expect(counts(PeakEWMA(), table, rounds: 2_000, success: [0, 1])[1] > 1_900)
    }
}
