import ResilienceTesting
import Testing

@Suite struct QueueSimulationTests {
    @Test(arguments: SimulatedGateway.Kind.allCases)
    func eachPaymentIsMadeOnceAndRecordedOnceWhateverFails(gateway: SimulatedGateway.Kind) throws {
        let scenario = QueueScenario(gateway: gateway)
        let seeds = SimulationShare.seeds(of: 10_000)
        var met: [Fault: Int] = [:]
        var (operations, foreign) = (0, 0)
        for seed in seeds {
            let result = try scenario.run(seed: seed)
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.tasks.count >= 3, "seed \(seed)")
            #expect(result.storeOperations >= 20, "seed \(seed)")
            #expect(result.faults.values.reduce(0, +) >= 2, "seed \(seed)")
            for (fault, count) in result.faults where count > 0 { met[fault, default: 0] += 1 }
            operations += result.storeOperations
            foreign += result.foreignJobs
        }
        #expect(foreign == 0)
        for fault in Fault.allCases { #expect(met[fault, default: 0] * 20 >= seeds.count, "\(fault)") }
        let counts = Fault.allCases.map { "\($0) in \(met[$0, default: 0])" }.joined(separator: ", ")
        print("\(gateway): \(seeds.count) runs, \(operations) store operations; runs that met \(counts)")
    }

    @Test(arguments: SimulatedGateway.Kind.allCases)
    func whatComesBackFromTheFailedOperationsIsPaidOnceAtMostToo(gateway: SimulatedGateway.Kind) throws {
        var scenario = QueueScenario(gateway: gateway)
        scenario.redrives = true
        for seed in SimulationShare.seeds(of: 5_000) {
            let result = try scenario.run(seed: seed)
            #expect(result.value.isEmpty, "seed \(seed): \(result.value)")
            #expect(result.foreignJobs == 0)
        }
    }

    @Test(arguments: QueueScenario.Omission.allCases)
    func withoutOneProtectionTheCheckFindsAPaymentMadeTwiceOrLost(omission: QueueScenario.Omission) throws {
        let scenario = QueueScenario(gateway: .queryOnly, omission: omission)
        let first = try (1...1_000).first { seed in
            let found = try scenario.run(seed: UInt64(seed)).value
            return found.contains { $0.contains("was paid") || $0.contains("lost") }
        }
        print("without \(omission): found with seed \(first.map(String.init) ?? "none")")
        #expect(first != nil)
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        var hashes: Set<UInt64> = []
        for seed in 1...200 as ClosedRange<UInt64> {
            let scenario = QueueScenario(gateway: .queryOnly)
            let (once, again) = try (scenario.run(seed: seed), scenario.run(seed: seed))
            #expect(once.traceHash == again.traceHash, "seed \(seed)")
            #expect(once.foreignJobs == 0)
            hashes.insert(once.traceHash)
        }
        #expect(hashes.count >= 150)
    }
}
