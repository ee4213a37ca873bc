public import ResilienceCore
import Synchronization

/// A store in which callers overtake each other and things go wrong, over another store that is right.
///
/// It suspends before and after every operation, so that a simulation can let others go first there; it injects the
/// faults of a ``FaultPlan``; and it notes each operation in the trace of the simulation. Without faults it keeps all
/// laws of a store.
///
/// ```swift
/// let result = try Simulation.run(seed: 7) { sim in
///     let truth = InMemoryStore(clock: sim.clock)
///     let store = SimulatedStore(truth, in: sim, faults: try FaultPlan(rates: [.replyLost: 0.1]))
///     let key = RecordKey("example", "a")
///     try await store.commitSettling(Batch([.put(key, 1, expect: .absent)]))
///     return try await truth.read(key)?.revision
/// }
/// ```
///
/// The store below should measure time on the clock of the simulation; it may be read directly for checks.
public final class SimulatedStore: RecordStore {
    private let base: any RecordStore
    private let simulation: Simulation?
    private let injector: Mutex<FaultInjector>

    /// A store in a simulation, from which its faults are drawn.
    public convenience init(_ base: any RecordStore, in simulation: Simulation, faults: FaultPlan = .none) {
        self.init(base, simulation: simulation, faults: faults, generator: simulation.fork())
    }

    /// A store outside of a simulation, for tests on the ordinary executor.
    public convenience init(_ base: any RecordStore, faults: FaultPlan = .none, seed: UInt64) {
        self.init(base, simulation: nil, faults: faults, generator: SmallGenerator(seed: seed))
    }

    private init(
        _ base: any RecordStore,
        simulation: Simulation?,
        faults: FaultPlan,
        generator: SmallGenerator
    ) {
        self.base = base
        self.simulation = simulation
        injector = Mutex(FaultInjector(plan: faults, generator: generator))
    }

    /// The clock of the store below.
    public var clock: any WallClock { base.clock }

    /// How often each fault was injected.
    public var faultCounts: [Fault: Int] { injector.withLock { $0.counts } }

    /// Injects the faults of another plan from now on; its script counts from here.
    public func inject(_ plan: FaultPlan) { injector.withLock { $0.follow(plan) } }

    /// Reads from the store below.
    public func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try await perform(StoreCall(.read, space: keys.first?.space ?? "", keys: keys)) { () throws(StoreError) in
            try await base.read(keys)
        } seen: { records in
            .init(keys: keys, outcome: .revisions(records.map { $0?.revision }))
        }
    }

    /// Scans the store below.
    public func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try await perform(StoreCall(.scan, space: scan.space)) { () throws(StoreError) in
            try await base.scan(scan)
        } seen: { records in
            .init(keys: records.map(\.key), outcome: .revisions(records.map(\.revision)))
        }
    }

    /// Counts in the store below.
    public func count(_ scan: Scan) async throws(StoreError) -> Int {
        try await perform(StoreCall(.count, space: scan.space)) { () throws(StoreError) in
            try await base.count(scan)
        } seen: { count in
            .init(keys: [], outcome: .count(count))
        }
    }

    /// Applies a batch as the store below does; one without an id is given one, by which a lost reply can be settled.
    @discardableResult
    public func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        let keys = batch.writes.map(\.key)
        let id = batch.id ?? nextCommit()
        // Of a batch that was handed in before, "nothing was done" would be a lie.
        let refusable = batch.id == nil ? batch.writes.filter { $0.expect != .any }.map(\.key) : []
        var batch = batch
        batch.id = id
        let call = StoreCall(.commit, space: keys.first?.space ?? "", keys: keys, id: id, refusable: refusable)
        return try await perform(call) { [batch] () throws(StoreError) in
            try await base.commit(batch)
        } seen: { revision in
            .init(keys: keys, outcome: .revisions([revision]))
        }
    }

    /// Claims from the store below; a lost reply leaves the records leased to nobody until the lease ends.
    public func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        try await perform(StoreCall(.claim, space: claim.space, id: nextCommit())) { () throws(StoreError) in
            try await base.claim(claim)
        } seen: { records in
            .init(keys: records.map(\.key), outcome: .revisions(records.map(\.revision)))
        }
    }

    /// The hints of the store below, which meet no faults.
    public func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }
}

extension SimulatedStore {
    /// One operation with what may happen to it.
    private func perform<Success>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Success,
        seen: (Success) -> StoreCall.Answer
    ) async throws(StoreError) -> Success {
        try await suspend()
        let result: Result<Success, StoreError>
        do {
            result = .success(try await apply(call, draw(call), body, seen: seen))
        } catch {
            result = .failure(error)
        }
        try await suspend()
        return try result.get()
    }

    /// Lets others go first; ends here in a process that has crashed.
    private func suspend() async throws(StoreError) {
        simulation?.executor.noteCaller()
        await Task.yield()
        do { try await SimulatedProcess.current?.stopIfCrashed() } catch { throw .cancelled }
    }

    private func apply<Success>(
        _ call: StoreCall,
        _ injection: Injection,
        _ body: () async throws(StoreError) -> Success,
        seen: (Success) -> StoreCall.Answer
    ) async throws(StoreError) -> Success {
        if simulation?.executor.isClosed == true { throw .cancelled }
        do {
            try await refuse(call, injection)
        } catch {
            note(call, .failed(error), injection.fault)
            throw error
        }
        let result: Result<Success, StoreError>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        switch (result, injection.fault) {
        case (.success(let value), .replyLost):
            note(call, seen(value).failing(.indeterminate(call.id)), .replyLost)
            throw .indeterminate(call.id)
        case (.success(let value), let fault): note(call, seen(value), fault)
        case (.failure(let error), let fault): note(call, .failed(error), fault == .replyLost ? nil : fault)
        }
        if injection.fault == .crashAfterApply { SimulatedProcess.current?.crash() }
        // What was applied is reported although the caller may be cancelled by now.
        if injection.isLate { try? await clock.pause(for: injection.delay) }
        return try result.get()
    }

    /// What happens before the store below is asked, or instead of it.
    private func refuse(_ call: StoreCall, _ injection: Injection) async throws(StoreError) {
        switch injection.fault {
        case .lostBeforeApply: throw .indeterminate(call.id)
        case .unavailable: throw .unavailable(SimulatedOutage())
        case .conflict:
            guard let key = injection.key else { return }
            throw .conflict([.init(key: key, record: try await base.read(key))])
        case .crashBeforeApply:
            SimulatedProcess.current?.crash()
            throw .cancelled
        case .slow where !injection.isLate:
            do { try await clock.pause(for: injection.delay) } catch { throw .cancelled }
        case .slow, .replyLost, .crashAfterApply, nil: break
        }
    }

    private func note(_ call: StoreCall, _ answer: StoreCall.Answer, _ fault: Fault?) {
        if let fault { injector.withLock { $0.counts[fault, default: 0] += 1 } }
        simulation?.record(
            SimulationStep(
                task: SimulatedTask.name,
                operation: call.operation,
                space: call.space,
                keys: answer.keys.isEmpty ? call.keys : answer.keys,
                outcome: answer.outcome,
                fault: fault,
                instant: clock.now
            )
        )
    }

    private func nextCommit() -> CommitID { injector.withLock { $0.nextCommit() } }

    private func draw(_ call: StoreCall) -> Injection {
        let canCrash = SimulatedProcess.current.map { !$0.hasCrashed } ?? false
        return injector.withLock { $0.draw(call, canCrash: canCrash) }
    }
}

/// The reason in an injected `unavailable`.
public struct SimulatedOutage: Error, Sendable, Hashable {
    /// Creates the error, for stand-ins of other services.
    public init() {}
}
