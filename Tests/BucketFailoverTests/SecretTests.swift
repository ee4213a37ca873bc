import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// Everything that a pool shows, searched for every token that it ever had.
@Suite("Tokens are never shown", .timeLimit(.minutes(20)))
struct SecretTests {
    let clock = ManualClock()

    @Test("SE01, F-S6: No token, old or new, in errors, events, snapshots or descriptions")
    func secrets() async throws {
        let observer = RecordingObserver()
        let texts = Calls()
        @Sendable func note(_ value: Any) {
            var dumped = ""
            dump(value, to: &dumped)
            texts.add("\(value) \(String(reflecting: value)) \(dumped)")
        }
        // Each refresh gives the next token; the first three are of older generations when the request ends.
        let vault = Vault(
            ["a": clock.valid("secret-a1", for: .seconds(10)), "b": clock.expired("secret-b1")],
            onRefresh: { [clock] bucket, vault in
                if bucket == "b" { throw Vault.Refused(text: "secret-b1 is refused") }
                let token = "secret-a\(vault.refreshes.count(where: { $0 == "a" }) + 1)"
                return clock.valid(token, for: .seconds(10))
            },
            onLogin: { _, _ in throw Vault.Refused(text: "no person knows secret-b1") }
        )
        let pool = try BucketPool("p", ["a", "b"], source: vault, clock: clock, observer: observer) { note($0) }
        let retrier = Retrier(try .immediate(), classifier: .openAI, clock: clock, observer: observer, failover: pool)
        var tokens: [String] = []
        let error = await #expect(throws: AllBucketsExhaustedError.self) {
            try await retrier.run { [clock] attempt in
                for _ in 0..<3 {
                    let used = try await pool.credential()
                    tokens.append(used.token)
                    note(used)
                    note(pool.snapshot())
                    clock.advance(by: .seconds(10))
                }
                let last = try await pool.credential()
                tokens.append(last.token)
                if attempt.number == 1 { throw Trouble(401) }
                throw Trouble(402, message: "used up: \(tokens.joined(separator: ", ")) and secret-b1")
            }
        }
        let thrown = try #require(error)
        #expect(Set(tokens).count >= 4)
        for value in [thrown, pool, pool.snapshot(), clock.valid("secret-c"), APIKeys(["a": "secret-d"])] as [Any] {
            note(value)
        }
        for event in observer.events { note(event) }
        let kinds = Set(observer.events.map(\.kind))
        #expect(kinds.isSuperset(of: [.bucketClassified, .bucketRefreshed, .bucketRefreshFailed, .bucketsExhausted]))
        #expect(kinds.isSuperset(of: [.bucketLoginStarted, .bucketReauthFailed]))
        for text in texts.all { #expect(!text.contains("secret-"), "\(text)") }
        #expect(thrown.description.contains("used up: ***, ***, ***, ***"))
    }
}
