import BucketFailover
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// Logging in to all buckets in one go, before it is needed.
@Suite("Logging in ahead", .timeLimit(.minutes(20)))
struct EagerLoginTests {
    let clock = ManualClock()
    let refused = FailoverContext(triggeringStatus: 401)

    private func pool(_ vault: Vault, _ buckets: [Bucket] = ["a", "b", "c"]) throws -> BucketPool {
        try BucketPool("p", buckets, source: vault, clock: clock, generator: SmallGenerator(seed: 1))
    }

    /// Waits until a failover has looked at all three buckets and waits, as the caller of the run does.
    private func isAtTheLogin(_ pool: BucketPool, _ vault: Vault) async {
        while vault.reads.count < 3 || pool.waiterCount < 2 || pool.snapshot().contains(where: { $0.state == .renewing }) {
            await Task.yield()
        }
    }

    @Test("F40: The whole list is handed over once, also to concurrent callers; F41: and what the caller adds")
    func once() async throws {
        let gate = Gate()
        let vault = Vault([:], onLoginToAll: { _, _ in await gate.wait() })
        let pool = try pool(vault)
        let callers = (0..<8).map { _ in Task { try await pool.authenticateAll(metadata: ["reason": "start"]) } }
        while pool.waiterCount < 8 { await Task.yield() }
        gate.open()
        for caller in callers { try await caller.value }
        #expect(vault.loginsToAll == [["a", "b", "c"]])
        #expect(vault.metadata == ["reason": "start"])
    }

    @Test("F42: For one bucket, or none, nothing is done")
    func alone() async throws {
        for buckets in [["a"], []] as [[Bucket]] {
            let vault = Vault([:], onLoginToAll: { _, _ in })
            try await pool(vault, buckets).authenticateAll()
            #expect(vault.loginsToAll.isEmpty)
        }
    }

    @Test("F44: A run that fails is over: its error is thrown, and the next call runs anew")
    func fails() async throws {
        let vault = Vault([:], onLoginToAll: { _, vault in if vault.loginsToAll.count == 1 { throw Vault.Refused() } })
        let pool = try pool(vault)
        await #expect(throws: Vault.Refused.self) { try await pool.authenticateAll() }
        try await pool.authenticateAll()
        #expect(vault.loginsToAll.count == 2)
    }

    @Test("A run that takes longer than the time of a login for each bucket is given up")
    func hangs() async throws {
        let gate = Gate()
        let vault = Vault([:], onLoginToAll: { _, _ in await gate.wait() })
        let pool = try pool(vault)
        let caller = Task { try await pool.authenticateAll() }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(90))
        await #expect(throws: LoginUnavailable.self) { try await caller.value }
        gate.open()
    }

    @Test("F45: A failover that meets a run waits for it and uses its token; nobody is asked again")
    func met() async throws {
        let gate = Gate()
        let vault = Vault(
            [:],
            onLoginToAll: { [clock] buckets, vault in
                await gate.wait()
                for bucket in buckets { vault.store(clock.valid("new-\(bucket)"), bucket) }
            }
        )
        let pool = try pool(vault)
        let running = Task { try await pool.authenticateAll() }
        while pool.waiterCount < 1 { await Task.yield() }
        let asking = Task { try await pool.session().tryFailover(refused) }
        await isAtTheLogin(pool, vault)
        gate.open()
        #expect(try await asking.value)
        try await running.value
        #expect(vault.logins.isEmpty && pool.currentBucket == "b")
        #expect(try await pool.credential().token == "new-b")
    }

    @Test("F47: A run that begins while the buckets are looked at is waited for too")
    func beginsLate() async throws {
        let (first, second) = (Gate(), Gate())
        let vault = Vault(
            [:],
            onLoginToAll: { [clock] buckets, vault in
                // The first run brings nothing.
                guard vault.loginsToAll.count > 1 else { return await first.wait() }
                await second.wait()
                vault.store(clock.valid("new"), "b")
            }
        )
        let pool = try pool(vault)
        let running = Task {
            try await pool.authenticateAll()
            try await pool.authenticateAll()
        }
        while pool.waiterCount < 1 { await Task.yield() }
        let asking = Task { try await pool.session().tryFailover(refused) }
        await isAtTheLogin(pool, vault)
        vault.holdReads()
        first.open()
        // The failover looks at the token again; meanwhile the second run begins.
        while vault.loginsToAll.count < 2 { await Task.yield() }
        vault.releaseReads()
        while pool.waiterCount < 2 { await Task.yield() }
        second.open()
        #expect(try await asking.value)
        try await running.value
        #expect(vault.logins.isEmpty)
        #expect(vault.reads.count(where: { $0 == "b" }) == 3, "once in passing, and after each run")
    }

    @Test("F49: After a login all buckets are logged in to, so that the next failover needs no prompt; failing is no harm")
    func afterLogin() async throws {
        for fails in [false, true] {
            let vault = Vault(
                [:],
                onLogin: { [clock] bucket, vault in vault.store(clock.valid("one-\(bucket)"), bucket) },
                onLoginToAll: { [clock] buckets, vault in
                    if fails { throw Vault.Refused() }
                    for bucket in buckets { vault.store(clock.valid("all-\(bucket)"), bucket) }
                }
            )
            let pool = try pool(vault)
            #expect(try await pool.session().tryFailover(refused))
            while vault.loginsToAll.isEmpty { await Task.yield() }
            #expect(vault.logins == ["b"] && vault.loginsToAll == [["a", "b", "c"]])
            let next = pool.session()
            #expect(try await pool.credential().bucket == "b")
            #expect(try await next.tryFailover(FailoverContext(triggeringStatus: 429)))
            #expect(vault.logins == (fails ? ["b", "a"] : ["b"]))
        }
    }
}
