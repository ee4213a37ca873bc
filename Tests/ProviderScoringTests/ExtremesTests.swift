import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// Numbers and instants at their ends: nothing traps, and nothing is chosen by what is no number.
@Suite struct ExtremesTests {
    /// What a policy picks of two, one of which always fails.
    private func picks(_ policy: some SelectionPolicy, at instants: [Int64], elapsed: Duration) throws -> [Pick] {
        var (policy, generator) = (policy, SmallGenerator(seed: 1))
        var table = try ProviderTable(["a", "b"])
        policy.providersChanged(table.states)
        var picks: [Pick] = []
        for instant in instants {
            let now = Timestamp(microseconds: instant)
            for _ in 0..<10 {
                let pick = policy.pick(PickRequest(now: now), from: table.states, using: &generator)
                guard let pick else { continue }
                picks.append(pick)
                table.began(pick.provider)
                policy.began(pick.provider, at: now, from: table.states)
                let outcome = ProviderOutcome(pick.provider == 0 ? .failure : .success, ended: now, elapsed: elapsed)
                table.record(outcome, of: pick.provider)
                policy.record(outcome, of: pick.provider, from: table.states)
            }
        }
        return picks
    }

    @Test func policiesTakeAnyNumberInstantAndTime() throws {
        let policies: [any SelectionPolicy] = [
            OutlierEjection(minimumProviders: 2, minimumRequests: 1, deviations: .nan, mostOut: .nan),
            OutlierEjection(minimumProviders: 2, minimumRequests: 1, deviations: -.infinity, mostOut: .infinity),
            OutlierEjection(mostOut: -.infinity),
            PeakEWMA(),
            BreakerPolicy(over: PeakEWMA()),
            DiscountedThompson(discount: .nan),
            DiscountedThompson(discount: -.infinity),
            SlidingWindow(exploration: .nan),
            SlidingWindow(exploration: .infinity),
        ]
        let instants: [Int64] = [0, .max, .min, 9_000_000_000_000_000_000, -9_000_000_000_000_000_000, .max - 1, .min + 1]
        for policy in policies {
            for elapsed in [Duration.zero, .seconds(Int64.max), .seconds(-Int64.max)] {
                let picks = try picks(policy, at: instants, elapsed: elapsed)
                #expect(!picks.isEmpty)
                #expect(picks.allSatisfy { $0.probability > 0 && $0.probability <= 1 }, "\(policy.name)")
            }
        }
    }

    @Test func whatIsNoNumberIsTheDefault() throws {
        let instants = Array(Int64(0)..<20)
        #expect(
            try picks(DiscountedThompson(discount: .nan), at: instants, elapsed: .zero)
                == picks(DiscountedThompson(), at: instants, elapsed: .zero)
        )
        #expect(
            try picks(SlidingWindow(exploration: .nan), at: instants, elapsed: .zero)
                == picks(SlidingWindow(), at: instants, elapsed: .zero)
        )
    }

    @Test func aTimeThatCannotBeIsHeldToAnHour() throws {
        let clock = ManualClock()
        let router = try ProviderRouter("n", ["a"], policy: PeakEWMA(), clock: clock)
        let start = clock.now
        for (elapsed, ended) in [
            (Duration.seconds(Int64.max), start.advanced(by: .seconds(3_600))), (.seconds(-Int64.max), start),
        ] {
            let place = try #require(router.pick())
            #expect(router.record(.success, for: place, elapsed: elapsed))
            #expect(router.state(of: "a")?.lastSuccess == ended)
        }
        for elapsed in [Duration.seconds(Int64.max), .seconds(-Int64.max)] {
            #expect(router.record(.success, of: "a", elapsed: elapsed))
        }
        #expect(router.state(of: "a")?.health?.meanResponse == .seconds(1_800))
    }
}
