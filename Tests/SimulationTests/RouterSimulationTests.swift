import ResilienceTesting
import Testing

@Suite struct RouterSimulationTests {
    @Test func noPlaceLeaksAndEachAttemptIsLoggedOnceWhateverFails() throws {
        let scenario = RouterScenario()
        let seeds = SimulationShare.seeds(of: 10_000)
        var steps = 0
        for seed in seeds {
            let result = try scenario.run(seed: seed)
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.foreignJobs == 0, "seed \(seed)")
            steps += result.steps
        }
        print("router: \(seeds.count) runs, \(steps) steps")
    }

    @Test(arguments: [RouterScenario.Weakness.recordsTwice, .forgetsToGiveBack])
    func theCheckFindsWhatIsBroken(_ weakness: RouterScenario.Weakness) throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            #expect(try !RouterScenario(weakness: weakness).run(seed: seed).value.isEmpty, "seed \(seed)")
        }
    }

    @Test func theSameSeedRoutesTheSame() throws {
        for seed in 1...10 as ClosedRange<UInt64> {
            let (once, again) = try (RouterScenario().run(seed: seed), RouterScenario().run(seed: seed))
            #expect(once.steps == again.steps && once.elapsed == again.elapsed, "seed \(seed)")
        }
    }
}
