import BucketFailover
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// What an observer is told of a failover.
@Suite("Events of buckets", .timeLimit(.minutes(20)))
struct EventTests {
    let clock = ManualClock()

    private func events(_ vault: Vault, _ buckets: [Bucket], _ context: FailoverContext) async throws -> [String] {
        let observer = RecordingObserver()
        let pool = try BucketPool("p", buckets, source: vault, clock: clock, observer: observer)
        _ = try await pool.session().tryFailover(context)
        #expect(observer.events.allSatisfy { $0.subject == "p" && $0.at == clock.now })
        return observer.events.map { event in
            let attributes = event.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([event.kind.rawValue] + attributes).joined(separator: " ")
        }
    }

    @Test("LD01, LD02, LD03: The bucket that failed, each that was looked at, and the switch")
    func switched() async throws {
        let vault = Vault(["a": clock.valid("1"), "c": clock.expired("3")]) { [clock] _, _ in clock.valid("4") }
        #expect(
            try await events(vault, ["a", "b", "c"], FailoverContext(triggeringStatus: 402)) == [
                "bucket.classified bucket=a reason=quota-exhausted",
                "bucket.classified bucket=b reason=no-token",
                "bucket.refreshed bucket=c generation=1",
                "bucket.switched from=a to=c",
            ]
        )
    }

    @Test("LD04, LD05, LD06: A login that begins and fails, and that nothing is left")
    func exhausted() async throws {
        #expect(
            try await events(Vault([:]), ["a", "b"], FailoverContext(triggeringStatus: 401)) == [
                "bucket.classified bucket=a reason=no-token",
                "bucket.classified bucket=b reason=no-token",
                "bucket.loginStarted bucket=b",
                "bucket.reauthFailed bucket=b error=Refused",
                "bucket.classified bucket=b reason=reauth-failed",
                "bucket.exhausted a=no-token b=reauth-failed",
            ]
        )
    }

    @Test("A login that succeeds is told with the generation")
    func loggedIn() async throws {
        let vault = Vault([:], onLogin: { [clock] bucket, vault in vault.store(clock.valid("new"), bucket) })
        #expect(
            try await events(vault, ["a"], FailoverContext(triggeringStatus: 401)).suffix(2) == [
                "bucket.loginStarted bucket=a", "bucket.reauthenticated bucket=a generation=1",
            ]
        )
    }

    @Test("A login that gives the same credential again is told with the generation that it keeps")
    func vouchedFor() async throws {
        let vault = Vault(["a": clock.valid("1")], onLogin: { _, _ in })
        #expect(
            try await events(vault, ["a"], FailoverContext(triggeringStatus: 401)).suffix(2) == [
                "bucket.loginStarted bucket=a", "bucket.reauthenticated bucket=a generation=1",
            ]
        )
    }

    @Test("Each event of a login comes once, however many wait for it")
    func onceForAll() async throws {
        let (observer, gate) = (RecordingObserver(), Gate())
        let vault = Vault(
            [:],
            onLogin: { [clock] bucket, vault in
                await gate.wait()
                vault.store(clock.valid("new"), bucket)
            }
        )
        let pool = try BucketPool("p", ["a"], source: vault, clock: clock, observer: observer)
        let sessions = (0..<5).map { _ in pool.session() }
        let asking = sessions.map { session in
            Task { try await session.tryFailover(FailoverContext(triggeringStatus: 401)) }
        }
        while pool.waiterCount < 5 { await Task.yield() }
        gate.open()
        for task in asking { #expect(try await task.value) }
        #expect(vault.logins == ["a"])
        #expect(observer.count(.bucketLoginStarted) == 1)
        let done = observer.events.filter { $0.kind == .bucketReauthenticated }
        #expect(done.map(\.attributes) == [["bucket": "a", "generation": "1"]])
    }
}
