import ResilienceTesting
import Testing

@Suite struct WaitlistSimulationTests {
    @Test func nobodyIsPassedOverLostOrOfferedWhatIsTakenWhateverFails() throws {
        let seeds = SimulationShare.seeds(of: 20_000)
        var met: [Fault: Int] = [:]
        var operations = 0
        for seed in seeds {
            let result = try WaitlistScenario().run(seed: seed)
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.foreignJobs == 0, "seed \(seed)")
            for (fault, count) in result.faults where count > 0 { met[fault, default: 0] += 1 }
            operations += result.storeOperations
        }
        for fault in Fault.allCases { #expect(met[fault, default: 0] * 50 >= seeds.count, "\(fault)") }
        let counts = Fault.allCases.map { "\($0) in \(met[$0, default: 0])" }.joined(separator: ", ")
        print("waitlist: \(seeds.count) runs, \(operations) store operations; runs that met \(counts)")
    }

    @Test(arguments: WaitlistMutant.allCases)
    func withoutOneRuleTheCheckFindsAViolation(mutant: WaitlistMutant) throws {
        var first: (seed: Int, violations: [String])?
        for seed in 1...1_000 where first == nil {
            let found = try WaitlistScenario(mutant: mutant).run(seed: UInt64(seed)).value
            if !found.isEmpty { first = (seed, found) }
        }
        print("without \(mutant): \(first.map { "seed \($0.seed), \($0.violations[0])" } ?? "nothing found")")
        #expect(first != nil)
    }
}
