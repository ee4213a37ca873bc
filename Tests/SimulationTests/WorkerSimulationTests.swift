import ResilienceTesting
import Testing

@Suite struct WorkerSimulationTests {
    @Test func eachItemHasOneOutcomeOrIsParkedWhateverFails() throws {
        let seeds = SimulationShare.seeds(of: 10_000)
        var met: [Fault: Int] = [:]
        var operations = 0
        for seed in seeds {
            let result = try WorkerScenario().run(seed: seed)
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.foreignJobs == 0, "seed \(seed)")
            for (fault, count) in result.faults where count > 0 { met[fault, default: 0] += 1 }
            operations += result.storeOperations
        }
        for fault in Fault.allCases { #expect(met[fault, default: 0] * 20 >= seeds.count, "\(fault)") }
        let counts = Fault.allCases.map { "\($0) in \(met[$0, default: 0])" }.joined(separator: ", ")
        print("workers: \(seeds.count) runs, \(operations) store operations; runs that met \(counts)")
    }

    @Test(arguments: WorkerScenario.Omission.allCases)
    func withoutOneRuleTheCheckFindsAViolation(omission: WorkerScenario.Omission) throws {
        var first: (seed: Int, violations: [String])?
        for seed in 1...1_000 where first == nil {
            let found = try WorkerScenario(omission: omission).run(seed: UInt64(seed)).value
            if !found.isEmpty { first = (seed, found) }
        }
        print("without \(omission): \(first.map { "seed \($0.seed), \($0.violations[0])" } ?? "nothing found")")
        #expect(first != nil)
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        for seed in 1...50 as ClosedRange<UInt64> {
            let (once, again) = try (WorkerScenario().run(seed: seed), WorkerScenario().run(seed: seed))
            #expect(once.traceHash == again.traceHash, "seed \(seed)")
        }
    }
}
