import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

#if SQLite
import Foundation
import SQLiteStore
#endif

/// Pools of several processes that share what they know through a store.
@Suite("Pools that share", .timeLimit(.minutes(20)))
struct SharingTests {
    let clock = ManualClock()

    private func pool(
        _ store: any RecordStore,
        _ buckets: [Bucket] = ["a", "b", "c"],
        as name: String = "p",
        observer: (any Observer)? = nil
    ) throws -> BucketPool {
        try BucketPool(
            "p",
            buckets,
            source: APIKeys(Dictionary(uniqueKeysWithValues: buckets.map { ($0.name, "key-\($0.name)") })),
            sharing: SharedBuckets(on: store, as: name),
            clock: clock,
            generator: SmallGenerator(seed: 1),
            observer: observer
        )
    }

    /// What the first attempt of a request uses, once the pool has looked at what the others know.
    private func next(_ pool: BucketPool) async throws -> String {
        clock.advance(by: .milliseconds(500))
        _ = try? await pool.credential()
        await pool.settled()
        let bucket = try await pool.credential().bucket
        await pool.settled()
        return bucket
    }

    private func limited(_ pool: BucketPool, for wait: Duration) async throws {
        let failed = FailoverContext(
            triggeringStatus: 429,
            classification: Classification(.rateLimited, retryAfter: wait, rule: "test")
        )
        _ = try await pool.session().tryFailover(failed)
        await pool.settled()
    }

    @Test("What one process was told rests the bucket in the other, and in one that starts later; so does the choice")
    func restsEverywhere() async throws {
        try await shares(InMemoryStore(clock: clock))
    }

    #if SQLite
    @Test("The same on one file, each process with a store of its own")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).db").path()
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let stores = try (0..<3).map { _ in try SQLiteStore(path: path, clock: clock) }
        try await shares(stores[0], stores[1], stores[2])
        for store in stores { await store.close() }
    }
    #endif

    private func shares(_ stores: any RecordStore...) async throws {
        let (one, two) = (try pool(stores[0]), try pool(stores[min(1, stores.count - 1)]))
        #expect(try await next(one) == "a")
        #expect(try await next(two) == "a")
        try await limited(one, for: .seconds(60))
        #expect(one.currentBucket == "b")
        #expect(try await next(two) == "b")
        #expect(two.snapshot()[0].state == .coolingDown)
        let three = try pool(stores[stores.count - 1])
        #expect(try await three.credential().bucket == "b", "its first request waits for what is known")
        try await limited(three, for: .seconds(600))
        #expect(try await next(one) == "c")
        clock.advance(by: .seconds(60))
        #expect(try await next(one) == "c" && one.snapshot().map(\.state) == [.ready, .coolingDown, .ready])
        let other = try pool(stores[0], as: "other")
        #expect(try await next(other) == "a", "pools of another name share nothing")
    }

    @Test("The last word on a window counts everywhere, also where it frees a bucket; a group rests by its name")
    func windows() async throws {
        let store = InMemoryStore(clock: clock)
        let one = try pool(store, [Bucket("a", limitGroup: "team"), "b"])
        let two = try pool(store, ["b", Bucket("z", limitGroup: "team")])
        let used = try await one.credential()
        one.note(["ratelimit-remaining": "0", "ratelimit-reset": "3600"], from: used)
        await one.settled()
        #expect(try await next(two) == "b")
        #expect(two.snapshot().map(\.state) == [.ready, .coolingDown])
        clock.advance(by: .seconds(1))
        one.note(["ratelimit-remaining": "9", "ratelimit-reset": "3600"], from: used)
        await one.settled()
        _ = try await next(two)
        #expect(two.snapshot().map(\.until) == [nil, nil])
    }

    @Test("Who conflicts tries again: nothing that was told is lost", arguments: 0..<20 as Range<UInt64>)
    func conflicts(seed: UInt64) async throws {
        // In simulated time: who does not know what came of a commit pauses before it asks.
        let result = try Simulation.run(seed: seed) { sim -> [String] in
            let truth = InMemoryStore(clock: sim.clock)
            let plan = try FaultPlan(rates: [.conflict: 0.3, .lostBeforeApply: 0.2, .replyLost: 0.2])
            let store = SimulatedStore(truth, in: sim, faults: plan)
            let names = (0..<8).map { "b\($0)" }
            func shared(_ store: any RecordStore, _ names: [String]) throws -> BucketPool {
                try BucketPool(
                    "p",
                    names.map { Bucket($0) },
                    source: APIKeys(Dictionary(uniqueKeysWithValues: names.map { ($0, "key") })),
                    sharing: SharedBuckets(on: store, as: "p"),
                    clock: sim.clock,
                    generator: sim.fork()
                )
            }
            let pools = try names.map { try shared(store, [$0, "spare"]) }
            for pool in pools { _ = try await pool.credential() }
            let told = pools.map { pool in sim.task("tells") { _ = try? await self.limited(pool, for: .seconds(600)) } }
            for task in told { _ = await task.result }
            store.inject(.none)
            for pool in pools {
                try await sim.clock.pause(for: .milliseconds(500))
                _ = try await pool.credential()
                await pool.settled()
            }
            let last = try shared(truth, names)
            do {
                _ = try await last.credential()
                return ["nothing rests"]
            } catch is AllBucketsExhaustedError {
                return last.snapshot().filter { $0.state != .coolingDown }.map(\.bucket)
            }
        }
        #expect(result.value == [])
    }

    @Test("While the store is not there each goes on with what it knows, and tells it later; an event says so")
    func unavailable() async throws {
        let truth = InMemoryStore(clock: clock)
        let store = SimulatedStore(truth, faults: try FaultPlan(rates: [.unavailable: 1]), seed: 1)
        let observer = RecordingObserver()
        let (one, two) = (try pool(store, observer: observer), try pool(truth))
        #expect(try await next(one) == "a")
        try await limited(one, for: .seconds(60))
        #expect(one.currentBucket == "b")
        #expect(observer.count(.bucketStoreFailed) >= 2)
        #expect(try await next(two) == "a")
        store.inject(.none)
        #expect(try await next(one) == "b")
        #expect(try await next(two) == "b")
    }

    @Test("A store that hangs holds up the first request for an interval, and no other")
    func hangs() async throws {
        let faults = try FaultPlan(rates: [.slow: 1], slowness: .seconds(3_600) ... .seconds(3_600))
        let pool = try pool(SimulatedStore(InMemoryStore(clock: clock), faults: faults, seed: 1))
        let first = Task { try await pool.credential().bucket }
        await clock.waitForSleepers(3)
        clock.advance(by: .milliseconds(500))
        #expect(try await first.value == "a")
        #expect(try await pool.credential().bucket == "a")
    }

    /// Counts what a store is asked.
    private final class Counted: RecordStore {
        private let base: InMemoryStore
        let reads = Atomic(0)
        let commits = Atomic(0)
        init(_ base: InMemoryStore) { self.base = base }
        var clock: any WallClock { base.clock }
        func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
            reads.wrappingAdd(1, ordering: .relaxed)
            return try await base.read(keys)
        }
        func commit(_ batch: Batch) async throws(StoreError) -> Revision {
            commits.wrappingAdd(1, ordering: .relaxed)
            return try await base.commit(batch)
        }
        func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    }

    @Test("Requests cost the store one read an interval, and a write where there is news")
    func cost() async throws {
        let store = Counted(InMemoryStore(clock: clock))
        let pool = try pool(store)
        for _ in 0..<3 {
            for _ in 0..<1_000 {
                let used = try await pool.credential()
                pool.note(["ratelimit-remaining": "9", "ratelimit-reset": "60"], from: used)
            }
            await pool.settled()
            clock.advance(by: .milliseconds(500))
        }
        #expect(store.commits.load(ordering: .relaxed) <= 1)
        #expect(store.reads.load(ordering: .relaxed) <= 4)
        try await limited(pool, for: .seconds(60))
        // The rest, and the choice that follows: two pieces of news, or one if they meet.
        #expect(store.commits.load(ordering: .relaxed) <= 3)
    }

    @Test("What nobody needs to know any more is dropped from the record")
    func forgets() async throws {
        let store = InMemoryStore(clock: clock)
        let pool = try pool(store, [Bucket("a"), "b"])
        try await limited(pool, for: .seconds(60))
        let key = RecordKey("bucket.pools", "p")
        let before = try await store.read(key)?.revision
        clock.advance(by: .seconds(7_200))
        _ = try await next(pool)
        let after = try await store.read(key)?.revision
        #expect(before != nil && after != before)
        _ = try await next(pool)
        #expect(try await store.read(key)?.revision == after, "and nothing is written without news")
    }

    @Test("A name or an interval out of range is refused")
    func refused() throws {
        let store = InMemoryStore(clock: clock)
        #expect(throws: InvalidArgument.self) { try SharedBuckets(on: store, as: "") }
        #expect(throws: InvalidArgument.self) { try SharedBuckets(on: store, as: String(repeating: "x", count: 513)) }
        #expect(throws: InvalidArgument.self) { try SharedBuckets(on: store, as: "p", readEvery: .zero) }
    }
}
