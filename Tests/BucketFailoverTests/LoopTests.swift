import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// A handler that answers what a test wants, and notes what it was asked.
final class Script: FailoverSource, FailoverHandler {
    struct Notes {
        var sessions = 0
        var resets = 0
        var contexts: [FailoverContext] = []
        var refusals: [FailoverContext] = []
        /// What it was told and asked, with the status, in order.
        var log: [String] = []
    }

    let notes = Mutex(Notes())
    let names: [String]
    let answers: Bool
    let reasons: [String: FailoverReason]
    let given: FailoverRules

    init(
        _ names: [String] = ["bucket1", "bucket2", "bucket3"],
        answers: Bool = true,
        reasons: [String: FailoverReason] = [:],
        rules: FailoverRules = .standard
    ) {
        (self.names, self.answers, self.reasons, given) = (names, answers, reasons, rules)
    }

    var buckets: [String] { names }
    var rules: FailoverRules { given }
    var lastFailoverReasons: [String: FailoverReason] { reasons }
    var contexts: [FailoverContext] { notes.withLock { $0.contexts } }

    func session() -> any FailoverHandler {
        notes.withLock { $0.sessions += 1 }
        return self
    }

    func resetSession() { notes.withLock { $0.resets += 1 } }

    private func note(_ what: String, _ context: FailoverContext, _ change: (inout Notes) -> Void = { _ in }) {
        notes.withLock { notes in
            notes.log.append("\(what) \(context.triggeringStatus ?? 0)")
            change(&notes)
        }
    }

    func attemptFailed(_ error: any Error, _ context: FailoverContext) { note("failed", context) }

    func limitReached(_ context: FailoverContext) { note("limit", context) }

    func authenticationFailed(_ context: FailoverContext) async {
        note("refused", context) { $0.refusals.append(context) }
    }

    func tryFailover(_ context: FailoverContext) async throws -> Bool {
        note("failover", context) { $0.contexts.append(context) }
        return answers
    }
}

@Suite("The retry loop fails over", .timeLimit(.minutes(20)))
struct LoopTests {
    let clock = ManualClock()

    func retrier(
        _ source: any FailoverSource,
        attempts: Int? = nil,
        isIdempotent: Bool = false,
        observer: (any Observer)? = nil
    ) throws -> Retrier {
        Retrier(
            try .immediate(attempts, isIdempotent: isIdempotent),
            classifier: .openAI,
            clock: clock,
            budget: nil,
            generator: SmallGenerator(seed: 1),
            observer: observer,
            failover: source
        )
    }

    /// Throws what stands at the attempt's place; succeeds after the last.
    func run(_ retrier: Retrier, _ statuses: [Int?]) async throws -> Int {
        try await retrier.run { attempt in
            guard attempt.number > statuses.count else {
                throw statuses[attempt.number - 1].map { Trouble($0) } ?? Trouble(nil, code: "ECONNREFUSED")
            }
            return attempt.number
        }
    }

    @Test("I1, SM03, C13: The session is reset before the first attempt, and again on success; one for each request")
    func resets() async throws {
        let script = Script()
        let retrier = try retrier(script)
        try await retrier.run { _ in #expect(script.notes.withLock { $0.resets } == 1) }
        #expect(script.notes.withLock { $0.resets } == 2)
        try await retrier.run { _ in try await retrier.run { _ in } }
        #expect(script.notes.withLock { $0.sessions } == 2, "a call inside shares the session")
        #expect(script.notes.withLock { $0.resets } == 4)
    }

    @Test("C14: A request that ends in exhaustion does not reset again")
    func exhaustionKeeps() async throws {
        let script = Script(answers: false)
        let retrier = try retrier(script)
        await #expect(throws: AllBucketsExhaustedError.self) { try await run(retrier, [402]) }
        #expect(script.notes.withLock { $0.resets } == 1)
    }

    @Test("I2, RO01, C1: The second 429 in a row fails over, and tells its status and the time to log in")
    func second429() async throws {
        let script = Script()
        let number = try await run(try retrier(script), [429, 429])
        #expect(number == 3)
        #expect(script.contexts.map(\.triggeringStatus) == [429])
        #expect(script.contexts.map(\.authRetryTimeout) == [.seconds(30)])
    }

    @Test("I3, I4, RO05, ER01: Exhaustion carries the reasons")
    func exhausted() async throws {
        let reasons: [String: FailoverReason] = [
            "bucket1": .quotaExhausted, "bucket2": .expiredRefreshFailed, "bucket3": .noToken,
        ]
        let retrier = try retrier(Script(answers: false, reasons: reasons))
        let error = try #require(
            await #expect(throws: AllBucketsExhaustedError.self) { try await run(retrier, [429, 429]) }
        )
        #expect(error.bucketFailureReasons == reasons)
        #expect(error.lastError as? Trouble == Trouble(429))
        #expect(error.attempts == 2 && error.status == 429)
        for (bucket, reason) in reasons { #expect(error.description.contains("\(bucket): \(reason.rawValue)")) }
        #expect(error.bucketsNeedingLogin == ["bucket2"])
    }

    /// What a handler must have, and nothing else.
    private final class Bare: FailoverSource, FailoverHandler {
        var buckets: [String] { [] }
        func session() -> any FailoverHandler { self }
        func resetSession() {}
        func tryFailover(_ context: FailoverContext) async throws -> Bool { throw Vault.Refused() }
    }

    @Test("I5, E4, IC01: A handler without reasons works, and one that throws counts as a no")
    func bare() async throws {
        let retrier = try retrier(Bare())
        let error = await #expect(throws: AllBucketsExhaustedError.self) { try await run(retrier, [402]) }
        #expect(error?.bucketFailureReasons == [:])
        #expect(error?.description.contains("(buckets: none)") == true)
    }

    @Test("I8, I9: The time to log in is that of the source, or of the rules of this task")
    func authTimeout() async throws {
        let script = Script(rules: try FailoverRules(authRetryTimeout: .milliseconds(250)))
        let retrier = try retrier(script)
        _ = try await run(retrier, [429, 429])
        try await FailoverRules.$ofThisTask.withValue(FailoverRules(authRetryTimeout: .milliseconds(125))) {
            _ = try await run(retrier, [401, 401])
        }
        #expect(script.contexts.map(\.authRetryTimeout) == [.milliseconds(250), .milliseconds(125)])
    }

    @Test("C2, RO02: 402 fails over at once; C4, C5, RO03: the second 401 or 403 in a row does")
    func triggers() async throws {
        for (statuses, asked) in [
            ([402], 1), ([401, 401], 1), ([403, 403], 1), ([429], 0), ([401], 0), ([401, 429, 401], 0),
        ] as [([Int?], Int)] {
            let script = Script()
            _ = try await run(try retrier(script, attempts: 6), statuses)
            #expect(script.contexts.count == asked, "\(statuses)")
        }
    }

    @Test("D1, D2, D11, D5: The first refusal is told to the handler, and tried once more")
    func refusal() async throws {
        for status in [401, 403] {
            let script = Script()
            #expect(try await run(try retrier(script), [status]) == 2)
            #expect(script.notes.withLock { $0.refusals.map(\.triggeringStatus) } == [status])
        }
    }

    @Test("D3: With one attempt the handler is not told; D10, D13: without a handler a refusal is final")
    func noAttemptLeft() async throws {
        let script = Script()
        let one = try retrier(script, attempts: 1)
        await #expect(throws: Trouble(401)) { try await run(one, [401]) }
        #expect(script.notes.withLock { $0.refusals.isEmpty })
        let plain = Retrier(try .immediate(6), classifier: .openAI, clock: clock)
        for status in [400, 403, 404, 422] {
            let calls = Calls()
            await #expect(throws: Trouble(status)) {
                try await plain.run { _ in
                    calls.add("")
                    throw Trouble(status)
                }
            }
            #expect(calls.count == 1)
        }
    }

    @Test("C10: One 429 asks nobody, also where the answer would be no")
    func single429() async throws {
        let script = Script(answers: false)
        #expect(try await run(try retrier(script), [429]) == 2)
    }

    @Test("C15, C16, C17, C18, C20: Network and server errors fail over only where that is turned on, from the second in a row")
    func serverErrors() async throws {
        for (covers, statuses, asked) in [
            (false, [500, 500], 0), (true, [500, 500], 1), (true, [nil, nil], 1), (true, [nil], 0), (true, [500], 0),
            (true, [500, 429, 500], 0),
        ] as [(Bool, [Int?], Int)] {
            let script = Script(rules: try FailoverRules(coversServerErrors: covers))
            _ = try await run(try retrier(script, attempts: 6, isIdempotent: true), statuses)
            #expect(script.contexts.count == asked, "\(statuses)")
            if asked == 1 { #expect(script.contexts[0].triggeringStatus == statuses[0]) }
        }
        let none = Script(answers: false, rules: try FailoverRules(coversServerErrors: true))
        let retrier = try retrier(none, attempts: 6, isIdempotent: true)
        await #expect(throws: AllBucketsExhaustedError.self) { try await run(retrier, [nil, nil, nil]) }
    }

    @Test("C24: A switch grants no attempt; on the last one the handler is still asked and the error itself is thrown")
    func attemptsCount() async throws {
        let script = Script()
        let retrier = try retrier(script, attempts: 3)
        await #expect(throws: Trouble(402)) { try await run(retrier, Array(repeating: 402, count: 9)) }
        #expect(script.contexts.count == 3)
        let outcome = await retrier.outcome { _ in throw Trouble(402) }
        #expect(outcome.attempts.count == 3 && outcome.stop == .attemptsUsedUp)
    }

    @Test("With a source there are at least two attempts for each bucket, unless a number is set")
    func budget() throws {
        let script = Script(["1", "2", "3", "4"])
        #expect(try retrier(script).policy.attempts == 8)
        #expect(try retrier(script, attempts: 2).policy.attempts == 2)
        #expect(try retrier(Script(["1"])).policy.attempts == 3)
        #expect(Retrier(.apiRequest, classifier: .openAI, failover: script).policy.attempts == 6)
    }

    @Test(
        "E-11: A used-up quota does not wait: it fails over, and without a handler it is final",
        arguments: ["insufficient_quota", "billing_hard_limit_reached"]
    )
    func terminalQuota(code: String) async throws {
        let script = Script()
        try await retrier(script).run { attempt in
            if attempt.number == 1 { throw Trouble(429, code: code) }
        }
        #expect(script.contexts.count == 1)
        let plain = Retrier(try .immediate(6), classifier: .openAI, clock: clock)
        let calls = Calls()
        await #expect(throws: Trouble.self) {
            try await plain.run { _ in
                calls.add("")
                throw Trouble(429, code: code)
            }
        }
        #expect(calls.count == 1)
    }

    @Test("C11: A handler is found where the retrier was given its source, and nowhere else")
    func sourceIsGiven() async throws {
        let (given, other) = (Script(), Script())
        _ = try await run(try retrier(given), [402])
        try await retrier(other).run { _ in _ = try await run(try retrier(given), []) }
        #expect(given.contexts.count == 1 && other.contexts.isEmpty)
    }

    @Test("C21, C22, C23: The first 429 is waited out, after a switch there is no wait, nor is there after exhaustion")
    func waits() async throws {
        let policy = try RetryPolicy(attempts: 6, backoff: .constant(.seconds(1)), throttledBackoff: .none, jitter: .none)
        for answers in [true, false] {
            let observer = RecordingObserver()
            let retrier = Retrier(
                policy,
                classifier: .openAI,
                clock: clock,
                budget: nil,
                observer: observer,
                failover: Script(answers: answers)
            )
            let running = Task { try await run(retrier, [429, 429]) }
            await clock.waitForSleepers()
            clock.advance(by: .seconds(1))
            if answers {
                #expect(try await running.value == 3)
            } else {
                await #expect(throws: AllBucketsExhaustedError.self) { try await running.value }
            }
            let waits = observer.events.filter { $0.kind == .retryScheduled }.map { $0.attributes["delay"] ?? "" }
            #expect(waits.count == (answers ? 2 : 1) && waits.first?.hasPrefix("1") == true)
            if answers { #expect(waits[1].hasPrefix("0"), "\(waits)") }
        }
    }

    /// Is told of a refusal and never comes back.
    private final class Hanging: FailoverSource, FailoverHandler {
        let told = Signal()
        var buckets: [String] { [] }
        func session() -> any FailoverHandler { self }
        func resetSession() {}
        func tryFailover(_ context: FailoverContext) async throws -> Bool { false }
        func authenticationFailed(_ context: FailoverContext) async {
            told.ring()
            await Gate().wait()
        }
    }

    @Test("D6: A cancelled request does not wait for a handler of refusals that hangs")
    func hangingRefusal() async throws {
        let hanging = Hanging()
        let retrier = try retrier(hanging)
        let calls = Calls()
        let request = Task {
            try await retrier.run { _ in
                calls.add("")
                throw Trouble(401)
            }
        }
        await hanging.told.wait()
        request.cancel()
        await #expect(throws: CancellationError.self) { try await request.value }
        #expect(calls.count == 1)
    }

    @Test("A 429 that asks for a longer wait than is waited in place fails over at once")
    func longWait() async throws {
        let script = Script()
        try await retrier(script).run { attempt in
            if attempt.number == 1 { throw Trouble(429, retryAfter: .seconds(6)) }
        }
        #expect(script.contexts.count == 1)
    }

    @Test("BWC04, E7: One bucket is not left for another, but its credential may be mended")
    func oneBucket() async throws {
        let script = Script(["only"])
        let retrier = try retrier(script, attempts: 5)
        _ = try await run(retrier, [429, 429, 429])
        #expect(script.contexts.isEmpty)
        _ = try await run(retrier, [401, 401])
        #expect(script.contexts.count == 1)
    }

    /// Never answers.
    private final class Silent: FailoverSource, FailoverHandler {
        let asked = Signal()
        var buckets: [String] { [] }
        func session() -> any FailoverHandler { self }
        func resetSession() {}
        func tryFailover(_ context: FailoverContext) async throws -> Bool {
            asked.ring()
            await Signal().ignoringCancellation()
            return true
        }
    }

    @Test("C26: A cancelled request does not wait for a handler that never answers")
    func silentHandler() async throws {
        let silent = Silent()
        let retrier = try retrier(silent)
        let calls = Calls()
        let request = Task {
            try await retrier.run { _ in
                calls.add("")
                throw Trouble(402)
            }
        }
        await silent.asked.wait()
        request.cancel()
        await #expect(throws: CancellationError.self) { try await request.value }
        #expect(calls.count == 1)
    }
}
