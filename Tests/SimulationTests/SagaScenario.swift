import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Saga

/// Two processes that run sagas over one store, while everything fails: one run of it, and what must hold at its end.
struct SagaScenario: Sendable {
    /// A protection that is left out, to show that the check notices.
    enum Omission: CaseIterable { case fence, resolve }

    /// What the steps have against an outcome that is not known.
    enum Means: CaseIterable { case asking, idempotent, bare }

    struct Order: Codable, Sendable, Equatable {
        var number: Int
    }

    var means: Means
    var omission: Omission?

    /// What went wrong, in words; empty if nothing did.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed, stepLimit: 600_000) { sim in try await body(sim) }
    }

    private func body(_ sim: Simulation) async throws -> [String] {
        var random = sim.fork()
        let truth = InMemoryStore(clock: sim.clock)
        let shop = SimulatedShop(in: sim, dedupes: means == .idempotent, checksFence: omission != .fence)
        let definition = try definition(shop, &random)
        let ids = (0..<Int.random(in: 2...4, using: &random)).map { "order-\($0)" }

        let client = try runner(definition, on: SimulatedStore(truth, in: sim), random.next())
        for (number, id) in ids.enumerated() { try await client.start(Order(number: number), id: id) }
        for name in ["one", "two"] {
            let own = sim.fork()
            sim.task("keeper of \(name)") { try await keepAlive(name, sim, truth, definition, own) }
        }
        if Bool.random(using: &random) {
            let wait = Duration.seconds(Int.random(in: 0...120, using: &random))
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: wait), tolerance: nil)
            try await client.cancel(ids[0], by: "ann")
        }
        var left = ids
        for _ in 0..<1_000 where !left.isEmpty {
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(30)), tolerance: nil)
            var running: [String] = []
            for id in left where try await client.status(of: id)?.state == .running { running.append(id) }
            left = running
        }
        // Whatever is still under way may do its worst.
        try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(600)), tolerance: nil)
        return try await violations(ids, client, definition, shop)
    }

    // MARK: The sagas

    /// Three to five steps, some at once, perhaps with a pivot and steps behind it.
    private func definition(
        _ shop: SimulatedShop,
        _ random: inout SmallGenerator
    ) throws -> SagaDefinition<Order> {
        let policy = try RetryPolicy(
            attempts: 60,
            backoff: .constant(.seconds(20)),
            jitter: .none,
            isIdempotent: means == .idempotent
        )
        let count = Int.random(in: 3...5, using: &random)
        let pivot = Bool.random(using: &random) ? Int.random(in: 1..<count, using: &random) : nil
        let isGrouped = Bool.random(using: &random)
        let steps = (0..<count).map { index in
            step(index, shop, policy, isPivot: index == pivot, undoes: pivot.map { index < $0 } ?? true)
        }
        let together = isGrouped && pivot != 1 ? 2 : 1
        return try SagaDefinition("orders") {
            SagaGroup { for step in steps.prefix(together) { step } }
            for step in steps.dropFirst(together) { step }
        }
    }

    private func step(
        _ index: Int,
        _ shop: SimulatedShop,
        _ policy: RetryPolicy,
        isPivot: Bool,
        undoes: Bool
    ) -> SagaStep<Order, Int> {
        let blind = omission == .resolve
        let question: SagaStep<Order, Int>.Question = { _, step in
            if blind { return .notApplied }
            let stands = try await shop.stands(step.sagaID, step.step, fence: step.fence)
            return stands ? .applied(index) : .notApplied
        }
        let undo: SagaStep<Order, Int>.Compensation = { _, _, step in
            try await shop.call(.undo, step.sagaID, step.step, fence: step.fence)
        }
        return SagaStep(
            "step-\(index)",
            isPivot: isPivot,
            retry: policy,
            undo: policy,
            run: { _, step in
                try await shop.call(.run, step.sagaID, step.step, fence: step.fence)
                return index
            },
            compensate: undoes ? undo : nil,
            resolve: means == .asking ? question : nil
        )
    }

    private func runner(
        _ definition: SagaDefinition<Order>,
        on store: any RecordStore,
        _ seed: UInt64
    ) throws -> SagaRunner<Order> {
        var options = SagaOptions()
        options.seed = seed
        options.worker.seed = seed
        options.worker.concurrency = 3
        options.deliveryLimit = 1_000
        options.questionLimit = 1_000
        return try SagaRunner(
            definition,
            on: omission == .fence ? UnfencedStore(store) : store,
            classifier: .ethereum,
            options: options
        )
    }

    /// Runs a process, and starts another whenever it has crashed.
    private func keepAlive(
        _ name: String,
        _ sim: Simulation,
        _ truth: InMemoryStore,
        _ definition: SagaDefinition<Order>,
        _ random: SmallGenerator
    ) async throws {
        var random = random
        while true {
            let rates: [Fault: Double] = [
                .lostBeforeApply: 0.02, .replyLost: 0.03, .conflict: 0.02, .unavailable: 0.02, .slow: 0.02,
                .crashBeforeApply: 0.01, .crashAfterApply: 0.01,
            ]
            var plan = try FaultPlan(rates: rates)
            for number in 1...2 {
                let fault = Fault.allCases[Int.random(in: 0..<Fault.allCases.count, using: &random)]
                let place = number * 3 + Int.random(in: 0...2, using: &random)
                plan = try plan.injecting(fault, at: .commit, number: place)
            }
            let worked = try runner(definition, on: SimulatedStore(truth, in: sim, faults: plan), random.next())
            let process = sim.process(name) { await worked.run() }
            _ = await process.outcome()
            let pause = Duration.seconds(Int.random(in: 0...90, using: &random))
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: pause), tolerance: nil)
        }
    }

    // MARK: The check

    private func violations(
        _ ids: [String],
        _ client: SagaRunner<Order>,
        _ definition: SagaDefinition<Order>,
        _ shop: SimulatedShop
    ) async throws -> [String] {
        var found: [String] = []
        for id in ids {
            guard let status = try await client.status(of: id) else {
                found.append("\(id) is lost")
                continue
            }
            for step in status.steps {
                let (runs, undos) = shop.effects(id, step.name)
                if runs > 1 { found.append("\(id): \(step.name) was done \(runs) times") }
                if undos > 1 || undos > runs { found.append("\(id): \(step.name) was undone \(undos) of \(runs) times") }
                let stands = runs > undos
                switch step.state {
                case .completed where !stands: found.append("\(id): \(step.name) counts as done and is not")
                case .undone where stands: found.append("\(id): \(step.name) counts as undone and stands")
                case .pending, .failed, .skipped, .waiting:
                    if stands { found.append("\(id): \(step.name) is \(step.state) and stands") }
                default: break
                }
            }
            switch status.state {
            case .running: found.append("\(id) never ended: \(status)")
            case .completed:
                if status.steps.contains(where: { $0.state != .completed }) { found.append("\(id) lacks a step") }
            case .compensated:
                if status.steps.contains(where: { $0.state == .completed }) { found.append("\(id) is half undone") }
            case .needsAttention:
                if status.failures.isEmpty { found.append("\(id) does not say why") }
                let isPast = status.steps.contains { $0.state == .failed }
                if means != .bare, !isPast { found.append("\(id) needs a person for nothing: \(status.failures)") }
            }
            if status.state != .running, let flaw = try await flawOfTrail(client.trail(of: id)) { found.append("\(id) \(flaw)") }
        }
        return found
    }

    /// A saga ends once. One that has come to a halt is taken up by whoever asks to cancel it, and halts once more.
    private func flawOfTrail(_ trail: SagaTrail) async throws -> String? {
        var last: SagaState?
        for try await event in trail {
            switch (event.kind, last) {
            case (.ended, nil): last = event.state
            case (.cancelled, .needsAttention): last = nil
            case (_, nil): break
            case (_, let state?): return "goes on with \(event.kind) after it was \(state)"
            }
        }
        return last == nil ? "has no end in its trail" : nil
    }
}
