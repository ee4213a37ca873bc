import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// A process dies at each write of a five-step saga, one after the other, and another one resumes it.
@Suite struct SagaCrashTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        /// Whether the last step fails, so that everything is undone.
        var goesBack: Bool
        var means: Means
        /// Whether the process waits for the saga, or works as a worker.
        var performs: Bool
        var testDescription: String { "\(goesBack ? "back" : "forward"), \(means), \(performs ? "perform" : "run")" }

        static let all = [false, true].flatMap { goesBack in
            Means.allCases.flatMap { means in
                [true, false].map { Variant(goesBack: goesBack, means: means, performs: $0) }
            }
        }
    }

    /// What there is against an outcome that is not known.
    enum Means: CaseIterable { case resolve, idempotentUndo, none }

    /// How a saga stands at the end, and what it left in the world.
    struct Ending: Equatable {
        var state: SagaState?
        var steps: [StepState]
        var standing: Set<String>
        var runs: [Int]
        var undos: [Int]
        var ends: Int
        var hasFailures: Bool
        var crashed = false
    }

    private static let names = ["a", "b", "c", "d", "e"]

    @Test(arguments: Variant.all) func aCrashAtAnyWriteIsResumed(_ variant: Variant) throws {
        let whole = try run(variant, nil)
        #expect(whole.state == (variant.goesBack ? .compensated : .completed))
        var crashes = 0
        for operation in [StoreOperation.commit, .claim] {
            for fault in [Fault.crashBeforeApply, .crashAfterApply] {
                for number in 1... {
                    let plan = try FaultPlan.none.injecting(fault, at: operation, number: number)
                    let ending = try run(variant, plan)
                    guard ending.crashed else { break }
                    crashes += 1
                    check(ending, against: whole, variant, "\(fault) at \(operation) \(number)")
                }
            }
        }
        // Start or first intent, four steps, five compensations' two commits or the end.
        #expect(crashes >= (variant.goesBack ? 20 : 12), "\(crashes) crashes")
    }

    private func check(_ ending: Ending, against whole: Ending, _ variant: Variant, _ place: String) {
        #expect(ending.runs.allSatisfy { $0 <= 1 } && ending.undos.allSatisfy { $0 <= 1 }, "\(place): \(ending)")
        #expect(ending.ends == 1, "\(place): \(ending)")
        switch variant.means {
        case .resolve:
            var same = ending
            same.crashed = false
            #expect(same == whole, "\(place)")
        case .idempotentUndo:
            // Known to be undone, or never in doubt.
            #expect(ending.state == .completed || ending.state == .compensated, "\(place): \(ending)")
            if ending.state == .compensated { #expect(ending.standing.isEmpty, "\(place): \(ending)") }
            if variant.goesBack { #expect(ending.state == .compensated, "\(place)") }
        case .none:
            switch ending.state {
            case .completed: #expect(!variant.goesBack && ending.standing.count == 5, "\(place): \(ending)")
            case .compensated: #expect(ending.standing.isEmpty, "\(place): \(ending)")
            case .needsAttention: #expect(ending.hasFailures, "\(place): \(ending)")
            case .running, nil: Issue.record("\(place): never ended: \(ending)")
            }
        }
    }

    private func run(_ variant: Variant, _ plan: FaultPlan?) throws -> Ending {
        let result = try Simulation.run(seed: 5) { sim in try await body(sim, variant, plan) }
        #expect(result.foreignJobs == 0)
        return result.value
    }

    private func body(_ sim: Simulation, _ variant: Variant, _ plan: FaultPlan?) async throws -> Ending {
        let world = World()
        if variant.goesBack { world.refuse("run e") }
        let truth = InMemoryStore(clock: sim.clock, coder: JSONCoder())
        let undo = try RetryPolicy.tries(5, idempotent: variant.means == .idempotentUndo)
        let definition = try world.steps(5, asks: variant.means == .resolve, retry: .tries(5), undo: undo)
        let faulty = SimulatedStore(truth, in: sim, faults: plan ?? .none)
        let process = sim.process("first") {
            let runner = try SagaRunner.forTests(definition, on: faulty)
            if variant.performs {
                _ = try await runner.perform(Job(), id: "1")
            } else {
                try await runner.start(Job(), id: "1")
                await runner.run()
            }
        }
        let runner = try SagaRunner.forTests(definition, on: truth)
        if try await !ended(runner, sim, unless: process) {
            // What crashed before anything was stored is started again, as its caller would.
            sim.task("second") { await runner.run() }
            try await runner.start(Job(), id: "1")
            _ = try await ended(runner, sim, unless: nil)
        }
        let status = try await runner.status(of: "1")
        var ends = 0
        for try await event in runner.trail(of: "1") where event.kind == .ended { ends += 1 }
        return Ending(
            state: status?.state,
            steps: status?.steps.map(\.state) ?? [],
            standing: world.standing,
            runs: Self.names.map { world.effects("run \($0)") },
            undos: Self.names.map { world.effects("undo \($0)") },
            ends: ends,
            hasFailures: status?.failures.isEmpty == false,
            crashed: process.hasCrashed
        )
    }

    /// Waits for the end of the saga, or of the process.
    private func ended(
        _ runner: SagaRunner<Job>,
        _ sim: Simulation,
        unless process: SimulatedProcess?
    ) async throws -> Bool {
        for _ in 0..<600 {
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            if process?.hasCrashed == true { return false }
            if let state = try await runner.status(of: "1")?.state, state != .running { return true }
        }
        return false
    }
}
