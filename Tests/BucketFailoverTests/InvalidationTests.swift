import BucketFailover
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// Credentials that a caller declares ended.
@Suite("A credential that is invalidated", .timeLimit(.minutes(20)))
struct InvalidationTests {
    let clock = ManualClock()

    @Test("It is refreshed before its next use, once; what is said of another generation changes nothing")
    func refreshed() async throws {
        let vault = Vault(["a": clock.valid("1")]) { [clock] _, _ in clock.valid("2") }
        let pool = try BucketPool("p", ["a"], source: vault, clock: clock)
        pool.invalidate("a", generation: 0)  // Nothing was read yet.
        let first = try await pool.credential()
        #expect(first.token == "1" && first.generation == 1)
        for generation: UInt64 in [0, 2, .max] { pool.invalidate("a", generation: generation) }
        pool.invalidate("b", generation: 1)
        #expect(pool.snapshot().map(\.state) == [.ready])
        #expect(try await pool.credential() == first)
        pool.invalidate(first.bucket, generation: first.generation)
        #expect(pool.snapshot().map(\.state) == [.expired])
        let second = try await pool.credential()
        #expect(second.token == "2" && second.generation == 2)
        // Another request that used the first one comes late.
        pool.invalidate(first.bucket, generation: first.generation)
        #expect(try await pool.credential() == second)
        #expect(vault.refreshes == ["a"])
    }

    @Test("A key that cannot be refreshed is not used again until the source has another; the next bucket stands in")
    func permanentKey() async throws {
        let vault = Vault(["a": .permanent("old"), "b": .permanent("other")])
        let pool = try BucketPool("p", ["a", "b"], source: vault, clock: clock)
        let first = try await pool.credential()
        #expect(first.token == "old")
        pool.invalidate("a", generation: first.generation)
        #expect(try await pool.credential().token == "other")
        #expect(vault.refreshes.isEmpty)
        await pool.reset()
        vault.store(.permanent("new"), "a")
        #expect(try await pool.credential().token == "new")
    }

    @Test("A credential is valid up to its end and not at it; one that does not say when it ends is not")
    func validity() {
        let ends = Credential(token: "t", expiresAt: clock.now)
        #expect(ends.isValid(at: clock.now.advanced(by: .microseconds(-1))))
        #expect(!ends.isValid(at: clock.now))
        #expect(!Credential(token: "t", expiresAt: nil).isValid(at: .distantPast))
        #expect(Credential.permanent("k").isValid(at: Timestamp(seconds: 200_000_000_000)))
        #expect(!Credential.permanent("k").isRefreshable)
    }
}
