import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// What comes late or is out of all proportion.
@Suite("Buckets at the edge", .timeLimit(.minutes(20)))
struct BucketEdgeTests {
    let clock = ManualClock()

    @Test("SE01: A token that is escaped in the JSON of a reply is masked all the same")
    func escapedToken() async throws {
        let pool = try BucketPool("p", ["a"], source: APIKeys(["a": "secret/key+1"]), clock: clock)
        let session = pool.session()
        _ = try await pool.credential()
        for text in [#"{"error":{"message":"no: secret\/key\u002b1"}}"#, "no: secret/key+1"] {
            let error = AllBucketsExhaustedError(
                providerName: "p",
                attemptedBuckets: ["a"],
                lastError: Trouble(401, message: text),
                redact: session.redacted
            )
            #expect(error.description.hasSuffix("Last error: no: ***"), "\(error)")
        }
    }

    @Test(
        "SE01: A token that is percent-encoded or in base64 is masked too",
        arguments: [
            "GET /v1?key=secret%2Fkey%2B1&x=1", "GET /v1?key=secret%2fkey%2b1&x=1", "Bearer c2VjcmV0L2tleSsx",
            "secret/key+1",
        ]
    )
    func encodedToken(text: String) async throws {
        let pool = try BucketPool(
            "p",
            ["a", "b"],
            source: APIKeys(["a": "secret/key+1", "b": "~~?>~~?"]),
            clock: clock
        )
        let session = pool.session()
        _ = try await pool.credential()
        let masked = session.redacted(text)
        #expect(masked.contains("***"), "\(masked)")
        #expect(!masked.contains("2Fkey") && !masked.contains("2fkey") && !masked.contains("c2Vj"), "\(masked)")
        #expect(session.redacted("nothing of it: /v1?x=1%2F") == "nothing of it: /v1?x=1%2F")
    }

    @Test("SE01: In base64 for URLs, and where the last character is not filled by the token")
    func urlToken() async throws {
        let pool = try BucketPool("p", ["a"], source: APIKeys(["a": "~~?>~~?~"]), clock: clock)
        let session = pool.session()
        _ = try await pool.credential()
        #expect(session.redacted("t=fn4_Pn5-P34=") == "t=***4=")
        #expect(session.redacted("t=fn4/Pn5+P34") == "t=***4")
        #expect(session.redacted("t=fn4_Pn5-P34tbW9yZQ").hasPrefix("t=***"))
    }

    @Test("A time-out without end for logins does not overflow, however many buckets there are")
    func endlessTimeout() async throws {
        let vault = Vault([:], onLoginToAll: { _, _ in })
        let rules = try FailoverRules(authRetryTimeout: .seconds(Int64.max))
        let buckets = (0..<100).map { Bucket("b\($0)") }
        let options = try BucketPoolOptions(rules: rules)
        let pool = try BucketPool("p", buckets, source: vault, options: options, clock: clock)
        try await pool.authenticateAll()
        #expect(vault.loginsToAll.count == 1)
    }

    @Test("PR06: A renewal that fails after renewals were cancelled plans no further one")
    func cancelledUnderWay() throws {
        let times = try Simulation.run(seed: 1) { sim in
            let ended = Credential(token: "0", expiresAt: sim.clock.now.advanced(by: .seconds(1_000)))
            let times = Calls()
            let vault = Vault(["a": ended]) { _, _ in
                times.add("")
                try await sim.clock.pause(for: .seconds(10))
                throw Vault.Refused()
            }
            let pool = try BucketPool("p", ["a"], source: vault, clock: sim.clock, generator: sim.fork())
            let running = sim.task("renewing") { await pool.run() }
            _ = try await pool.credential()
            while times.count == 0 { try await sim.clock.pause(for: .seconds(1)) }
            pool.cancelRenewals()
            try await sim.clock.pause(for: .seconds(900))
            running.cancel()
            _ = await running.result
            return times.count
        }.value
        #expect(times == 1)
    }

    @Test("A refresh that is given up before the source was asked for it does not reach the source later")
    func lateRefresh() async throws {
        let vault = Vault(["a": clock.expired("old")]) { [clock] _, _ in clock.valid("new") }
        let pool = try BucketPool("p", ["a"], source: vault, clock: clock)
        vault.holdReads()
        let first = Task { try await pool.credential() }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(30))
        await #expect(throws: AllBucketsExhaustedError.self) { try await first.value }
        vault.releaseReads()
        while vault.reads.isEmpty { await Task.yield() }
        for _ in 0..<100 { await Task.yield() }
        #expect(vault.refreshes.isEmpty)
        #expect(try await pool.credential().token == "new")
        #expect(vault.refreshes == ["a"])
    }
}
