import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// Requests through a retrier and a pool, from end to end.
@Suite("Requests through a pool", .timeLimit(.minutes(20)))
struct PoolRequestTests {
    let clock = ManualClock()

    private func pool(
        _ buckets: [Bucket],
        _ vault: any CredentialSource,
        options: BucketPoolOptions = .standard,
        observer: (any Observer)? = nil
    ) throws -> BucketPool {
        try BucketPool(
            "p",
            buckets,
            source: vault,
            options: options,
            clock: clock,
            generator: SmallGenerator(seed: 1),
            observer: observer
        )
    }

    private func keys(_ names: [String]) -> APIKeys {
        APIKeys(Dictionary(uniqueKeysWithValues: names.map { ($0, "secret-\($0)") }))
    }

    /// Calls a service that refuses some buckets; gives the buckets called, in order.
    private func request(_ pool: BucketPool, refusing refusals: [String: Trouble]) async -> (
        RetryOutcome<String>, [String]
    ) {
        let retrier = Retrier(try? .immediate() as RetryPolicy?, clock, pool)
        let calls = Calls()
        let outcome = await retrier.outcome { _ in
            let used = try await pool.credential()
            calls.add(used.bucket)
            if let trouble = refusals[used.bucket] { throw trouble }
            return used.bucket
        }
        return (outcome, calls.all)
    }

    @Test("E1, C1: Two 429 on the first bucket, then the second one answers; the next request begins there (SM06)")
    func switches() async throws {
        let pool = try pool(["a", "b"], keys(["a", "b"]))
        let (outcome, calls) = await request(pool, refusing: ["a": Trouble(429)])
        #expect(try outcome.result.get() == "b")
        #expect(calls == ["a", "a", "b"])
        let (_, next) = await request(pool, refusing: [:])
        #expect(next == ["b"])
    }

    @Test(
        "I6, E2, E6, C7: Each bucket is tried in order, and the error tells all their reasons",
        arguments: [(402, ["a", "b", "c"]), (429, ["a", "a", "b", "b", "c", "c"])]
    )
    func allUsedUp(status: Int, expected: [String]) async throws {
        let pool = try pool(["a", "b", "c"], keys(["a", "b", "c"]))
        let trouble = Trouble(status)
        let (outcome, calls) = await request(pool, refusing: ["a": trouble, "b": trouble, "c": trouble])
        let error = try #require(throws: AllBucketsExhaustedError.self) { try outcome.result.get() }
        #expect(calls == expected)
        #expect(error.description.contains("(buckets: a, b, c)"))
        #expect(error.bucketFailureReasons == ["a": .quotaExhausted, "b": .quotaExhausted, "c": .quotaExhausted])
        #expect(outcome.stop == .bucketsExhausted)
    }

    @Test("I7, E3, E8: Where all have ended, or none is there, a person is asked and the request goes on")
    func login() async throws {
        for stored in [["a": clock.expired("1"), "b": clock.expired("2")], [:]] {
            let vault = Vault(stored, onLogin: { [clock] bucket, vault in vault.store(clock.valid("new"), bucket) })
            let pool = try pool(["a", "b"], vault)
            let (outcome, calls) = await request(pool, refusing: [:])
            #expect(try outcome.result.get() == calls[0])
            #expect(vault.logins.count == 1)
        }
    }

    @Test("E5: The second bucket has ended and is refreshed; E9: a login that fails ends the request with its reason")
    func refreshed() async throws {
        let vault = Vault(["a": clock.valid("1"), "b": clock.expired("2")]) { [clock] _, _ in clock.valid("3") }
        let (outcome, calls) = await request(try pool(["a", "b"], vault), refusing: ["a": Trouble(402)])
        #expect(try outcome.result.get() == "b")
        #expect(calls == ["a", "b"])
        let (failed, _) = await request(try pool(["a"], Vault(["a": clock.expired("1")])), refusing: [:])
        let error = try #require(throws: AllBucketsExhaustedError.self) { try failed.result.get() }
        #expect(error.bucketFailureReasons == ["a": .reauthFailed])
    }

    @Test("C8: A switch to a bucket that has ended refreshes it; C9: and is told once")
    func refreshedOnTheSwitch() async throws {
        let observer = RecordingObserver()
        let vault = Vault(["a": clock.valid("1"), "b": clock.expired("2")]) { [clock] _, _ in clock.valid("3") }
        let pool = try pool(["a", "b"], vault, observer: observer)
        let (outcome, calls) = await request(pool, refusing: ["a": Trouble(429)])
        #expect(try outcome.result.get() == "b" && calls == ["a", "a", "b"])
        #expect(vault.refreshes == ["b"])
        let switches = observer.events.filter { $0.kind == .bucketSwitched }
        #expect(switches.map(\.attributes) == [["from": "a", "to": "b"]])
    }

    @Test("D8, D9: Who is told of a refusal gets bucket, generation and status, and no token; 0 if none was used")
    func refusals() async throws {
        let told = Mutex<[BucketRefusal]>([])
        let pool = try BucketPool("p", ["a", "b"], source: keys(["a", "b"]), clock: clock) { refusal in
            told.withLock { $0.append(refusal) }
        }
        let retrier = Retrier(try .immediate(), clock, pool)
        for usesPool in [true, false] {
            try await retrier.run { attempt in
                if usesPool { _ = try await pool.credential() }
                if attempt.number == 1 { throw Trouble(401) }
            }
        }
        #expect(
            told.withLock { $0.map { "\($0.providerName) \($0.bucket ?? "-") \($0.generation) \($0.status ?? 0)" } }
                == ["p a 1 401", "p - 0 401"]
        )
    }

    @Test("A bucket that told its reset is not tried before it by any request, nor are those of its group")
    func coolsDown() async throws {
        let pool = try pool(
            [Bucket("a", limitGroup: "one"), Bucket("b", limitGroup: "one"), "c"],
            keys(["a", "b", "c"])
        )
        let limited = Trouble(429, retryAfter: .seconds(60))
        let (outcome, calls) = await request(pool, refusing: ["a": limited])
        #expect(try outcome.result.get() == "c")
        #expect(calls == ["a", "c"])
        let (failed, more) = await request(pool, refusing: ["c": limited])
        let error = try #require(throws: AllBucketsExhaustedError.self) { try failed.result.get() }
        #expect(more == ["c"])
        #expect(error.retryAfter == clock.now.advanced(by: .seconds(60)))
        let (again, none) = await request(pool, refusing: [:])
        #expect(none.isEmpty)
        #expect(again.stop != nil)
        clock.advance(by: .seconds(60))
        let (late, last) = await request(pool, refusing: [:])
        #expect(try late.result.get() == "c" && last == ["c"])
    }

    @Test("A 429 that is waited out, or meets the only bucket there is, lets that bucket rest for all requests")
    func restsWithoutFailover() async throws {
        let alone = try pool(["a"], keys(["a"]))
        let (outcome, calls) = await request(alone, refusing: ["a": Trouble(429, retryAfter: .seconds(600))])
        #expect(calls == ["a"] && outcome.retryableAt == clock.now.advanced(by: .seconds(600)))
        #expect(throws: Trouble.self) { try outcome.result.get() }
        #expect(alone.snapshot()[0].until == clock.now.advanced(by: .seconds(600)))
        #expect(alone.snapshot()[0].reason == .quotaExhausted && alone.snapshot()[0].since == clock.now)
        let (refused, none) = await request(alone, refusing: [:])
        #expect(none.isEmpty)
        let error = #expect(throws: AllBucketsExhaustedError.self) { try refused.result.get() }
        #expect(error?.retryAfter == clock.now.advanced(by: .seconds(600)))

        let two = try pool(["a", "b"], keys(["a", "b"]))
        let first = Task { await request(two, refusing: ["a": Trouble(429, retryAfter: .seconds(3))]) }
        await clock.waitForSleepers()
        let (_, others) = await request(two, refusing: [:])
        #expect(others == ["b"], "the first request waits for a; others do not call it meanwhile")
        clock.advance(by: .seconds(10))
        _ = await first.value
    }

    @Test("The error tells when the first bucket is free again, also where another one is of no use")
    func retryAfterBesideADeadBucket() async throws {
        let pool = try pool(["a", "b"], keys(["a"]))
        let (outcome, _) = await request(pool, refusing: ["a": Trouble(429, retryAfter: .seconds(60))])
        let error = #expect(throws: AllBucketsExhaustedError.self) { try outcome.result.get() }
        #expect(error?.retryAfter == clock.now.advanced(by: .seconds(60)))
        #expect(error?.bucketFailureReasons == ["a": .quotaExhausted, "b": .reauthFailed])
    }

    @Test("A bucket that is free again in a moment is waited for")
    func waitsInPlace() async throws {
        let pool = try pool(["a"], keys(["a"]))
        let used = try await pool.credential()
        pool.note(["RateLimit-Remaining": "0", "RateLimit-Reset": "4"], from: used)
        let waiting = Task { try await pool.credential() }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(4))
        #expect(try await waiting.value.bucket == "a")
    }

    @Test("`until` only grows, but by what a reply says of its window; a bucket is blocked while any window is")
    func windows() async throws {
        let pool = try pool(["a", "b"], keys(["a", "b"]))
        let used = try await pool.credential()
        pool.note(["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0s"], from: used)
        pool.note(["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "30s"], from: used)
        #expect(pool.snapshot()[0].until == clock.now.advanced(by: .seconds(60)))
        pool.note(["x-ratelimit-remaining-requests": "5"], from: used)
        #expect(pool.snapshot()[0].until == clock.now.advanced(by: .seconds(30)))
        #expect(pool.snapshot()[0].state == .coolingDown)
        #expect(try await pool.credential().bucket == "b")
    }

    @Test("Orders: most headroom, soonest reset, round robin")
    func orders() async throws {
        func first(_ order: BucketOrder, _ count: Int = 1) async throws -> [String] {
            let pool = try pool(["a", "b", "c"], keys(["a", "b", "c"]), options: BucketPoolOptions(order: order))
            for (bucket, left, reset) in [("a", 10, 50), ("b", 90, 40), ("c", 50, 5)] {
                let used = try await credential(of: bucket, pool)
                pool.note(
                    ["RateLimit-Limit": "100", "RateLimit-Remaining": "\(left)", "RateLimit-Reset": "\(reset)"],
                    from: used
                )
            }
            var found: [String] = []
            for _ in 0..<count { found.append(try await pool.credential().bucket) }
            return found
        }
        #expect(try await first(.profile) == ["a"])
        #expect(try await first(.mostHeadroom) == ["b"])
        #expect(try await first(.soonestReset) == ["c"])
        let turns = try await first(.roundRobin, 6)
        #expect(Set(turns[0..<3]) == ["a", "b", "c"] && turns[0..<3] == turns[3..<6])
    }

    private func credential(of bucket: String, _ pool: BucketPool) async throws -> BucketCredential {
        for _ in 0..<3 {
            let used = try await pool.credential()
            if used.bucket == bucket { return used }
        }
        return try await Self.named(bucket)
    }

    /// A credential by name alone: notes go by the name.
    private static func named(_ bucket: String) async throws -> BucketCredential {
        try await BucketPool("p", [Bucket(bucket)], source: APIKeys([bucket: "key"])).credential()
    }

    @Test("Two buckets of one name, a time-out of zero and a negative number of prompts are refused")
    func refusedArguments() {
        #expect(throws: InvalidArgument.self) { try BucketPool("p", ["a", "a"], source: APIKeys([:])) }
        #expect(throws: InvalidArgument.self) { try BucketPoolOptions(refreshTimeout: .zero) }
        #expect(throws: InvalidArgument.self) { try BucketPoolOptions(promptsPerRequest: -1) }
        #expect(throws: InvalidArgument.self) { try FailoverRules(waitInPlaceBelow: .seconds(-1)) }
        #expect(throws: InvalidArgument.self) { try FailoverRules(authRetryTimeout: .zero) }
    }
}

extension Retrier {
    convenience init(_ policy: RetryPolicy?, _ clock: ManualClock, _ pool: BucketPool) {
        self.init(
            policy ?? .default,
            classifier: .openAI,
            clock: clock,
            budget: nil,
            generator: SmallGenerator(seed: 1),
            failover: pool
        )
    }
}
