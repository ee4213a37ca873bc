import BucketFailover
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// One session over a pool, asked without a retrier.
@Suite("A session fails over", .timeLimit(.minutes(20)))
struct HandlerTests {
    let clock = ManualClock()

    func pool(
        _ vault: Vault,
        _ buckets: [Bucket] = ["a", "b", "c"],
        startingWith current: String? = nil,
        options: BucketPoolOptions = .standard,
        observer: (any Observer)? = nil
    ) throws -> BucketPool {
        try BucketPool(
            "p",
            buckets,
            source: vault,
            options: options,
            startingWith: current,
            clock: clock,
            generator: SmallGenerator(seed: 1),
            observer: observer
        )
    }

    func vault(_ names: [String]) -> Vault {
        Vault(Dictionary(uniqueKeysWithValues: names.map { ($0, clock.valid("secret-\($0)")) }))
    }

    let refused = FailoverContext(triggeringStatus: 401)
    let other = FailoverContext()

    @Test("F01, F02, SM06: It begins with the first bucket, or with the one that was kept")
    func begins() throws {
        #expect(try pool(vault([])).currentBucket == "a")
        #expect(try pool(vault([]), startingWith: "b").currentBucket == "b")
        #expect(try pool(vault([]), startingWith: "gone").currentBucket == "a")
    }

    @Test("F04, FL03, FL13, F24, F28: The first bucket in order with a valid token is used from now on")
    func switches() async throws {
        let vault = vault(["a", "c"])
        let pool = try pool(vault)
        #expect(try await pool.session().tryFailover(other))
        #expect(pool.currentBucket == "c")
        await pool.settled()
        #expect(vault.choices == ["c"])
        let all = try self.pool(self.vault(["a", "b", "c"]))
        #expect(try await all.session().tryFailover(other))
        #expect(all.currentBucket == "b")
    }

    @Test("F05, F07, FL11, INV-1: With a token on no other bucket the answer is no and nothing moves")
    func nothingElse() async throws {
        for (only, start) in [("a", "a"), ("b", "b")] {
            let pool = try pool(vault([only]), startingWith: start)
            let session = pool.session()
            #expect(try await session.tryFailover(other) == false)
            #expect(pool.currentBucket == start)
            #expect(Set(session.lastFailoverReasons.keys) == ["a", "b", "c"])
        }
    }

    @Test(
        "F09, F27, BR-2: A session uses each bucket once; resetSession() forgets what was tried and nothing else (F11)"
    )
    func eachOnce() async throws {
        let pool = try pool(vault(["a", "b", "c"]))
        let session = pool.session()
        #expect(try await session.tryFailover(other))
        #expect(pool.currentBucket == "b")
        #expect(try await session.tryFailover(other))
        #expect(pool.currentBucket == "c")
        #expect(try await session.tryFailover(other) == false)
        #expect(session.lastFailoverReasons.values.allSatisfy { $0 == .skipped })
        session.resetSession()
        #expect(pool.currentBucket == "c")
        #expect(try await session.tryFailover(other))
    }

    @Test("F12, F14, SM05: reset() goes back to the first bucket")
    func reset() async throws {
        let vault = vault(["a", "b"])
        let pool = try pool(vault)
        #expect(try await pool.session().tryFailover(other))
        await pool.settled()
        await pool.reset()
        #expect(pool.currentBucket == "a")
        #expect(vault.choices == ["b", "a"])
    }

    @Test("F15, F-S4, FL15: Without buckets the answer is no, and nothing is chosen")
    func zeroBuckets() async throws {
        let vault = vault([])
        let pool = try pool(vault, [])
        await pool.reset()
        #expect(pool.currentBucket == nil)
        #expect(try await pool.session().tryFailover(other) == false)
        await #expect(throws: AllBucketsExhaustedError.self) { try await pool.credential() }
        #expect(vault.choices.isEmpty)
    }

    @Test("F16, CL01: A bucket that answered 429 or 402 is quota-exhausted", arguments: [429, 402])
    func quota(status: Int) async throws {
        let session = try pool(vault([])).session()
        #expect(try await session.tryFailover(FailoverContext(triggeringStatus: status)) == false)
        #expect(session.lastFailoverReasons["a"] == .quotaExhausted)
    }

    @Test("F17: A refused token that is valid by its date is expired-refresh-failed", arguments: [401, 403])
    func refusedToken(status: Int) async throws {
        let pool = try pool(vault(["a", "b"]))
        let session = pool.session()
        #expect(try await session.tryFailover(FailoverContext(triggeringStatus: status)))
        #expect(session.lastFailoverReasons == ["a": .expiredRefreshFailed])
        #expect(pool.currentBucket == "b")
    }

    @Test("F19, CL07, EC04, PE01: An expired token that can be refreshed mends the bucket itself")
    func refreshedInPlace() async throws {
        let vault = Vault(["a": clock.expired("old"), "b": clock.valid("b")]) { [clock] _, _ in clock.valid("new") }
        let pool = try pool(vault)
        let session = pool.session()
        #expect(try await session.tryFailover(refused))
        #expect(pool.currentBucket == "a")
        #expect(session.lastFailoverReasons.isEmpty)
        #expect(vault.refreshes == ["a"])
    }

    @Test("F20, F21, F30, CL03, CL04, EC02: No token, or one that cannot be read, is no-token")
    func noToken() async throws {
        for breaks in [false, true] {
            let vault = vault(["c"])
            if breaks { for bucket in ["a", "b"] { vault.breakReading(of: bucket) } }
            let pool = try pool(vault)
            let session = pool.session()
            #expect(try await session.tryFailover(refused))
            #expect(session.lastFailoverReasons == ["a": .noToken, "b": .noToken])
            #expect(pool.currentBucket == "c")
        }
    }

    @Test("F25, FL04, FL05, FL17: An expired candidate is refreshed and used")
    func refreshedCandidate() async throws {
        let vault = Vault(["b": clock.expired("old")]) { [clock] _, _ in clock.valid("new") }
        let pool = try pool(vault)
        #expect(try await pool.session().tryFailover(refused))
        #expect(pool.currentBucket == "b")
        #expect(try await pool.credential().token == "new")
    }

    @Test("F31, F32, F38, FL07, FL08: Where nothing works one bucket is logged in to, and used")
    func logsIn() async throws {
        for stored in [[:], ["a": clock.expired("1"), "b": clock.expired("2")]] {
            let vault = Vault(stored, onLogin: { [clock] bucket, vault in vault.store(clock.valid("new"), bucket) })
            let pool = try pool(vault)
            #expect(try await pool.session().tryFailover(refused))
            #expect(vault.logins == ["b"])
            #expect(pool.currentBucket == "b")
            #expect(try await pool.credential().token == "new")
        }
    }

    @Test("F34, F35, FL09, FL10, INV-2: A login that fails, or leaves no token, is reauth-failed and ends the call")
    func loginFails() async throws {
        for leavesNothing in [true, false] {
            let vault = Vault([:], onLogin: { _, _ in if !leavesNothing { throw Vault.Refused() } })
            let session = try pool(vault).session()
            #expect(try await session.tryFailover(refused) == false)
            #expect(session.lastFailoverReasons["b"] == .reauthFailed)
            #expect(vault.logins == ["b"])
            #expect(try await session.tryFailover(refused) == false)
            #expect(vault.logins == ["b"], "one prompt a request (BR-3)")
        }
    }

    @Test("F39: One bucket alone can be logged in to")
    func oneBucket() async throws {
        let vault = Vault(
            ["a": clock.expired("1")],
            onLogin: { [clock] bucket, vault in vault.store(clock.valid("2"), bucket) }
        )
        let pool = try pool(vault, ["a"])
        #expect(try await pool.session().tryFailover(refused))
        #expect(vault.logins == ["a"])
    }

    @Test(
        "F48, FR05: A login that takes too long is reauth-timeout; what comes later changes nothing; the next one asks again"
    )
    func loginHangs() async throws {
        let gate = Signal()
        let vault = Vault(
            [:],
            onLogin: { [clock] bucket, vault in
                guard vault.logins.count == 1 else { throw Vault.Refused() }
                await gate.ignoringCancellation()
                vault.store(clock.valid("late"), bucket)
            }
        )
        let pool = try pool(vault, ["a", "b"])
        let session = pool.session()
        let hurried = FailoverContext(triggeringStatus: 401, authRetryTimeout: .milliseconds(100))
        let asking = Task { try await session.tryFailover(hurried) }
        while vault.logins.isEmpty || clock.nextWake != clock.now.advanced(by: .milliseconds(100)) {
            await Task.yield()
        }
        clock.advance(by: .milliseconds(100))
        #expect(try await asking.value == false)
        #expect(session.lastFailoverReasons["b"] == .reauthTimeout)
        #expect(pool.currentBucket == "a")
        #expect(pool.snapshot().allSatisfy { $0.generation == 0 && $0.state == .unknown })
        let next = pool.session()
        #expect(try await next.tryFailover(hurried) == false)
        #expect(next.lastFailoverReasons["b"] == .reauthFailed)
        #expect(vault.logins.count == 2)
        gate.ring()
        for _ in 0..<100 { await Task.yield() }
        #expect(pool.snapshot().allSatisfy { $0.generation == 0 })
    }

    @Test("F-S1, CL08, EC01: A token that does not say when it ends is refreshed")
    func missingExpiry() async throws {
        let vault = Vault(["a": Credential(token: "1", expiresAt: nil)]) { [clock] _, _ in clock.valid("2") }
        let pool = try pool(vault)
        #expect(try await pool.credential().token == "2")
        #expect(vault.refreshes == ["a"])
    }

    @Test("F-S2, FL18: A token is used up to its last second")
    func nearExpiry() async throws {
        let vault = Vault(["a": clock.valid("1", for: .seconds(1))])
        #expect(try await pool(vault).credential().token == "1")
        #expect(vault.refreshes.isEmpty)
    }

    @Test("F-S3, FL14: That a choice cannot be kept is an event, and the switch counts")
    func choiceFails() async throws {
        let vault = Vault(["b": clock.valid("b")], forgetsChoices: true)
        let observer = RecordingObserver()
        let pool = try pool(vault, observer: observer)
        #expect(try await pool.session().tryFailover(refused))
        #expect(pool.currentBucket == "b")
        await pool.settled()
        #expect(observer.count(.bucketChoiceFailed) == 1)
    }

    @Test("CL09, INV-4, F23: Reasons describe the last call, and are a copy")
    func reasonsAreFresh() async throws {
        let vault = vault(["b"])
        let session = try pool(vault).session()
        #expect(try await session.tryFailover(refused))
        var copy = session.lastFailoverReasons
        copy["a"] = .skipped
        #expect(session.lastFailoverReasons == ["a": .noToken])
        #expect(try await session.tryFailover(FailoverContext(triggeringStatus: 429)) == false)
        #expect(session.lastFailoverReasons["a"] == .skipped)
        #expect(session.lastFailoverReasons["b"] == .quotaExhausted)
    }

    @Test(
        "A call that is cancelled half way, in a refresh or a login, leaves nothing behind",
        arguments: ["refresh", "login"]
    )
    func cancelledHalfWay(place: String) async throws {
        let gate = Gate()
        let stored = place == "refresh" ? ["a": clock.valid("a"), "b": clock.expired("b")] : ["a": clock.valid("a")]
        let vault = Vault(
            stored,
            onRefresh: { _, _ in
                await gate.wait()
                throw Vault.Refused()
            },
            onLogin: { _, _ in
                await gate.wait()
                throw Vault.Refused()
            }
        )
        let pool = try pool(vault)
        #expect(try await pool.credential().bucket == "a")
        let before = pool.snapshot()
        let session = pool.session()
        // The service is down; that is not the fault of the bucket.
        let asking = Task { try await session.tryFailover(FailoverContext(triggeringStatus: 503)) }
        while pool.waiterCount == 0 { await Task.yield() }
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
        #expect(pool.waiterCount == 0)
        #expect(session.lastFailoverReasons.isEmpty)
        gate.open()
        while pool.snapshot().contains(where: { $0.state == .renewing }) { await Task.yield() }
        #expect(pool.snapshot() == before)
        #expect(vault.choices.isEmpty)
    }

    @Test("A cancelled call changes nothing")
    func cancelled() async throws {
        let pool = try pool(vault(["a", "b"]))
        let before = pool.snapshot()
        let session = pool.session()
        let asking = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await session.tryFailover(FailoverContext(triggeringStatus: 429))
        }
        await #expect(throws: CancellationError.self) { try await asking.value }
        #expect(pool.snapshot() == before)
        #expect(session.lastFailoverReasons.isEmpty)
    }
}
