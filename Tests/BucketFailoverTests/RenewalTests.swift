import BucketFailover
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// Credentials renewed before they end, by the pool's `run()`.
@Suite("Proactive renewal", .timeLimit(.minutes(20)))
struct RenewalTests {
    /// When the refreshes of a bucket began, in seconds after the credential was first used, up to `end`.
    private func refreshes(
        life: Int,
        until end: Int,
        seed: UInt64 = 1,
        fate: @escaping @Sendable (Int, ManualClock) throws -> Credential?
    ) throws -> [Int] {
        try Simulation.run(seed: seed) { sim in
            let begin = sim.clock.now
            let times = Calls()
            let manual = ManualClock(now: begin)
            let vault = Vault(["a": Credential(token: "0", expiresAt: begin.advanced(by: .seconds(life)))]) { _, _ in
                let number = times.add("\(begin.duration(to: sim.clock.now).components.seconds)")
                manual.advance(to: sim.clock.now)
                return try fate(number, manual)
            }
            let pool = try BucketPool("p", ["a"], source: vault, clock: sim.clock, generator: sim.fork())
            let running = sim.task("renewing") { await pool.run() }
            _ = try? await pool.credential()
            try await sim.clock.pause(for: .seconds(end))
            running.cancel()
            _ = await running.result
            return times.all.compactMap { Int($0) }
        }.value
    }

    @Test("H1, H7: At 80 % of its life, less up to 5 % of that, a credential is renewed, and the next one too")
    func renews() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let times = try refreshes(life: 600, until: 1_000, seed: seed) { number, clock in
                clock.valid("\(number)", for: .seconds(600))
            }
            #expect(times.count == 2)
            #expect((455...480).contains(times[0]) && (455...480).contains(times[1] - times[0]), "\(times)")
        }
    }

    @Test("H2, H3: A life under five minutes, or one that is over, is not watched")
    func shortLives() throws {
        #expect(try refreshes(life: 299, until: 1_000) { _, _ in nil }.isEmpty)
        #expect(try refreshes(life: 300, until: 285) { _, _ in nil }.count == 1)
    }

    @Test("H8, H9, PR05: After a failure it waits 60 s, then 120 s, each and up to 5 s; after the third it stops")
    func failures() throws {
        for fails in [true, false] {
            let times = try refreshes(life: 100_000, until: 99_000) { _, _ in
                if fails { throw Vault.Refused() } else { nil }
            }
            #expect(times.count == 3)
            #expect((60...65).contains(times[1] - times[0]) && (120...125).contains(times[2] - times[1]), "\(times)")
        }
    }

    @Test("H14: A credential that another has stored is taken over, and nothing is refreshed")
    func takenOver() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let begin = sim.clock.now
            let vault = Vault(["a": Credential(token: "0", expiresAt: begin.advanced(by: .seconds(600)))])
            let pool = try BucketPool("p", ["a"], source: vault, clock: sim.clock, generator: sim.fork())
            let running = sim.task("renewing") { await pool.run() }
            _ = try await pool.credential()
            vault.store(Credential(token: "1", expiresAt: begin.advanced(by: .seconds(6_000))), "a")
            try await sim.clock.pause(for: .seconds(500))
            running.cancel()
            return (vault.refreshes, pool.snapshot()[0].generation)
        }
        #expect(result.value == ([], 2))
    }

    /// What a source was asked by a pool that renews for so long, after every bucket was used once.
    private func renewing(
        _ buckets: [Bucket],
        seconds: Int = 1_000,
        workers: Int = 1,
        vault make: @escaping @Sendable (Timestamp) -> Vault,
        meanwhile: @escaping @Sendable (BucketPool, Vault) async throws -> Void = { _, _ in }
    ) throws -> Vault {
        try Simulation.run(seed: 1) { sim in
            let vault = make(sim.clock.now)
            let options = try BucketPoolOptions(order: .roundRobin)
            let (clock, generator) = (sim.clock, sim.fork())
            let pool = try BucketPool("p", buckets, source: vault, options: options, clock: clock, generator: generator)
            let running = (0..<workers).map { _ in sim.task("renewing") { await pool.run() } }
            for _ in buckets { _ = try? await pool.credential() }
            try await meanwhile(pool, vault)
            try await sim.clock.pause(for: .seconds(seconds))
            for task in running { task.cancel() }
            for task in running { _ = await task.result }
            return vault
        }.value
    }

    private static func life(_ seconds: Int, _ token: String = "0", from now: Timestamp) -> Credential {
        Credential(token: token, expiresAt: now.advanced(by: .seconds(seconds)))
    }

    /// A credential that outlives every test.
    private static let fresh: Vault.Refresh = { bucket, vault in
        Credential(token: "new", expiresAt: ManualClock().now.advanced(by: .seconds(900_000)))
    }

    @Test("H4: What cannot be refreshed is not renewed")
    func notRefreshable() throws {
        let vault = try renewing(["a"]) { now in
            Vault(["a": Credential(token: "0", expiresAt: now.advanced(by: .seconds(600)), isRefreshable: false)])
        }
        #expect(vault.refreshes.isEmpty)
    }

    @Test("H5: Nothing is renewed ahead where nobody runs the pool")
    func notRun() throws {
        let vault = try renewing(["a"], workers: 0) { now in Vault(["a": Self.life(600, from: now)]) }
        #expect(vault.refreshes.isEmpty)
    }

    @Test("H11: Two that run one pool renew once, under one lock; H12: which is asked for by bucket, for 10 s")
    func oneLock() throws {
        let vault = try renewing(["a"], workers: 2) { now in
            Vault(["a": Self.life(600, from: now)], onRefresh: Self.fresh, onLock: { _ in .held })
        }
        #expect(vault.refreshes == ["a"])
        #expect(vault.locks.map(\.bucket) == ["a"] && vault.locks.map(\.limit) == [.seconds(10)])
        #expect(vault.unlocks == ["a"])
    }

    @Test("H13: Without the lock nothing is refreshed, and it is tried again later")
    func locked() throws {
        let vault = try renewing(["a"]) { now in
            Vault(["a": Self.life(600, from: now)], onRefresh: Self.fresh, onLock: { $0.locks.count == 1 ? .taken : .held })
        }
        #expect(vault.locks.count == 2 && vault.refreshes == ["a"] && vault.unlocks == ["a"])
    }

    @Test("H14: What another process has refreshed by the time that the lock is there is taken over")
    func fasterProcess() throws {
        for lock in [RefreshLock.held, .taken] {
            let vault = try renewing(["a"]) { now in
                Vault(
                    ["a": Self.life(600, from: now)],
                    onLock: { vault in
                        vault.store(Self.life(900_000, "theirs", from: now), "a")
                        return lock
                    }
                )
            }
            #expect(vault.locks.count == 1 && vault.refreshes.isEmpty)
            #expect(vault.unlocks.count == (lock == .held ? 1 : 0))
        }
    }

    @Test("H15: A new list ends what was planned for the old one; a bucket without a token is not watched")
    func newList() throws {
        let make: @Sendable (Timestamp) -> Vault = { now in
            Vault(["a": Self.life(600, from: now), "b": Self.life(600, from: now)], onRefresh: Self.fresh)
        }
        let vault = try renewing(["a"], vault: make) { pool, _ in
            try await pool.reset(to: ["b", "c"])
            _ = try await pool.credential()
        }
        #expect(vault.refreshes == ["b"])
    }

    @Test("H16: Renewals are cancelled for one bucket, or for all", arguments: ["a", nil])
    func cancels(bucket: String?) throws {
        let make: @Sendable (Timestamp) -> Vault = { now in
            Vault(["a": Self.life(600, from: now), "b": Self.life(600, from: now)], onRefresh: Self.fresh)
        }
        let vault = try renewing(["a", "b"], vault: make) { pool, _ in pool.cancelRenewals(of: bucket) }
        #expect(vault.refreshes == (bucket == nil ? [] : ["b"]))
    }

    @Test("PR06, H16: reset() cancels what was planned")
    func reset() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let vault = Vault(["a": Credential(token: "0", expiresAt: sim.clock.now.advanced(by: .seconds(600)))])
            let pool = try BucketPool("p", ["a"], source: vault, clock: sim.clock, generator: sim.fork())
            let running = sim.task("renewing") { await pool.run() }
            _ = try await pool.credential()
            await pool.reset()
            try await sim.clock.pause(for: .seconds(500))
            running.cancel()
            return vault.refreshes
        }
        #expect(result.value.isEmpty)
    }
}
