import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization

/// A rule of the waitlist that is left out, to show that the check notices.
enum WaitlistMutant: CaseIterable {
    /// Who frees something does not wake the line.
    case nobodyIsWoken
    /// An offer does not expect the lines as they were when they were looked along.
    case linesAreNotExpected
    /// An offer does not expect the entry as it was read; nor does who leaves wake the line, which the offer expects too.
    case staleEntry
}

/// Customers who hold, wait, accept, decline and leave, while two processes make offers, stores fail and processes crash.
struct WaitlistScenario: Sendable {
    var mutant: WaitlistMutant?

    /// What went wrong, in words; empty if nothing did.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed, stepLimit: 400_000) { sim in try await body(sim) }
    }

    private func body(_ sim: Simulation) async throws -> [String] {
        var random = sim.fork()
        let truth = WaitlistWitness(InMemoryStore(clock: sim.clock))
        let joined = Mutex<Set<String>>([])
        var services: [SimulatedProcess] = []
        for number in 0..<2 {
            let (desk, waitlist) = try hall(sim, truth, &random)
            services.append(sim.process("service \(number)") { try await Self.serve(desk, waitlist, truth) })
        }
        var clients: [SimulatedProcess] = []
        for number in 0..<Int.random(in: 2...5, using: &random) {
            let (desk, waitlist) = try hall(sim, truth, &random)
            let seed = random.next()
            clients.append(
                sim.process("client \(number)") {
                    var random = SmallGenerator(seed: seed)
                    for _ in 0..<3 {
                        try? await Self.visit("c\(number)", desk, waitlist, sim, &random) { id in
                            _ = joined.withLock { $0.insert(id) }
                        }
                    }
                }
            )
        }
        for client in clients { _ = await client.outcome() }
        for service in services { service.crash() }
        // A last service, to which nothing happens: what was left lying is taken up when leases and offers end.
        let (desk, waitlist) = try hall(sim, truth, &random, faults: FaultPlan.none)
        sim.task("last") { try await Self.serve(desk, waitlist, truth) }
        try await sim.clock.pause(for: .seconds(900))
        return truth.violations + (try await truth.left(joined.withLock { $0 }))
    }

    private func hall(
        _ sim: Simulation,
        _ truth: WaitlistWitness,
        _ random: inout SmallGenerator,
        faults: FaultPlan? = nil
    ) throws -> (HoldDesk, Waitlist) {
        let rates: [Fault: Double] = [
            .lostBeforeApply: 0.02, .replyLost: 0.02, .conflict: 0.02, .unavailable: 0.02, .slow: 0.03,
            .crashBeforeApply: 0.003, .crashAfterApply: 0.003,
        ]
        let plan = try faults ?? FaultPlan(rates: rates)
        let simulated = SimulatedStore(truth, in: sim, faults: plan)
        let offset = faults == nil ? Duration.seconds(Int.random(in: -10...10, using: &random)) : .zero
        let skewed = SkewedStore(base: simulated, clock: try SkewedClock(over: sim.clock, offset: offset))
        var options = HoldOptions()
        options.duration = .seconds(60)
        options.holdsPerHolder = nil
        options.seed = random.next()
        options.worker.seed = random.next()
        let desk = try HoldDesk("hall", on: WaitlistMutantStore(base: skewed, mutant: mutant), options: options)
        return (desk, try Waitlist(for: desk, offering: .seconds(100)))
    }

    private static func serve(_ desk: HoldDesk, _ waitlist: Waitlist, _ truth: WaitlistWitness) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await desk.run { _ in } }
            group.addTask { try await waitlist.run { truth.note(told: $0) } }
            try await group.waitForAll()
        }
    }

    /// One customer, who books or waits, and answers the offer in one of all ways or not at all.
    private static func visit(
        _ holder: String,
        _ desk: HoldDesk,
        _ waitlist: Waitlist,
        _ sim: Simulation,
        _ random: inout SmallGenerator,
        joined: (String) -> Void
    ) async throws {
        let base = Timestamp(seconds: 4_000_000_000)
        let start = Int.random(in: 0..<2, using: &random)
        let span = HoldSpan.interval(
            from: base.advanced(by: .seconds(start)),
            until: base.advanced(by: .seconds(start + Int.random(in: 1...2, using: &random)))
        )
        let stock = HoldItem("stock", .whole, quantity: Int.random(in: 1...2, using: &random), of: .pooled(2))
        let course = Int.random(in: 0..<4, using: &random)
        let court = HoldItem("court", span)
        let items = course == 0 ? [stock] : course == 1 ? [court, stock] : [court]
        if Bool.random(using: &random), let hold = try? await desk.hold(items, by: holder) {
            try await sim.clock.pause(for: .seconds(Int.random(in: 0...50, using: &random)))
            if Bool.random(using: &random) { return _ = try await desk.release(hold.id) }
            try await desk.confirm(hold.id)
            try await sim.clock.pause(for: .seconds(Int.random(in: 0...100, using: &random)))
            return _ = try await desk.cancel(hold.id)
        }
        let priority = Int.random(in: 0...2, using: &random)
        let id = try await waitlist.join(items, by: holder, priority: priority).id
        joined(id)
        let patience = Bool.random(using: &random) ? 0 : 200
        try await sim.clock.pause(for: .seconds(Int.random(in: 0...patience, using: &random)))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: try await waitlist.leave(id)
        case 1: try await waitlist.decline(id)
        case 2:
            let booking = try await waitlist.accept(id)
            try await sim.clock.pause(for: .seconds(Int.random(in: 0...100, using: &random)))
            try await desk.cancel(booking.id)
        default: break
        }
    }
}

/// Changes what a waitlist asks of the store, as one without one rule would ask it.
struct WaitlistMutantStore: RecordStore {
    let base: any RecordStore
    let mutant: WaitlistMutant?

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        let offers = batch.writes.contains { $0.key.space == "outbox.hold.hall.offers" }
        let changes = batch.writes.contains { write in
            if case .revision = write.expect { write.key.space == "hold.hall" } else { false }
        }
        let leaves = !offers && !changes && batch.writes.contains { write in
            if case .revision = write.expect { write.key.space == "hold.hall.waiting" } else { false }
        }
        switch mutant {
        case .nobodyIsWoken where changes: batch.writes.removeAll { $0.key.space == "hold.hall.lines" }
        case .linesAreNotExpected where offers: expectNothing(of: "hold.hall.lines", &batch)
        case .staleEntry where offers: expectNothing(of: "hold.hall.waiting", &batch)
        case .staleEntry where leaves: batch.writes.removeAll { $0.key.space == "hold.hall.lines" }
        default: break
        }
        return try await base.commit(batch)
    }

    private func expectNothing(of space: String, _ batch: inout Batch) {
        for index in batch.writes.indices where batch.writes[index].key.space == space {
            batch.writes[index].expect = .any
        }
    }
}
