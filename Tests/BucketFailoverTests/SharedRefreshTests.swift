import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// 64 requests at once on one bucket whose token has ended.
@Suite("One refresh for all", .timeLimit(.minutes(20)))
struct SharedRefreshTests {
    let clock = ManualClock()

    private func requests(_ pool: BucketPool, _ count: Int = 64) throws -> [Task<String, any Error>] {
        let retrier = Retrier(try .immediate(), classifier: .openAI, clock: clock, budget: nil, failover: pool)
        return (0..<count).map { _ in Task { try await retrier.run { _ in try await pool.credential().token } } }
    }

    /// Waits until that many wait for the one refresh, or the one login, that there may be.
    private func waiters(_ count: Int, at pool: BucketPool, _ vault: Vault, logins: Int = 0) async {
        while vault.refreshes.count < 2, vault.logins.count < 2 {
            if pool.waiterCount >= count, vault.logins.count == logins { return }
            await Task.yield()
        }
    }

    private func pool(_ vault: Vault, _ buckets: [Bucket] = ["a"]) throws -> BucketPool {
        try BucketPool("p", buckets, source: vault, clock: clock, generator: SmallGenerator(seed: 1))
    }

    @Test("A refresh that succeeds is made once, and no request is lost")
    func succeeds() async throws {
        let gate = Gate()
        let vault = Vault(["a": clock.expired("old")]) { [clock] _, _ in
            await gate.wait()
            return clock.valid("new")
        }
        let pool = try pool(vault)
        let requests = try requests(pool)
        await waiters(64, at: pool, vault)
        gate.open()
        for request in requests { #expect(try await request.value == "new") }
        #expect(vault.refreshes.count == 1)
    }

    @Test("A refresh that fails is made once, and each request gets its error or the other bucket")
    func fails() async throws {
        for hasOther in [false, true] {
            let (gate, login) = (Gate(), Gate())
            let vault = Vault(
                hasOther ? ["a": clock.expired("old"), "b": clock.valid("b")] : ["a": clock.expired("old")],
                onRefresh: { _, _ in
                    await gate.wait()
                    throw Vault.Refused()
                },
                onLogin: { _, _ in
                    await login.wait()
                    throw Vault.Refused()
                }
            )
            let pool = try pool(vault, hasOther ? ["a", "b"] : ["a"])
            let requests = try requests(pool)
            await waiters(64, at: pool, vault)
            gate.open()
            if !hasOther { await waiters(64, at: pool, vault, logins: 1) }
            login.open()
            for request in requests {
                if hasOther {
                    #expect(try await request.value == "b")
                } else {
                    let error = await #expect(throws: AllBucketsExhaustedError.self) { try await request.value }
                    #expect(error?.bucketsNeedingLogin == ["a"])
                }
            }
            #expect(vault.refreshes.count == 1)
            #expect(vault.logins.count == (hasOther ? 0 : 1))
        }
    }

    @Test("A refresh that never returns is given up after its time, and its late result changes nothing")
    func hangs() async throws {
        let gate = Gate()
        let vault = Vault(["a": clock.expired("old"), "b": clock.valid("b")]) { [clock] _, _ in
            await gate.wait()
            return clock.valid("late")
        }
        let pool = try pool(vault, ["a", "b"])
        let requests = try requests(pool)
        await waiters(64, at: pool, vault)
        await clock.waitForSleepers()
        clock.advance(by: .seconds(30))
        for request in requests { #expect(try await request.value == "b") }
        #expect(vault.refreshes.count == 1)
        gate.open()
        for _ in 0..<100 { await Task.yield() }
        #expect(pool.snapshot()[0].generation == 0)
    }

    @Test("A cancelled waiter, also the first one, leaves the refresh to the others")
    func firstCancelled() async throws {
        let gate = Gate()
        let vault = Vault(["a": clock.expired("old")]) { [clock] _, _ in
            await gate.wait()
            return clock.valid("new")
        }
        let pool = try pool(vault)
        let first = try requests(pool, 1)
        await waiters(1, at: pool, vault)
        let others = try requests(pool, 63)
        await waiters(64, at: pool, vault)
        first[0].cancel()
        await #expect(throws: CancellationError.self) { try await first[0].value }
        gate.open()
        for request in others { #expect(try await request.value == "new") }
        #expect(vault.refreshes.count == 1)
    }

    @Test("A 401 to a request that used an older credential refreshes nothing and goes on with the newer one")
    func olderGeneration() async throws {
        let vault = Vault(["a": clock.valid("1", for: .seconds(10))]) { [clock] _, _ in clock.valid("2") }
        let pool = try pool(vault)
        let retrier = Retrier(try .immediate(5), classifier: .openAI, clock: clock, failover: pool)
        let calls = Calls()
        try await retrier.run { [clock] attempt in
            let used = try await pool.credential()
            calls.add(used.token)
            if attempt.number == 1 { throw Trouble(401) }
            if attempt.number == 2 {
                // Another request finds it ended and renews it, before this one is refused.
                clock.advance(by: .seconds(11))
                _ = try await Task.detached { try await pool.credential() }.value
                throw Trouble(401)
            }
        }
        #expect(calls.all == ["1", "1", "2"])
        #expect(vault.refreshes == ["a"])
        #expect(vault.logins.isEmpty)
    }
}

extension Signal {
    /// Waits until it is rung, also in a task that is cancelled.
    func ignoringCancellation() async { await Task.detached { await self.wait() }.value }
}
