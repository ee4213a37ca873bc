import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// Lists of buckets: their names, their change, pools beside each other.
@Suite("Lists of buckets", .timeLimit(.minutes(20)))
struct BucketListTests {
    let clock = ManualClock()
    let other = FailoverContext()

    private func pool(_ vault: Vault, _ buckets: [Bucket] = ["a", "b"]) throws -> BucketPool {
        try BucketPool("p", buckets, source: vault, clock: clock, generator: SmallGenerator(seed: 1))
    }

    private func vault(_ names: [String]) -> Vault {
        Vault(Dictionary(uniqueKeysWithValues: names.map { ($0, clock.valid("secret-\($0)")) }))
    }

    @Test("F03: Pools of two scopes are kept apart; reset() touches its own alone")
    func scopes() async throws {
        let vault = vault(["a", "b"])
        let (one, two) = (try pool(vault), try pool(vault))
        #expect(try await one.session().tryFailover(other))
        #expect(one.currentBucket == "b" && two.currentBucket == "a")
        #expect(try await two.session().tryFailover(other))
        await one.reset()
        #expect(one.currentBucket == "a" && two.currentBucket == "b")
    }

    @Test("F-S5, EC03: Where all were tried the answer is no, and all are skipped")
    func allTried() async throws {
        let pool = try pool(vault(["a", "b"]))
        let session = pool.session()
        #expect(try await session.tryFailover(other))
        #expect(try await session.tryFailover(other) == false)
        #expect(session.lastFailoverReasons == ["a": .skipped, "b": .skipped])
    }

    @Test("F-S7, SM08: A new list counts from reset(to:) on; a request that is under way goes on with what it has")
    func newList() async throws {
        let vault = vault(["a", "b", "c", "d"])
        let pool = try pool(vault)
        let before = pool.session()
        #expect(try await before.tryFailover(other))
        #expect(pool.currentBucket == "b")
        try await pool.reset(to: ["c", "a", "d"])
        #expect(pool.buckets == ["c", "a", "d"] && pool.currentBucket == "c")
        #expect(pool.snapshot().map(\.bucket) == ["c", "a", "d"])
        #expect(try await pool.credential().bucket == "c")
        #expect(try await before.tryFailover(other), "b is left for the first of the new list")
        #expect(pool.currentBucket == "c")
        await #expect(throws: InvalidArgument.self) { try await pool.reset(to: ["c", "c"]) }
        #expect(pool.buckets == ["c", "a", "d"])
    }

    @Test("A bucket that stays keeps credential and limits; one that changes its group has the limits of that")
    func stays() async throws {
        let pool = try pool(vault(["a", "b", "c"]), [Bucket("a", limitGroup: "team"), "b"])
        let used = try await pool.credential()
        pool.note(["ratelimit-remaining": "0", "ratelimit-reset": "60"], from: used)
        try await pool.reset(to: ["b", Bucket("c", limitGroup: "team"), "a"])
        #expect(pool.snapshot().map(\.state) == [.unknown, .coolingDown, .ready])
        #expect(pool.snapshot().map(\.generation) == [0, 0, 1])
    }

    @Test("H17: A bucket without a name, or of blanks only, is the default one", arguments: [nil, "", "   "])
    func unnamed(name: String?) {
        #expect(Bucket(name).name == "default")
        #expect(Bucket("main").name == "main")
    }
}
