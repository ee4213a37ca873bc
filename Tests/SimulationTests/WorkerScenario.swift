import ResilienceCore
import ResilienceTesting
import Synchronization

/// Three processes with a worker each on one space, while stores fail, processes crash or are stopped, and an operator
/// takes items away from their holders: one run of it, and what must hold at its end.
struct WorkerScenario: Sendable {
    /// A rule of the worker that is left out, to show that the check notices.
    enum Omission: CaseIterable {
        /// A renewal that is refused counts as made.
        case renewal
        /// An item is finished at whatever revision it has.
        case fence
        /// Deliveries are not counted.
        case deliveries
        /// What was committed since the last look is not told.
        case hints
    }

    var omission: Omission?

    static let deliveryLimit = 6
    static let lease = Duration.seconds(30)
    private static let space = Space<String>("test.jobs")
    private static let parking = "parked/test.jobs"
    private static let outcomes = "test.outcomes"
    /// The item that always fails.
    private static let poison = "poison"

    /// What went wrong, in words; empty if nothing did.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed, stepLimit: 400_000) { sim in try await body(sim) }
    }

    private func body(_ sim: Simulation) async throws -> [String] {
        var random = sim.fork()
        let truth = InMemoryStore(clock: sim.clock)
        let holders = WorkerHolders(clock: sim.clock)
        let weather = Weather()
        let names = (0..<Int.random(in: 2...5, using: &random)).map { "job-\($0)" } + [Self.poison]
        for process in ["one", "two", "three"].prefix(Int.random(in: 2...3, using: &random)) {
            let random = sim.fork()
            sim.task("keeper of \(process)") { try await keepAlive(process, sim, truth, holders, weather, random) }
        }
        for name in names {
            try await pause(sim, seconds: .random(in: 0...20, using: &random))
            try await truth.commit(Batch([Self.space.put(name, at: name, expect: .absent, due: sim.clock.now)]))
        }
        // The operator hands items to others, whoever holds them.
        for _ in 0..<4 {
            try await pause(sim, seconds: .random(in: 0...60, using: &random))
            guard let name = names.randomElement(using: &random) else { continue }
            _ = try? await truth.commit(Batch([.reschedule(Self.space.key(name), expect: .any, due: sim.clock.now)]))
        }
        for _ in 0..<200 {
            try await pause(sim, seconds: 60)
            if try await truth.count(Scan(Self.space.name)) == 0 { break }
        }
        weather.calm()
        // Past every slow answer and every restart.
        try await pause(sim, seconds: 600)
        try await truth.commit(Batch([Self.space.put("late", at: "late", expect: .absent, due: sim.clock.now)]))
        try await pause(sim, seconds: 1)
        var found = holders.deliveries(of: "late") > 0 ? [] : ["idle workers let an item wait"]
        try await pause(sim, seconds: 3_600)
        let asked = weather.asked
        try await pause(sim, seconds: 3_600)
        if weather.asked != asked { found.append("idle workers asked the store \(weather.asked - asked) times") }
        return try await found + holders.violations + violations(names + ["late"], truth, holders)
    }

    private func pause(_ sim: Simulation, seconds: Int) async throws {
        try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(seconds)), tolerance: nil)
    }

    private func violations(
        _ names: [String],
        _ truth: InMemoryStore,
        _ holders: WorkerHolders
    ) async throws -> [String] {
        var found: [String] = []
        for name in names {
            let recorded = try await truth.count(.prefix("\(name)/", in: Self.outcomes))
            let parked = try await truth.read(RecordKey(Self.parking, name))
            let left = try await truth.read(Self.space.key(name))
            if recorded > 1 { found.append("\(name) has \(recorded) outcomes") }
            if recorded > 0, parked != nil { found.append("\(name) has an outcome and is parked") }
            if recorded == 0, parked == nil { found.append(left == nil ? "\(name) is lost" : "\(name) never ended") }
            if recorded > 0, left != nil { found.append("\(name) has an outcome and is still there") }
            if name == Self.poison, recorded > 0 { found.append("poison has an outcome") }
            if parked != nil, holders.deliveries(of: name) <= Self.deliveryLimit {
                found.append("\(name) was parked after \(holders.deliveries(of: name)) deliveries")
            }
        }
        return found
    }

    // MARK: The processes

    /// Runs a process, and starts another whenever it has crashed or was stopped.
    private func keepAlive(
        _ name: String,
        _ sim: Simulation,
        _ truth: InMemoryStore,
        _ holders: WorkerHolders,
        _ weather: Weather,
        _ random: SmallGenerator
    ) async throws {
        var random = random
        while true {
            let faults = weather.isCalm ? .none : try Self.faults(&random)
            let store = SimulatedStore(CountedClaims(base: truth, holders: holders), in: sim, faults: faults)
            weather.onCalm { store.inject(.none) }
            let decorated = WorkerStore(base: store, weather: weather, omission: omission)
            let worker = try worker(on: decorated, sim, holders, random.next())
            let stop = Int.random(in: 20...400, using: &random)
            let process = sim.process(name) {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await worker.run() }
                    guard !weather.isCalm else { return }
                    try? await pause(sim, seconds: stop)
                    if !weather.isCalm { group.cancelAll() }
                }
            }
            _ = await process.outcome()
            try await pause(sim, seconds: .random(in: 0...40, using: &random))
        }
    }

    private static func faults(_ random: inout SmallGenerator) throws -> FaultPlan {
        let rates: [Fault: Double] = [
            .lostBeforeApply: 0.03, .replyLost: 0.03, .conflict: 0.02, .unavailable: 0.04, .slow: 0.03,
            .crashBeforeApply: 0.01, .crashAfterApply: 0.01,
        ]
        let fault = Fault.allCases[Int.random(in: 0..<Fault.allCases.count, using: &random)]
        return try FaultPlan(rates: rates).injecting(fault, at: .commit, number: Int.random(in: 1...4, using: &random))
    }

    private func worker(
        on store: any RecordStore,
        _ sim: Simulation,
        _ holders: WorkerHolders,
        _ seed: UInt64
    ) throws -> Worker<String> {
        var options = WorkerOptions()
        options.concurrency = 2
        options.lease = Self.lease
        options.maximumDeliveries = Self.deliveryLimit
        options.seed = seed
        let random = Mutex(SmallGenerator(seed: seed))
        return try Worker(Self.space, on: store, options: options) { delivery in
            let course = random.withLock { Int.random(in: 0..<6, using: &$0) }
            let seconds = random.withLock { Int.random(in: 0...5, using: &$0) }
            // From a moment to several leases.
            try await holders.work(delivery, for: course == 0 ? 20 * seconds : seconds)
            if course == 1 || delivery.name == Self.poison { throw ScenarioFailure() }
            if course == 2 {
                try await delivery.lease.save("half done")
                try await holders.work(delivery, for: seconds)
            }
            if course == 3 {
                return try await delivery.lease.release("later", due: sim.clock.now.advanced(by: .seconds(5)))
            }
            let outcome = RecordKey(Self.outcomes, "\(delivery.name)/\(delivery.lease.fence)")
            try await delivery.lease.finish(also: [.put(outcome, delivery.value, expect: .absent)])
            if course == 4 { throw ScenarioFailure() }
        }
    }
}

struct ScenarioFailure: Error {}
