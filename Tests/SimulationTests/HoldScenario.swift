import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization

/// Two to six clients with clocks of their own that want the same court and the same stock, while stores fail and
/// processes crash: one run of it, and what must hold at every commit.
struct HoldScenario: Sendable {
    var mutant: HoldMutant?

    /// What went wrong, in words; empty if nothing did.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed, stepLimit: 400_000) { sim in try await body(sim) }
    }

    private func body(_ sim: Simulation) async throws -> [String] {
        var random = sim.fork()
        let truth = HoldWitness(InMemoryStore(clock: sim.clock))
        let confirmed = Mutex<Set<String>>([])
        let refunds = Refunds()
        let sweeper = try desk(sim, truth, &random)
        let sweeping = sim.process("sweeper") { try? await sweeper.run { _ in } }
        var clients: [SimulatedProcess] = []
        for number in 0..<Int.random(in: 2...6, using: &random) {
            let desk = try desk(sim, truth, &random)
            let seed = random.next()
            clients.append(
                sim.process("client \(number)") {
                    var random = SmallGenerator(seed: seed)
                    for _ in 0..<4 {
                        if let id = try? await Self.serve("c\(number)", desk, sim, refunds, &random) {
                            _ = confirmed.withLock { $0.insert(id) }
                        }
                    }
                }
            )
        }
        for client in clients { _ = await client.outcome() }
        sweeping.crash()
        var found = truth.violations + (try await truth.miscounted())
        for id in confirmed.withLock({ $0.sorted() }) {
            let hold = try await truth.read(RecordKey("hold.courts", id))
            if try hold?.value.get(Hold.self).state != .confirmed { found.append("the confirmation of \(id) is lost") }
        }
        for id in refunds.ids {
            let hold = try await truth.read(RecordKey("hold.courts", id))
            if try hold?.value.get(Hold.self).state == .confirmed { found.append("\(id) is booked and was paid back") }
        }
        return found
    }

    private func desk(_ sim: Simulation, _ truth: HoldWitness, _ random: inout SmallGenerator) throws -> HoldDesk {
        let rates: [Fault: Double] = [
            .lostBeforeApply: 0.02, .replyLost: 0.02, .conflict: 0.02, .unavailable: 0.02, .slow: 0.05,
            .crashBeforeApply: 0.003, .crashAfterApply: 0.003,
        ]
        let simulated = SimulatedStore(truth, in: sim, faults: try FaultPlan(rates: rates))
        let offset = Duration.seconds(Int.random(in: -20...20, using: &random))
        let skewed = SkewedStore(base: simulated, clock: try SkewedClock(over: sim.clock, offset: offset))
        var options = HoldOptions()
        options.duration = .seconds(60)
        options.longest = .seconds(150)
        options.holdsPerHolder = nil
        options.seed = random.next()
        options.worker.seed = random.next()
        return try HoldDesk("courts", on: MutantStore(base: skewed, mutant: mutant), options: options)
    }

    private static func pay(_ id: String, _ desk: HoldDesk, _ refunds: Refunds) async throws -> String? {
        let answer = try await desk.confirmOrReacquire(id) { _ in refunds.add(id) }
        switch answer {
        case .confirmed(let booking), .alreadyConfirmed(let booking): return booking.id
        case .refused: return nil
        }
    }

    /// One customer; the id of what was confirmed.
    private static func serve(
        _ holder: String,
        _ desk: HoldDesk,
        _ sim: Simulation,
        _ refunds: Refunds,
        _ random: inout SmallGenerator
    ) async throws -> String? {
        let base = Timestamp(seconds: 4_000_000_000)
        let start = Int.random(in: 0..<3, using: &random)
        let span = HoldSpan.interval(
            from: base.advanced(by: .seconds(start)),
            until: base.advanced(by: .seconds(start + Int.random(in: 1...2, using: &random)))
        )
        let stock = HoldItem("stock", .whole, quantity: Int.random(in: 1...2, using: &random), of: .pooled(3))
        let course = Int.random(in: 0..<4, using: &random)
        let items = course == 0 ? [stock] : course == 1 ? [HoldItem("court", span), stock] : [HoldItem("court", span)]
        let hold = try await desk.hold(items, by: holder)
        try await sim.clock.pause(for: .seconds(Int.random(in: 0...70, using: &random)))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: try await desk.release(hold.id)
        case 1: break
        case 2:
            try await desk.extend(hold.id, by: .seconds(60))
            try await sim.clock.pause(for: .seconds(Int.random(in: 40...70, using: &random)))
            return try await desk.confirm(hold.id).id
        case 3:
            // The provider tells of the payment twice.
            let other = sim.task("\(holder) again") { try await pay(hold.id, desk, refunds) }
            let booking = try await pay(hold.id, desk, refunds)
            _ = await other.result
            return booking
        default: return try await desk.confirm(hold.id).id
        }
        return nil
    }
}

/// The holds whose payment was paid back.
private final class Refunds: Sendable {
    private let all = Mutex<Set<String>>([])
    var ids: [String] { all.withLock { $0.sorted() } }
    func add(_ id: String) { all.withLock { _ = $0.insert(id) } }
}

/// The store that all share: looks at every commit's result.
final class HoldWitness: RecordStore {
    private let base: InMemoryStore
    private let found = Mutex<[String]>([])
    private let states = Mutex<[String: Hold]>([:])

    init(_ base: InMemoryStore) { self.base = base }

    var clock: any WallClock { base.clock }
    var violations: [String] { found.withLock { $0 } }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        let revision = try await base.commit(batch)
        try await check()
        return revision
    }

    private func check() async throws(StoreError) {
        let now = clock.now
        var holds: [Hold] = []
        for record in try await base.scan(Scan("hold.courts")) { holds.append(try record.value.get()) }
        let known = states.withLock { $0 }
        let present = Set(holds.map(\.id))
        for hold in known.values where hold.isOpen && !present.contains(hold.id) {
            note("\(hold.id) is gone and was \(hold.state)")
        }
        for hold in holds {
            let before = known[hold.id]
            if before?.state == .active, hold.state == .confirmed, hold.expiresAt <= now {
                note("\(hold.id) was confirmed late")
            }
            if before?.state == .confirmed, hold.state != .confirmed {
                note("\(hold.id) was \(hold.state) when booked")
            }
        }
        states.withLock { $0 = Dictionary(uniqueKeysWithValues: holds.map { ($0.id, $0) }) }
        let live = holds.filter { $0.state == .confirmed || $0.state == .active && $0.expiresAt > now }
        for (index, hold) in live.enumerated() {
            for other in live[..<index] where hold.overlaps(other) { note("\(hold.id) and \(other.id) overlap") }
        }
        let stock = live.flatMap(\.items).filter { $0.span == .whole }.reduce(0) { $0 + $1.quantity }
        if stock > 3 { note("\(stock) of 3 are held") }
    }

    /// The guards of what is held whole that do not count what is taken, at rest.
    func miscounted() async throws -> [String] {
        var taken: [String: Int] = [:]
        for record in try await base.scan(Scan("hold.courts")) {
            let hold: Hold = try record.value.get()
            guard hold.isOpen else { continue }
            for item in hold.items where item.span == .whole { taken[item.resource, default: 0] += item.quantity }
        }
        var wrong: [String] = []
        for record in try await base.scan(Scan("hold.courts.guards")) {
            let used = try record.value.get(HoldGuard.self).used
            let sum = taken.removeValue(forKey: record.key.name) ?? 0
            if used != sum { wrong.append("the guard of \(record.key.name) counts \(used) of \(sum)") }
        }
        return wrong + taken.keys.sorted().map { "\($0) has no guard" }
    }

    private func note(_ text: String) { found.withLock { $0.append(text) } }
}

extension Hold {
    /// Whether it takes what it holds until something else is recorded.
    fileprivate var isOpen: Bool { state == .active || state == .confirmed }

    fileprivate func overlaps(_ other: Hold) -> Bool {
        items.contains { one in
            other.items.contains { two in
                guard case .interval(let start, let end) = one.span, case .interval(let from, let until) = two.span
                else { return false }
                return start < until && from < end
            }
        }
    }
}
