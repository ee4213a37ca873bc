import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator

/// Two processes that work on one queue of payments over one store, while everything fails: one run of it, and what
/// must hold at its end.
struct QueueScenario: Sendable {
    /// A protection that is left out, to show that the check notices.
    enum Omission: CaseIterable { case fence, resolver, intent }

    var gateway: SimulatedGateway.Kind
    var omission: Omission?
    /// Whether a sweep and a person bring failed operations back, cancel them and mark them meanwhile.
    var redrives = false

    static let attemptLimit = 3
    typealias Queue = RetryQueue<SimulatedPayment, SimulatedReceipt>

    /// What went wrong, in words; empty if nothing did.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed, stepLimit: 400_000) { sim in try await body(sim) }
    }

    private func body(_ sim: Simulation) async throws -> [String] {
        var generator = sim.fork()
        let truth = InMemoryStore(clock: sim.clock)
        let gateway = SimulatedGateway(gateway, in: sim, checksFence: omission != .fence)
        let ids = (0..<Int.random(in: 3...6, using: &generator)).map { "payment-\($0)" }

        let client = try queue(on: SimulatedStore(truth, in: sim), gateway, generator.next())
        for id in ids { try await client.submit(SimulatedPayment(amount: 1), id: id) }
        for name in ["one", "two"] {
            let random = sim.fork()
            sim.task("keeper of \(name)") { try await keepAlive(name, sim, truth, gateway, random) }
        }
        if redrives { try await deal(with: ids, sim, truth, sim.fork()) }
        var left = ids.count
        for _ in 0..<2_000 where left > 0 {
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(30)), tolerance: nil)
            left = try await client.counts().pending
        }
        // Whatever is still under way may do its worst.
        try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(600)), tolerance: nil)
        return try await violations(ids, truth, client, gateway)
    }

    /// Runs a process, and starts another whenever it has crashed.
    private func keepAlive(
        _ name: String,
        _ sim: Simulation,
        _ truth: InMemoryStore,
        _ gateway: SimulatedGateway,
        _ random: SmallGenerator
    ) async throws {
        var random = random
        while true {
            let store = SimulatedStore(truth, in: sim, faults: try faults(&random))
            let worked = try queue(on: decorated(store), gateway, random.next())
            let process = sim.process(name) { await worked.run() }
            _ = await process.outcome()
            let pause = Duration.seconds(Int.random(in: 0...90, using: &random))
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: pause), tolerance: nil)
        }
    }

    /// What a person and a sweep do for some hours, now and then; each crashes now and then as well.
    private func deal(
        with ids: [String],
        _ sim: Simulation,
        _ truth: InMemoryStore,
        _ random: SmallGenerator
    ) async throws {
        var random = random
        for _ in 0..<30 {
            let pause = Duration.seconds(Int.random(in: 1...150, using: &random))
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: pause), tolerance: nil)
            let id = ids[Int.random(in: 0..<ids.count, using: &random)]
            let (choice, seed) = (Int.random(in: 0..<8, using: &random), random.next())
            let store = SimulatedStore(truth, in: sim, faults: try faults(&random))
            let process = sim.process("operator") {
                let failed = FailedOperations<SimulatedPayment>("payments", on: store)
                switch choice {
                case 0: _ = try? await failed.redrive(id, by: "ann")
                case 1: _ = try? await failed.redrive(id, by: "ann", force: true)
                case 2: _ = try? await failed.move(id, to: .retryable, by: "ann", note: "again")
                case 3: _ = try? await failed.move(id, to: .cancelled, by: "ann")
                case 4: _ = try? await failed.note(id, "seen", by: "bob")
                default:
                    var options = FailedSweepOptions.payments
                    (options.minimumAge, options.seed) = (.zero, seed)
                    _ = try? await FailedSweep(failed, options).once()
                }
            }
            _ = await process.outcome()
        }
    }

    /// Every fault at a rate, and two more at places of their own, so that each run meets some.
    private func faults(_ random: inout SmallGenerator) throws -> FaultPlan {
        let rates: [Fault: Double] = [
            .lostBeforeApply: 0.02, .replyLost: 0.03, .conflict: 0.02, .unavailable: 0.02, .slow: 0.02,
            .crashBeforeApply: 0.01, .crashAfterApply: 0.01,
        ]
        var plan = try FaultPlan(rates: rates)
        for number in 1...2 {
            let fault = Fault.allCases[Int.random(in: 0..<Fault.allCases.count, using: &random)]
            plan = try plan.injecting(fault, at: .commit, number: number * 2 + Int.random(in: 0...1, using: &random))
        }
        return plan
    }

    private func queue(on store: any RecordStore, _ gateway: SimulatedGateway, _ seed: UInt64) throws -> Queue {
        var options = RetryQueueOptions()
        for path in [\RetryQueueOptions.firstAttempts, \RetryQueueOptions.retries] {
            options[keyPath: path].concurrency = 2
            options[keyPath: path].lease = .seconds(30)
            options[keyPath: path].seed = seed
        }
        options.seed = seed
        options.sweepsTransientFailures = redrives
        let asks = gateway.kind == .queryOnly
        let policy = try RetryPolicy(
            attempts: Self.attemptLimit,
            backoff: .constant(.seconds(60)),
            jitter: .none,
            isIdempotent: !asks
        )
        let blind = omission == .resolver
        let resolver: Queue.Resolver = { _, attempt in
            if blind { return .notApplied }
            let receipt = try await gateway.receipt(of: attempt.id, fence: attempt.fence)
            return receipt.map { .applied($0) } ?? .notApplied
        }
        return try Queue(
            "payments",
            on: store,
            policy: policy,
            classifier: .ethereum,
            options: options,
            operation: { _, attempt in
                try await gateway.pay(attempt.id, key: attempt.idempotencyKey, fence: attempt.fence)
            },
            resolve: asks ? resolver : nil
        )
    }

    private func decorated(_ store: SimulatedStore) -> any RecordStore {
        switch omission {
        case .fence: UnfencedStore(store)
        case .intent: ForgetfulStore(store)
        case .resolver, nil: store
        }
    }

    // MARK: The check

    private func violations(
        _ ids: [String],
        _ truth: InMemoryStore,
        _ queue: Queue,
        _ gateway: SimulatedGateway
    ) async throws -> [String] {
        var found: [String] = []
        for id in ids {
            let paid = gateway.paid[id] ?? 0
            if paid > 1 { found.append("\(id) was paid \(paid) times") }
            let failed = try await queue.failures.find(id)
            let limit = Self.attemptLimit * (1 + (failed?.redrives ?? 0))
            if gateway.calls[id, default: 0] > limit {
                found.append("\(id) was sent \(gateway.calls[id] ?? 0) times, the limit is \(limit)")
            }
            let isDone = try await truth.read(RecordKey("retry.payments.done", id)) != nil
            if isDone, let failed, failed.status != .recovered { found.append("\(id) has two recorded outcomes") }
            if !isDone, failed?.status == .recovered { found.append("\(id) is called recovered and is not done") }
            if let status = failed?.status, [.retryScheduled, .retryInProgress].contains(status) {
                found.append("\(id) is \(status) and in no queue")
            }
            switch try await queue.status(of: id) {
            case nil: found.append("\(id) is lost")
            case .pending(let item, _): found.append("\(id) never ended: \(item)")
            case .succeeded(let outcome):
                if paid == 0 { found.append("\(id) succeeded and was not paid") }
                if outcome.attempts > Self.attemptLimit { found.append("\(id) took \(outcome.attempts) attempts") }
            case .parked(let key): found.append("\(id) was parked at \(key)")
            case .failed(let operation):
                if paid > 0, !operation.isAmbiguous { found.append("\(id) was paid and failed with \(operation.code)") }
            }
        }
        return found
    }
}
