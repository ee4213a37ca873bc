import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct WorkerUnderFaultsTests {
    private static let space = Space<String>("test.jobs")

    private static func options(_ change: (inout WorkerOptions) -> Void = { _ in }) -> WorkerOptions {
        var options = WorkerOptions()
        options.seed = 1
        change(&options)
        return options
    }

    private static func put(_ names: [String], in store: InMemoryStore, tags: [String] = []) async throws {
        for name in names {
            let due = store.clock.now
            try await store.commit(Batch([space.put(name, at: name, expect: .absent, due: due, tags: tags)]))
        }
    }

    // MARK: Wake-ups

    @Test func anItemCommittedRightAfterTheFirstLookIsHandled() throws {
        let handled = try Simulation.run(seed: 1) { sim in
            let store = CommitsAfterTheFirstLook(base: InMemoryStore(clock: sim.clock), key: Self.space.key("a"))
            let seen = Collector<String>()
            let worker = try Worker(Self.space, on: store, options: Self.options()) { seen.add($0.name) }
            sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(3_600)), tolerance: nil)
            return seen.all
        }
        #expect(handled.value == ["a"])
    }

    // MARK: Leases

    @Test func aRenewalThatFailsIsTriedAgainBeforeTheLeaseEnds() throws {
        let events = RecordedEvents()
        let cancelled = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            try await Self.put(["long"], in: truth)
            let faults = try FaultPlan.none.injecting(.unavailable, at: .commit, number: 1)
            let store = SimulatedStore(truth, in: sim, faults: faults)
            let ended = Collector<Bool>()
            let worker = try Worker(Self.space, on: store, options: Self.options(), observer: events) { _ in
                try? await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(100)), tolerance: nil)
                ended.add(Task.isCancelled)
            }
            sim.task("worker") { await worker.run() }
            await ended.wait(for: 1)
            return (ended.all, events.kinds)
        }
        #expect(cancelled.value.0 == [false])
        #expect(cancelled.value.1 == [.storeFailed])
        #expect(cancelled.faults[.unavailable] == 1)
    }

    @Test(arguments: [false, true]) func aRenewalThatMeetsAWriteOfTheHolderLosesNothing(settles: Bool) throws {
        let events = RecordedEvents()
        let left = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            try await Self.put(["slow"], in: truth)
            // The reply to the holder's write comes after the next renewal.
            let store = LateReplies(base: truth, delay: .seconds(20), ofRenewals: false)
            let ended = Collector<Bool>()
            let worker = try Worker(Self.space, on: store, options: Self.options(), observer: events) { delivery in
                if settles { try await delivery.lease.finish() } else { try await delivery.lease.save("changed") }
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
                ended.add(Task.isCancelled)
            }
            sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(300)), tolerance: nil)
            #expect(ended.all == [false])
            return try await truth.count(Scan("test.jobs"))
        }
        #expect(left.value == 0)
        #expect(events.kinds.isEmpty)
    }

    /// What a handler saw of a lease of 30 s whose store answers one operation after 40 s.
    private static func late(
        _ operation: StoreOperation,
        _ handler: @escaping @Sendable (Delivery<String>) async -> String
    ) throws -> (seen: [String], events: [ResilienceEvent.Kind]) {
        try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            try await put(["a"], in: truth)
            let store = LateReplies(base: truth, delay: .seconds(40), ofRenewals: false)
            let events = RecordedEvents()
            let seen = Collector<String>()
            let slowClaims = LateClaim(base: operation == .claim ? truth : store, delay: operation == .claim ? 40 : 0)
            let worker = try Worker(space, on: slowClaims, options: options(), observer: events) {
                seen.add(await handler($0))
            }
            sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(45)), tolerance: nil)
            return (seen.all, events.kinds)
        }.value
    }

    @Test func aClaimThatIsAnsweredAfterItsLeaseHasEndedStartsNothing() throws {
        let (seen, events) = try Self.late(.claim) { _ in "started" }
        #expect(seen.isEmpty)
        #expect(events == [.leaseLost])
    }

    @Test func aHolderWhoseWriteIsAnsweredAfterItsLeaseHasEndedMustNotGoOn() throws {
        let (seen, events) = try Self.late(.commit) { delivery in
            do {
                try await delivery.lease.save("intent")
                return "went on"
            } catch {
                return "refused"
            }
        }
        #expect(seen == ["refused"])
        #expect(events.contains(.leaseLost))
    }

    @Test func settlingTwiceIsRefusedAndNobodyIsSaidToHaveTakenTheRecord() throws {
        let events = RecordedEvents()
        let refused = try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            try await Self.put(["twice"], in: store)
            let errors = Collector<Bool>()
            let worker = try Worker(Self.space, on: store, options: Self.options(), observer: events) { delivery in
                try await delivery.lease.finish()
                do {
                    try await delivery.lease.finish()
                } catch let error as StoreError {
                    errors.add(error.conflicts(at: delivery.record.key))
                }
            }
            sim.task("worker") { await worker.run() }
            await errors.wait(for: 1)
            return errors.all
        }
        #expect(refused.value == [true])
        #expect(events.kinds.isEmpty)
    }

    @Test func anErrorAfterTheLeaseWasSettledIsTold() throws {
        let events = RecordedEvents()
        _ = try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            try await Self.put(["odd"], in: store)
            let worker = try Worker(Self.space, on: store, options: Self.options(), observer: events) { delivery in
                try await delivery.lease.finish()
                throw Refused()
            }
            sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
        }
        #expect(events.kinds == [.handlerFailed])
        #expect(events.all.first?.attributes["due"] == nil)
    }

    // MARK: The end of a run

    @Test func noRenewalOutlivesTheRun() throws {
        let left = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            try await Self.put(["a"], in: truth)
            let store = LateReplies(base: truth, delay: .seconds(20), ofRenewals: true)
            let worker = try Worker(Self.space, on: store, options: Self.options()) { _ in
                // Ends while the first renewal is under way.
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(15)), tolerance: nil)
            }
            let run = sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(14)), tolerance: nil)
            #expect(store.underWay == 1)
            run.cancel()
            try await run.value
            return store.underWay
        }
        #expect(left.value == 0)
    }

    @Test func aFailureWithinTheGraceTimeIsAFailureLikeAnyOther() throws {
        let events = RecordedEvents()
        let wait = try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            try await Self.put(["bad"], in: store)
            let worker = try Worker(Self.space, on: store, options: Self.options(), observer: events) { _ in
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(3)), tolerance: nil)
                throw Refused()
            }
            let run = sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            run.cancel()
            try await run.value
            let due = try #require(try await store.read(Self.space.key("bad"))?.due)
            return sim.clock.now.duration(to: due)
        }
        #expect(wait.value >= .milliseconds(500))
        #expect(events.kinds == [.handlerFailed])
    }

    // MARK: Clocks that step

    @Test func aClockThatStepsBackDoesNotCloseTheRateLimit() throws {
        let handled = try Simulation.run(seed: 1) { sim in
            let clock = SteppedClock(sim.clock)
            let store = InMemoryStore(clock: clock.clock)
            try await Self.put(["a", "b", "c"], in: store)
            clock.step(by: .seconds(3_600))
            let seen = Collector<String>()
            let limit = try RateLimit(1, per: .seconds(1))
            let worker = try Worker(Self.space, on: store, options: Self.options { $0.rate = limit }) {
                seen.add($0.name)
                if $0.name == "a" { clock.step(by: .seconds(-3_600)) }
            }
            sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(10)), tolerance: nil)
            return seen.all
        }
        #expect(handled.value == ["a", "b", "c"])
    }

    @Test(arguments: [-3_600, 3_600]) func aClockThatStepsNeitherCutsNorStretchesTheGraceTime(step: Int) throws {
        let taken = try Simulation.run(seed: 1) { sim in
            let clock = SteppedClock(sim.clock)
            let store = InMemoryStore(clock: clock.clock)
            try await Self.put(["stuck"], in: store)
            let worker = try Worker(Self.space, on: store, options: Self.options()) { _ in
                try await sim.clock.sleep(until: .distantFuture, tolerance: nil)
            }
            let run = sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            let start = sim.clock.now
            run.cancel()
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(5)), tolerance: nil)
            clock.step(by: .seconds(step))
            // Rings the bell, so that the time left is looked at again.
            try await store.commit(Batch([Self.space.put("x", at: "other", expect: .absent, due: clock.clock.now)]))
            try await run.value
            return start.duration(to: sim.clock.now)
        }
        #expect(taken.value == .seconds(10))
    }

    // MARK: Parking

    @Test func whatWasBroughtBackFromTheParkingSpaceIsParkedAgain() throws {
        let tags = try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            try await Self.put(["poison"], in: store, tags: ["parked=poison", "kind=mail"])
            let worker = try Worker(Self.space, on: store, options: Self.options { $0.maximumDeliveries = 1 }) { _ in
                throw Refused()
            }
            sim.task("worker") { await worker.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            return try await store.read(RecordKey("parked/test.jobs", "poison"))?.tags
        }
        #expect(tags.value == ["parked=poison", "kind=mail"])
    }

    @Test func aSpaceWithoutRoomForItsParkingSpaceIsRefused() throws {
        for name in ["", "a\u{0}b", String(repeating: "x", count: 506)] {
            let error = #expect(throws: InvalidArgument.self) {
                try Worker(Space<String>(name), on: InMemoryStore()) { _ in }
            }
            #expect(error?.field == "name")
        }
        _ = try Worker(Space<String>(String(repeating: "x", count: 505)), on: InMemoryStore()) { _ in }
    }
}

/// A store in which an item appears at the first moment at which a worker could believe that there is none.
private final class CommitsAfterTheFirstLook: RecordStore {
    let base: InMemoryStore
    let key: RecordKey
    private let looked = Mutex(false)

    init(base: InMemoryStore, key: RecordKey) {
        self.base = base
        self.key = key
    }

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await base.commit(batch) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        let found = try await base.scan(scan)
        let isFirst = looked.withLock { looked in
            defer { looked = true }
            return !looked
        }
        if isFirst { try await base.commit(Batch([.put(key, "item", expect: .absent, due: clock.now)])) }
        return found
    }
}

/// A store whose replies to renewals, or to all other commits, come late.
private final class LateReplies: RecordStore {
    let base: InMemoryStore
    let delay: Duration
    let ofRenewals: Bool
    private let count = Mutex(0)

    init(base: InMemoryStore, delay: Duration, ofRenewals: Bool) {
        self.base = base
        self.ofRenewals = ofRenewals
        self.delay = delay
    }

    var clock: any WallClock { base.clock }
    /// How many commits have not returned.
    var underWay: Int { count.withLock { $0 } }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        count.withLock { $0 += 1 }
        defer { count.withLock { $0 -= 1 } }
        let revision = try await base.commit(batch)
        guard case .renew = batch.writes[0].effect else {
            if !ofRenewals { await wait() }
            return revision
        }
        if ofRenewals { await wait() }
        return revision
    }

    private func wait() async {
        try? await clock.sleep(until: clock.now.advanced(by: delay), tolerance: nil)
    }
}

/// A system clock whose wall time a test steps, over the time of a simulation.
private final class SteppedClock: Sendable {
    let clock: SystemClock
    private let offset: Offset

    private final class Offset: Sendable { let value = Mutex(Duration.zero) }

    init(_ base: SimulatedClock) {
        let offset = Offset()
        self.offset = offset
        clock = SystemClock(wall: { base.now.advanced(by: offset.value.withLock { $0 }) }, monotonic: base)
    }

    func step(by step: Duration) { offset.value.withLock { $0 += step } }
}

/// A store whose claims are answered late.
private struct LateClaim: RecordStore {
    let base: any RecordStore
    let delay: Int

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await base.commit(batch) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        let claimed = try await base.claim(claim)
        if !claimed.isEmpty { try? await clock.pause(for: .seconds(delay)) }
        return claimed
    }
}
