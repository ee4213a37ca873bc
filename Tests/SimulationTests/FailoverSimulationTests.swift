import ResilienceTesting
import Testing

@Suite struct FailoverSimulationTests {
    @Test func requestsShareBucketsWithoutHarmWhateverFailsHangsOrIsCancelled() throws {
        let scenario = FailoverScenario()
        let seeds = SimulationShare.seeds(of: 20_000)
        var steps = 0
        for seed in seeds {
            let result = try scenario.run(seed: seed)
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.foreignJobs == 0, "seed \(seed)")
            steps += result.steps
        }
        print("failover: \(seeds.count) runs, \(steps) steps")
    }

    @Test func theSameSeedGivesTheSameFailover() throws {
        var runs: Set<String> = []
        for seed in 1...100 as ClosedRange<UInt64> {
            let (once, again) = try (FailoverScenario().run(seed: seed), FailoverScenario().run(seed: seed))
            #expect(once.steps == again.steps && once.elapsed == again.elapsed, "seed \(seed)")
            runs.insert("\(once.steps) \(once.elapsed)")
        }
        #expect(runs.count >= 80)
    }
}
