import ResilienceTesting
import Testing

@Suite struct SagaSimulationTests {
    @Test(arguments: SagaScenario.Means.allCases)
    func eachSagaEndsInOneStateThatIsTrueWhateverFails(means: SagaScenario.Means) throws {
        let scenario = SagaScenario(means: means)
        let seeds = SimulationShare.seeds(of: 17_000)
        var met: [Fault: Int] = [:]
        var foreign = 0
        for seed in seeds {
            let result = try scenario.run(seed: seed)
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            foreign += result.foreignJobs
            for (fault, count) in result.faults where count > 0 { met[fault, default: 0] += 1 }
        }
        #expect(foreign == 0)
        for fault in Fault.allCases { #expect(met[fault, default: 0] * 20 >= seeds.count, "\(fault)") }
        let counts = Fault.allCases.map { "\($0) in \(met[$0, default: 0])" }.joined(separator: ", ")
        print("sagas, \(means): \(seeds.count) runs; runs that met \(counts)")
    }

    @Test(arguments: SagaScenario.Omission.allCases)
    func withoutOneProtectionTheCheckFindsWhatIsNotTrue(omission: SagaScenario.Omission) throws {
        let scenario = SagaScenario(means: .asking, omission: omission)
        let first = try (1...1_000).first { try !scenario.run(seed: UInt64($0)).value.isEmpty }
        print("sagas without \(omission): found with seed \(first.map(String.init) ?? "none")")
        #expect(first != nil)
    }
}
