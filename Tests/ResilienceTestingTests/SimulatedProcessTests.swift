import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct SimulatedProcessTests {
    private static let key = RecordKey("example", "a")

    @Test(arguments: [Fault.crashBeforeApply, .crashAfterApply])
    func aProcessEndsWhereItCrashes(_ fault: Fault) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let wentOn = Flag()
            let result = try Simulation.run(seed: seed) { sim in
                let truth = InMemoryStore(clock: sim.clock)
                let store = SimulatedStore(truth, in: sim)
                store.inject(try .none.injecting(fault, at: .commit, number: 2))
                let process = sim.process("first") {
                    defer { wentOn.raise() }
                    try await store.commit(Batch([.put(RecordKey("example", "before"), 1, expect: .absent)]))
                    // Shielded work belongs to the process too.
                    _ = try await shielded { try await store.commit(Batch([.put(Self.key, 1, expect: .absent)])) }
                    wentOn.raise()
                }
                guard case .crashed = await process.outcome() else { throw SimulatedOutage() }
                // As long as the run lasts, nothing of the process goes on.
                try await sim.clock.pause(for: .seconds(1_000))
                #expect(!wentOn.isRaised)
                #expect(process.hasCrashed)
                #expect(try await truth.read(RecordKey("example", "before")) != nil)
                return try await truth.read(Self.key) != nil
            }
            #expect(result.value == (fault == .crashAfterApply))
            #expect(result.faults == [fault: 1])
            #expect(result.foreignJobs == 0)
        }
    }

    @Test func aCrashFromOutsideStopsSleepersAndCheckpoints() throws {
        let wentOn = Flag()
        let result = try Simulation.run(seed: 1) { sim in
            let process = sim.process("first") {
                async let sleeping: Void = {
                    try await sim.clock.pause(for: .seconds(10))
                    wentOn.raise()
                }()
                for _ in 0..<2 { try await SimulatedProcess.checkpoint() }
                try await sim.clock.pause(for: .seconds(10))
                try await SimulatedProcess.checkpoint()
                wentOn.raise()
                try await sleeping
            }
            try await sim.clock.pause(for: .seconds(5))
            process.crash()
            try await sim.clock.pause(for: .seconds(100))
            return wentOn.isRaised
        }
        #expect(!result.value)
        #expect(result.elapsed == .seconds(105))
    }

    @Test func anEndIsToldAsItWas() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let good = sim.process("good") { try await sim.clock.pause(for: .seconds(1)) }
            let bad = sim.process("bad") { throw SimulatedOutage() }
            guard case .finished = await good.outcome() else { throw StoreError.late }
            guard case .failed(is SimulatedOutage) = await bad.outcome() else { throw StoreError.late }
            good.crash()
            #expect(!good.hasCrashed)
        }
    }

    @Test func callersOutsideOfAProcessMeetNoCrash() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let plan = try FaultPlan(rates: [.crashBeforeApply: 0.5, .crashAfterApply: 0.5])
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim, faults: plan)
            for _ in 0..<5 { _ = try await store.read(Self.key) }
        }
        #expect(result.faults.isEmpty)
    }
}

private final class Flag: Sendable {
    private let state = Atomic(false)
    var isRaised: Bool { state.load(ordering: .relaxed) }
    func raise() { state.store(true, ordering: .relaxed) }
}
