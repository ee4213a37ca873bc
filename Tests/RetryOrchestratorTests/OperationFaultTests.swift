import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("Injected faults of operations")
struct OperationFaultTests {
    private func faults(seed: UInt64) throws -> OperationFaults<Int> {
        try OperationFaults<Int>(seed: seed, clock: ManualClock())
            .throwing(0.2) { Trouble.busy }
            .throwing(0.1, afterwards: true) { Trouble.silent }
            .returning(0.1) { -1 }
    }

    private func outcomes(seed: UInt64) async throws -> (ends: [Int], runs: Int) {
        let faults = try faults(seed: seed)
        var (ends, runs): ([Int], Int) = ([], 0)
        for _ in 0..<2_000 {
            do {
                ends.append(
                    try await faults.run {
                        runs += 1
                        return 1
                    }
                )
            } catch { ends.append((error as? Trouble)?.status ?? 0) }
        }
        return (ends, runs)
    }

    @Test("They come at their rates, and the same seed gives the same")
    func rates() async throws {
        let (ends, runs) = try await outcomes(seed: 1)
        #expect((340...460).contains(ends.count { $0 == 503 }))
        #expect((150...250).contains(ends.count { $0 == 504 }))
        #expect((150...250).contains(ends.count { $0 == -1 }))
        #expect(runs == ends.count { $0 == 1 || $0 == 504 }, "an error afterwards comes after the operation")
        #expect(try await outcomes(seed: 1).ends == ends)
        #expect(try await outcomes(seed: 2).ends != ends)
    }

    @Test("Delays pass on the clock", .timeLimit(.minutes(20)))
    func delays() throws {
        let elapsed = try Simulation.run(seed: 1) { sim in
            let faults = try OperationFaults<Int>(seed: 1, clock: sim.clock).delaying(
                1,
                by: .seconds(2) ... .seconds(3)
            )
            for _ in 0..<10 { _ = try await faults.run { 1 } }
        }.elapsed
        #expect(elapsed >= .seconds(20) && elapsed <= .seconds(30))
    }

    @Test("Rates that make 1 on paper are accepted")
    func whole() throws {
        _ = try OperationFaults<Int>(seed: 1, clock: ManualClock())
            .returning(0.11) { 1 }
            .returning(0.56) { 2 }
            .returning(0.33) { 3 }
    }

    @Test("Rates out of range are refused")
    func validation() throws {
        #expect(throws: InvalidArgument.self) { try faults(seed: 1).returning(0.7) { 0 } }
        #expect(throws: InvalidArgument.self) { try faults(seed: 1).throwing(-0.1) { Trouble.busy } }
        #expect(throws: InvalidArgument.self) { try faults(seed: 1).delaying(2, by: .zero ... .zero) }
    }
}
