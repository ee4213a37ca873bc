import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// A policy with a breaker for each provider.
@Suite struct BreakerPolicyTests {
    private func open(_ router: ProviderRouter, failures: Int = 5) {
        for _ in 0..<failures {
            if let pick = router.pick() { router.record(.failure, for: pick, elapsed: .zero) }
        }
    }

    @Test(arguments: [true, false])
    func M30_fiveFailuresOpenItForMoreThan60SecondsAndOneProbeDecides(isBack: Bool) throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, ["a", "b"], policy: BreakerPolicy(over: Ordered()))
            open(router, failures: 4)
            #expect(router.explain().provider == "a")
            open(router, failures: 1)
            #expect(router.explain().provider == "b")
            try await sim.clock.pause(for: .milliseconds(60_000))
            #expect(router.explain().provider == "b")
            try await sim.clock.pause(for: .milliseconds(1))
            let probe = try #require(router.pick())
            #expect(probe.provider == "a")
            #expect(probe.reason == .probe)
            // One at a time, however long it takes.
            #expect(router.pick()?.provider == "b")
            try await sim.clock.pause(for: .seconds(10))
            #expect(router.pick()?.provider == "b")
            #expect(router.record(isBack ? .success : .failure, for: probe, elapsed: .seconds(10)))
            #expect(router.explain().provider == (isBack ? "a" : "b"))
            #expect(router.explain().reason == .order)
            guard !isBack else { return }
            try await sim.clock.pause(for: .milliseconds(60_000))
            #expect(router.explain().provider == "b")
            try await sim.clock.pause(for: .milliseconds(1))
            #expect(router.explain().provider == "a")
        }
    }

    @Test func aCallFromBeforeItOpenedDecidesNothingAndAProbeThatIsLostIsFollowedByAnother() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, ["a", "b"], policy: BreakerPolicy(over: Ordered()))
            let early = try (0..<2).map { _ in try #require(router.pick()) }
            try await sim.clock.pause(for: .seconds(1))
            open(router)
            router.record(.success, for: early[0], elapsed: .seconds(2))
            router.record(.failure, for: early[1], elapsed: .seconds(50))
            #expect(router.explain().provider == "b")
            try await sim.clock.pause(for: .milliseconds(60_001))
            let probe = try #require(router.pick())
            #expect(probe.provider == "a")
            router.giveBack(probe)
            #expect(router.explain().provider == "b")
            try await sim.clock.pause(for: .milliseconds(60_001))
            #expect(router.explain().provider == "a")
        }
    }

    @Test func whereAllAreOpenTheEarliestEndIsKnown() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let policy = try BreakerPolicy(over: HighestScore(), failuresInARow: 2, pause: .seconds(7))
            let router = try router(sim, ["a"], policy: policy, options: RouterOptions(nobodyEligible: .fail))
            open(router, failures: 2)
            let decision = router.explain()
            #expect(decision.provider == nil)
            #expect(decision.retryAfter.map { sim.clock.now.duration(to: $0) } == .seconds(7) + .microseconds(1))
            // What is known stays with the name.
            try router.setProviders(["b", "a"])
            #expect(router.explain().provider == "b")
        }
        #expect(throws: InvalidArgument.self) { try BreakerPolicy(over: Ordered(), failuresInARow: 0, pause: .seconds(1)) }
        #expect(throws: InvalidArgument.self) { try BreakerPolicy(over: Ordered(), failuresInARow: 1, pause: .zero) }
    }
}
