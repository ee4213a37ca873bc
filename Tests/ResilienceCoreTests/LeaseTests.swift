import ResilienceCore
import ResilienceTesting
import Testing

@Suite struct LeaseTests {
    private let space = Space<String>("test.jobs")
    private let clock = ManualClock()
    private let store: InMemoryStore

    init() { store = InMemoryStore(clock: clock) }

    /// The record `a`, claimed for 30 s.
    private func claimed() async throws -> Lease {
        try await store.commit(Batch([space.put("work", at: "a", expect: .absent, due: clock.now)]))
        let uptime = clock.uptime
        let records = try await store.claim(Claim(space.name, limit: 1, lease: .seconds(30)))
        return Lease(try #require(records.first), from: store, for: .seconds(30), claimedAt: uptime, observer: nil)
    }

    private func note(_ name: String) -> [Write] { [space.put("note", at: name, expect: .absent)] }

    @Test func whatIsWrittenWithALeaseThatIsKeptStandsOrFallsWithItAndLeavesTheRecordAsItIs() async throws {
        let lease = try await claimed()
        let before = try await store.read(space.key("a"))
        try await lease.keep(also: note("b"))
        let after = try await store.read(space.key("a"))
        #expect(after?.revision == before?.revision && after?.due == before?.due)
        #expect(try await store.read(space.key("b")) != nil)
        // Another holder comes.
        clock.advance(by: .seconds(30))
        #expect(try await store.claim(Claim(space.name, limit: 1, lease: .seconds(30))).count == 1)
        await #expect(throws: StoreError.self) { try await lease.keep(also: note("c")) }
        #expect(try await store.read(space.key("c")) == nil)
        #expect(!lease.isHeld)
    }

    @Test func aLeaseThatIsHalfOverBeginsAnewWhenItIsKept() async throws {
        let lease = try await claimed()
        clock.advance(by: .seconds(16))
        try await lease.keep(also: note("b"))
        #expect(try await store.read(space.key("a"))?.due == clock.now.advanced(by: .seconds(30)))
        #expect(lease.end == clock.uptime + .seconds(30))
        // The revision stayed: the holder's next write is not refused.
        try await lease.finish()
    }

    @Test func whoIsAnsweredAfterTheEndOfTheLeaseMustNotGoOn() async throws {
        let lease = try await claimed()
        clock.advance(by: .seconds(14))
        let late = LateStore(base: store, clock: clock)
        let slow = Lease(
            try #require(try await store.read(space.key("a"))),
            from: late,
            for: .seconds(30),
            claimedAt: clock.uptime - .seconds(14),
            observer: nil
        )
        await #expect(throws: StoreError.self) { try await slow.keep(also: note("b")) }
        #expect(!slow.isHeld && lease.isHeld)
    }
}

/// Answers commits 20 s late.
private struct LateStore: RecordStore {
    let base: InMemoryStore
    let clock: any WallClock

    init(base: InMemoryStore, clock: ManualClock) {
        self.base = base
        self.clock = clock
        wait = { clock.advance(by: .seconds(20)) }
    }

    private let wait: @Sendable () -> Void

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        defer { wait() }
        return try await base.commit(batch)
    }
}
