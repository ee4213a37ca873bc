import BucketFailover
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// Credentials renewed before they end, by the pool's `run()`.
@Suite("Proactive renewal", .timeLimit(.minutes(5)))
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
