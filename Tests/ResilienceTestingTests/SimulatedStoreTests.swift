import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct SimulatedStoreTests {
    private static let key = RecordKey("example", "a")
    private var key: RecordKey { Self.key }
    private var insertion: Batch { Batch([.put(key, 1, expect: .absent)]) }
    private let truth = InMemoryStore(clock: ManualClock())

    private func store(_ fault: Fault, at operation: StoreOperation) throws -> SimulatedStore {
        SimulatedStore(truth, faults: try .none.injecting(fault, at: operation, number: 1), seed: 1)
    }

    @Test func aLostUpdateIsFoundBehindIt() throws {
        var lost = 0
        for seed in 1...200 as ClosedRange<UInt64> {
            if try Scenario.writers(seed: seed, expect: { _ in .any }) < 9 { lost += 1 }
            #expect(try Scenario.writers(seed: seed, expect: { .revision($0.revision) }) == 9, "seed \(seed)")
        }
        #expect(lost > 180)
    }

    @Test func withoutFaultsItIsTheStoreBelow() async throws {
        let store = SimulatedStore(truth, seed: 1)
        let revision = try await store.commit(insertion)
        #expect(try await store.read(key)?.revision == revision)
        #expect(try await store.scan(Scan("example")).map(\.key) == [key])
        #expect(try await store.count(Scan("example")) == 1)
        #expect(try await store.claim(Claim("example", limit: 1, lease: .seconds(1))).isEmpty)
        #expect(store.faultCounts.isEmpty)
    }

    @Test func aCommitLostOnItsWayIsNotAppliedUntilItIsHandedInAgain() async throws {
        let store = try store(.lostBeforeApply, at: .commit)
        let id = try await indeterminate { try await store.commit(insertion) }
        #expect(try await truth.read(key) == nil)
        try await store.commit(Batch(insertion.writes, id: id))
        #expect(try await truth.read(key) != nil)
        #expect(store.faultCounts == [.lostBeforeApply: 1])
    }

    @Test func aCommitWhoseReplyIsLostIsAppliedOnce() async throws {
        let store = try store(.replyLost, at: .commit)
        let id = try await indeterminate { try await store.commit(insertion) }
        let revision = try #require(try await truth.read(key)?.revision)
        #expect(try await store.commit(Batch(insertion.writes, id: id)) == revision)
        #expect(try await truth.read(key)?.revision == revision)
        await #expect(throws: StoreError.self) { try await store.commit(insertion) }
        #expect(store.faultCounts == [.replyLost: 1])
    }

    @Test func aClaimWhoseReplyIsLostIsLeasedToNobody() async throws {
        try await truth.commit(Batch([.put(key, 1, expect: .absent, due: truth.clock.now)]))
        let store = try store(.replyLost, at: .claim)
        let claim = Claim("example", limit: 1, lease: .seconds(10))
        _ = try await indeterminate { _ = try await store.claim(claim) }
        #expect(try await store.claim(claim).isEmpty)
        #expect(try await truth.read(key)?.deliveries == 1)
    }

    @Test func aConflictNamesAWriteThatExpectsSomethingWithTheRecordThere() async throws {
        let revision = try await truth.commit(insertion)
        let other = RecordKey("example", "b")
        let store = try store(.conflict, at: .commit)
        let batch = Batch([.put(other, 1, expect: .any), .put(key, 2, expect: .revision(revision))])
        let error = try await #require(throws: StoreError.self) { try await store.commit(batch) }
        guard case .conflict(let conflicts) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(conflicts.map(\.key) == [key])
        #expect(conflicts.first?.record?.revision == revision)
        #expect(try await truth.read(other) == nil)
        try await store.commit(batch)
    }

    @Test func aBatchThatExpectsNothingOrWasHandedInBeforeMeetsNoConflict() async throws {
        let store = SimulatedStore(truth, faults: try FaultPlan(rates: [.conflict: 1]), seed: 1)
        try await store.commit(Batch([.put(key, 1, expect: .any)]))
        try await store.commit(
            Batch([.put(RecordKey("example", "b"), 1, expect: .absent)], id: CommitID(origin: 1, number: 1))
        )
        #expect(store.faultCounts.isEmpty)
        await #expect(throws: StoreError.self) { try await store.commit(Batch([.delete(key, expect: .absent)])) }
    }

    @Test(arguments: StoreOperation.allCases)
    func anOutageMeetsEveryOperationAndDoesNothing(_ operation: StoreOperation) async throws {
        let store = try store(.unavailable, at: operation)
        try await truth.commit(Batch([.put(key, 1, expect: .absent, due: truth.clock.now)]))
        let revision = try await truth.read(key)?.revision
        let error = try await #require(throws: StoreError.self) { try await perform(operation, on: store) }
        guard case .unavailable(let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(reason is SimulatedOutage)
        #expect(try await truth.read(key)?.revision == revision)
        try await perform(operation, on: store)
    }

    @Test func aSlowOperationTakesTimeOnTheClockOfTheStore() throws {
        let plan = try FaultPlan(rates: [.slow: 1], slowness: .seconds(3) ... .seconds(5))
        for seed in 1...20 as ClosedRange<UInt64> {
            let result = try Simulation.run(seed: seed) { sim in
                let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim, faults: plan)
                _ = try await store.read(Self.key)
            }
            #expect((.seconds(3) ... .seconds(5)).contains(result.elapsed))
            #expect(result.faults == [.slow: 1])
        }
    }

    @Test func aCancelledSlowCommitIsCancelledOrItsResultIsGiven() throws {
        let plan = try FaultPlan(rates: [.slow: 1], slowness: .seconds(5) ... .seconds(5))
        var applied = 0
        for seed in 1...40 as ClosedRange<UInt64> {
            applied += try Simulation.run(seed: seed) { sim in
                let truth = InMemoryStore(clock: sim.clock)
                let store = SimulatedStore(truth, in: sim, faults: plan)
                let caller = sim.task("caller") {
                    try await store.commit(Batch([.put(Self.key, 1, expect: .absent)]))
                }
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(1)), tolerance: nil)
                caller.cancel()
                let record = try await truth.read(Self.key)
                do {
                    #expect(try await caller.value == record?.revision)
                    return 1
                } catch StoreError.cancelled {
                    #expect(record == nil)
                    return 0
                }
            }.value
        }
        #expect(applied > 5 && applied < 35)
    }

    @Test func aScriptCountsFromWhenItIsGiven() async throws {
        let store = SimulatedStore(truth, seed: 1)
        _ = try await store.read(key)
        store.inject(try .none.injecting(.unavailable, at: .read, number: 2))
        _ = try await store.read(key)
        await #expect(throws: StoreError.self) { _ = try await store.read(key) }
        _ = try await store.read(key)
        #expect(store.faultCounts == [.unavailable: 1])
    }

    @Test func plansOutOfBoundsAreRefused() {
        #expect(throws: InvalidArgument.self) { try FaultPlan(rates: [.slow: 1.5]) }
        #expect(throws: InvalidArgument.self) { try FaultPlan(rates: [.slow: .nan]) }
        #expect(throws: InvalidArgument.self) { try FaultPlan(rates: [.slow: 0.6, .conflict: 0.6]) }
        #expect(throws: InvalidArgument.self) { try FaultPlan(rates: [:], slowness: .seconds(-1) ... .zero) }
        #expect(throws: InvalidArgument.self) { try FaultPlan.none.injecting(.conflict, at: .read, number: 1) }
        #expect(throws: InvalidArgument.self) { try FaultPlan.none.injecting(.slow, at: .read, number: 0) }
    }

    private func indeterminate(_ body: () async throws -> Void) async throws -> CommitID {
        let error = try await #require(throws: StoreError.self) { try await body() }
        guard case .indeterminate(let id) = error else { throw error }
        return id
    }

    private func perform(_ operation: StoreOperation, on store: SimulatedStore) async throws {
        switch operation {
        case .read: _ = try await store.read(key)
        case .scan: _ = try await store.scan(Scan("example"))
        case .count: _ = try await store.count(Scan("example"))
        case .commit: try await store.commit(Batch([.put(key, 2, expect: .any)]))
        case .claim: _ = try await store.claim(Claim("example", limit: 1, lease: .seconds(1)))
        }
    }
}
