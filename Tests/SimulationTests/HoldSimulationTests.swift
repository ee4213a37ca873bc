import ResilienceTesting
import Testing

@Suite struct HoldSimulationTests {
    /// In parts that run beside each other.
    @Test(arguments: 0..<4)
    func nothingIsHeldTwiceConfirmedLateOrLostWhateverFails(part: Int) throws {
        let runs = Int(SimulationShare.seeds(of: 100_000).upperBound)
        var met: [Fault: Int] = [:]
        var (operations, tasks, faults) = (0, 0, 0)
        let seeds = stride(from: part + 1, through: runs, by: 4)
        for seed in seeds {
            let result = try HoldScenario().run(seed: UInt64(seed))
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.foreignJobs == 0, "seed \(seed)")
            for (fault, count) in result.faults where count > 0 {
                met[fault, default: 0] += 1
                faults += count
            }
            operations += result.storeOperations
            tasks += result.tasks.count
        }
        for fault in Fault.allCases { #expect(met[fault, default: 0] * 200 >= runs, "\(fault)") }
        let counts = Fault.allCases.map { "\($0) in \(met[$0, default: 0])" }.joined(separator: ", ")
        let totals = "\(tasks) tasks, \(operations) store operations, \(faults) faults"
        print("holds, part \(part): \(runs / 4) runs, \(totals); runs that met \(counts)")
    }

    @Test(arguments: HoldMutant.allCases)
    func withoutOneRuleTheCheckFindsAViolation(mutant: HoldMutant) throws {
        var first: (seed: Int, violations: [String])?
        for seed in 1...1_000 where first == nil {
            let found = try HoldScenario(mutant: mutant).run(seed: UInt64(seed)).value
            if !found.isEmpty { first = (seed, found) }
        }
        print("without \(mutant): \(first.map { "seed \($0.seed), \($0.violations[0])" } ?? "nothing found")")
        #expect(first != nil)
    }
}
