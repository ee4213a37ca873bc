import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("Failed operations", .timeLimit(.minutes(20)))
struct FailedOperationsTests {
    typealias Operations = FailedOperations<String>
    let clock = ManualClock()
    let store: InMemoryStore
    let failed: Operations

    init() {
        store = InMemoryStore(clock: clock)
        failed = FailedOperations("payments", on: store)
    }

    func operation(
        _ id: String,
        code: String = "RATE_LIMIT_EXCEEDED",
        context: String = "instant",
        attempts: Int = 3,
        verdict: Classification? = Classification(.rateLimited, rule: "test"),
        isAmbiguous: Bool = false,
        isRetryable: Bool = false
    ) -> FailedOperation<String> {
        FailedOperation(
            id: id,
            payload: "pay \(id)",
            code: code,
            classification: verdict,
            isAmbiguous: isAmbiguous,
            context: context,
            attempts: attempts,
            isRetryable: isRetryable,
            submittedAt: clock.now,
            failedAt: clock.now
        )
    }

    private func error(_ body: () async throws -> Any) async -> FailedOperationError? {
        do { _ = try await body() } catch { return error as? FailedOperationError }
        return nil
    }

    /// Brings one into a status on legal ways only.
    func stored(_ id: String, as status: FailedStatus) async throws {
        try await failed.insert(operation(id, isRetryable: ![.pendingReview, .cancelled].contains(status)))
        switch status {
        case .pendingReview, .retryable: break
        case .cancelled: try await failed.move(id, to: .cancelled, by: "ann")
        case .recovered: try await failed.recover(id, proof: "0xabc", by: "ann")
        case .retryInProgress: try await failed.redrive(id, by: "ann")
        case .retryScheduled: #expect(try await FailedSweep(failed, .deadLetters).once().redriven == 1)
        }
        #expect(try await failed.find(id)?.status == status)
    }

    // MARK: Transitions

    private static let legal: [FailedStatus: Set<FailedStatus>] = [
        .pendingReview: [.retryable, .retryInProgress, .cancelled, .recovered],
        .retryable: [.retryScheduled, .retryInProgress, .pendingReview, .cancelled, .recovered],
        .retryScheduled: [.retryInProgress, .retryable, .cancelled],
        .retryInProgress: [.recovered, .retryable, .pendingReview],
        .cancelled: [],
        .recovered: [],
    ]

    @Test("The transitions are those of the table, and no others", arguments: FailedStatus.allCases)
    func table(from: FailedStatus) { #expect(from.next == Self.legal[from]) }

    /// A person's commands reach these; the rest is the sweep's and the queue's.
    private static func byHand(_ from: FailedStatus, _ to: FailedStatus) -> Bool {
        switch (from, to) {
        case (.pendingReview, _): to != .retryScheduled
        case (.retryable, _): to != .retryScheduled
        case (.retryScheduled, _): to != .retryInProgress
        default: false
        }
    }

    @Test(
        "Every pair of states: an illegal transition is refused, says which are legal, and changes nothing",
        arguments: FailedStatus.allCases,
        FailedStatus.allCases
    )
    func everyPair(from: FailedStatus, to: FailedStatus) async throws {
        try await stored("p", as: from)
        let before = try await store.read(RecordKey("failed.payments", "p"))
        let queued = try await store.count(Scan("retry.payments.again"))
        let refusal = await error {
            switch to {
            case .recovered: try await failed.recover("p", proof: "0xdef", by: "bob")
            case .retryInProgress: try await failed.redrive("p", by: "bob", force: true)
            default: try await failed.move("p", to: to, by: "bob")
            }
        }
        let isLegal = Self.legal[from]?.contains(to) == true && Self.byHand(from, to)
        if isLegal {
            #expect(refusal == nil)
            #expect(try await failed.find("p")?.status == to)
            return
        }
        #expect(try await store.read(RecordKey("failed.payments", "p"))?.revision == before?.revision)
        #expect(try await store.count(Scan("retry.payments.again")) == queued)
        if from == .retryInProgress, to != .recovered, Self.legal[from]?.contains(to) == true {
            #expect(refusal == .inQueue(id: "p"))
        } else {
            #expect(refusal == .illegalTransition(id: "p", from: from, to: to))
            for status in from.next { #expect(refusal?.description.contains(status.rawValue) == true) }
        }
    }

    @Test(
        "One that was scheduled is taken out of its queue by the commit that cancels or withdraws it",
        arguments: [FailedStatus.cancelled, .retryable]
    )
    func takenOutOfTheQueue(to: FailedStatus) async throws {
        try await stored("p", as: .retryScheduled)
        #expect(try await store.count(Scan("retry.payments.again")) == 1)
        try await failed.move("p", to: to, by: "ann", note: "not needed")
        #expect(try await store.count(Scan("retry.payments.again")) == 0)
    }

    @Test("One whose item its queue has lost is the person's again")
    func lostItem() async throws {
        try await stored("p", as: .retryInProgress)
        try await store.commit(Batch([.delete(RecordKey("retry.payments.again", "p"), expect: .any)]))
        try await failed.move("p", to: .pendingReview, by: "ann")
        #expect(try await failed.find("p")?.status == .pendingReview)
    }

    @Test("What was not found, not allowed or not given is a typed error")
    func misuse() async throws {
        try await stored("p", as: .pendingReview)
        #expect(await error { try await failed.move("q", to: .retryable, by: "ann") } == .notFound("q"))
        #expect(await error { try await failed.move("", to: .retryable, by: "ann") } == .notFound(""))
        #expect(await error { try await failed.move("a\0b", to: .retryable, by: "ann") } == .notFound("a\0b"))
        await #expect(throws: InvalidArgument.self) { try await failed.move("p", to: .retryable, by: "") }
        await #expect(throws: InvalidArgument.self) { try await failed.recover("p", proof: "", by: "ann") }
        await #expect(throws: InvalidArgument.self) { try await failed.note("p", "", by: "ann") }
        await #expect(throws: InvalidArgument.self) {
            try await failed.redrive("p", by: "ann", after: .seconds(-1))
        }
        #expect(try await failed.find("p")?.status == .pendingReview)
    }

    @Test("A duplicate returns the one that is there and changes nothing")
    func duplicate() async throws {
        try await failed.insert(operation("p", code: "FIRST"))
        let held = try await failed.insert(operation("p", code: "SECOND"))
        #expect(held.code == "FIRST")
        #expect(try await failed.count() == 1)
    }

    @Test("P11: marked as recovered it has the proof, the person and the time, and its trail says who did what")
    func recovered() async throws {
        try await failed.insert(operation("p"))
        clock.advance(by: .seconds(60))
        try await failed.note("p", "asked the bank", by: "bob")
        try await failed.recover("p", proof: "0xabc", by: "ann", note: "paid by hand")
        let found = try #require(try await failed.find("p"))
        #expect(found.recovery?.kind == .manual)
        #expect(found.recovery?.by == "ann")
        #expect(found.recovery?.at == clock.now)
        #expect(found.recovery?.proof == "0xabc")
        #expect(found.notes.map(\.text) == ["asked the bank", "paid by hand"])
        #expect(found.notes.map(\.who) == ["bob", "ann"])
        #expect(found.updatedAt == clock.now)
        let trail = try await failed.trail(of: "p").map(\.entry)
        #expect(trail.map(\.action) == ["note", "recover"])
        #expect(trail.last?.from == "failed_pending_review")
        #expect(trail.last?.to == "recovered")
    }

    @Test("Two people at once: both notes are kept, and one transition comes second")
    func together() async throws {
        try await failed.insert(operation("p"))
        await withTaskGroup { group in
            for number in 0..<20 {
                group.addTask { _ = try? await failed.note("p", "note \(number)", by: "ann") }
            }
        }
        #expect(try await failed.trail(of: "p").count == 20)
        #expect(try await failed.find("p")?.notes.count == 20)
        let refusals = await withTaskGroup(of: FailedOperationError?.self) { group in
            for _ in 0..<8 { group.addTask { await error { try await failed.redrive("p", by: "ann") } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(try await failed.find("p")?.redrives == 1)
        #expect(try await store.count(Scan("retry.payments.again")) == 1)
    }

    // MARK: Queries

    @Test("P10: any combination of status, code, context and age is found, oldest first, in pages, and counted")
    func queries() async throws {
        let codes = [
            "A", "B", "with space", String(repeating: "x", count: 300), String(repeating: "x", count: 300) + "y",
        ]
        var all: [FailedOperation<String>] = []
        for number in 0..<60 {
            clock.advance(by: .seconds(1))
            let code = codes[number % codes.count]
            let one = operation(
                "id-\(60 - number)",
                code: code,
                context: number % 2 == 0 ? "" : "batch",
                isRetryable: number % 3 == 0
            )
            all.append(one)
            try await failed.insert(one)
        }
        let middle = all[30].failedAt
        for status in [nil, FailedStatus.retryable, .pendingReview, .recovered] {
            for code in [nil] + codes.map(Optional.some) {
                for context in [nil, "", "batch", "other"] {
                    for (since, until) in [(nil, nil), (middle, nil), (nil, middle)] as [(Timestamp?, Timestamp?)] {
                        let query = Operations.Query(
                            status: status,
                            code: code,
                            context: context,
                            since: since,
                            until: until
                        )
                        let expected = all.filter {
                            (status == nil || $0.status == status) && (code == nil || $0.code == code)
                                && (context == nil || $0.context == context)
                                && (since == nil || $0.failedAt >= middle)
                                && (until == nil || $0.failedAt < middle)
                        }
                        var found: [String] = []
                        var cursor: Operations.Cursor?
                        repeat {
                            let page = try await failed.list(query, after: cursor, limit: 7)
                            found += page.operations.map(\.id)
                            cursor = page.next
                        } while cursor != nil
                        #expect(found == expected.map(\.id))
                        #expect(try await failed.count(query) == expected.count)
                    }
                }
            }
        }
    }

    @Test("A record that cannot be read is named, and hides no other")
    func unreadable() async throws {
        try await failed.insert(operation("a"))
        clock.advance(by: .seconds(1))
        try await failed.insert(operation("b"))
        clock.advance(by: .seconds(1))
        try await failed.insert(operation("c"))
        let key = RecordKey("failed.payments", "b")
        let tags = try #require(try await store.read(key)).tags
        try await store.commit(Batch([.put(key, ["not": "one"], expect: .any, tags: tags)]))
        let page = try await failed.list()
        #expect(page.operations.map(\.id) == ["a", "c"])
        #expect(page.unreadable == ["b"])
        #expect(try await failed.statistics(since: .distantPast).unreadable == 1)
    }

    @Test("The statistics count by code and context, by attempts, and what was recovered by whom")
    func statistics() async throws {
        try await failed.insert(operation("old", code: "OLD"))
        clock.advance(by: .seconds(10))
        let start = clock.now
        try await failed.insert(operation("a", code: "A", attempts: 1))
        try await failed.insert(operation("b", code: "A", context: "batch", attempts: 3))
        try await failed.insert(operation("c", code: "B", attempts: 3))
        try await failed.recover("a", proof: "x", by: "ann")
        let found = try await failed.statistics(since: start)
        #expect(found.total == 3)
        #expect(found.byCode == ["A": ["instant": 1, "batch": 1], "B": ["instant": 1]])
        #expect(found.byAttempts == [1: 1, 3: 2])
        #expect(found.byStatus == ["recovered": 1, "failed_pending_review": 2])
        #expect(found.recoveredManually == 1)
        #expect(found.recoveredAutomatically == 0)
        #expect(abs(found.recoveryRate - 1.0 / 3) < 1e-9)
        #expect(FailedStatistics().recoveryRate == 0)
    }

    // MARK: Sweeps

    @Test("S25: a dead letter of 25 h goes to a person, a transient one of 1 h is retried, a permanent one stays")
    func deadLetters() async throws {
        try await failed.insert(operation("old", isRetryable: true))
        clock.advance(by: .seconds(24 * 3_600))
        try await failed.insert(operation("fresh", isRetryable: true))
        try await failed.insert(operation("permanent", verdict: Classification(.permanent, rule: "test")))
        let untouched = try await failed.find("permanent")?.updatedAt
        clock.advance(by: .seconds(3_600))
        let report = try await FailedSweep(failed, .deadLetters).once()
        #expect((report.redriven, report.reviewed, report.archived) == (1, 1, 0))
        #expect(try await failed.find("old")?.status == .pendingReview)
        #expect(try await failed.find("fresh")?.status == .retryScheduled)
        #expect(try await failed.find("permanent")?.status == .pendingReview)
        #expect(try await failed.find("permanent")?.updatedAt == untouched)
    }

    @Test("A sweep brings back at most ten a second, and nothing that changed within the hour")
    func rate() async throws {
        for number in 0..<45 { try await failed.insert(operation("p\(number)", isRetryable: true)) }
        #expect(try await FailedSweep(failed, .payments).once().redriven == 0)
        clock.advance(by: .seconds(3_600))
        var options = FailedSweepOptions.payments
        options.seed = 7
        #expect(try await FailedSweep(failed, options).once().redriven == 45)
        let dues = try await store.scan(Scan("retry.payments.again", by: .due(through: .distantFuture))).compactMap(
            \.due
        )
        #expect(dues.count == 45)
        for (index, due) in dues.enumerated() {
            let slot = clock.now.advanced(by: .milliseconds(100 * index))
            #expect(due >= slot && due < slot.advanced(by: .milliseconds(100)))
        }
        // In no second more than ten.
        #expect(zip(dues, dues.dropFirst()).allSatisfy { $0.duration(to: $1) == .milliseconds(100) })
    }

    @Test("Eight sweeps at once bring each back once")
    func sweepsTogether() async throws {
        for number in 0..<40 { try await failed.insert(operation("p\(number)", isRetryable: true)) }
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await FailedSweep(failed, .deadLetters).once().redriven } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.reduce(0, +) == 40)
        for number in 0..<40 { #expect(try await failed.find("p\(number)")?.redrives == 1) }
    }

    @Test("What was dealt with 90 days ago is put away; what was not stays")
    func archive() async throws {
        try await stored("done", as: .recovered)
        try await stored("off", as: .cancelled)
        try await stored("open", as: .pendingReview)
        clock.advance(by: .seconds(90 * 86_400))
        #expect(try await FailedSweep(failed, .payments).once().archived == 0)
        clock.advance(by: .microseconds(1))
        #expect(try await FailedSweep(failed, .payments).once().archived == 2)
        #expect(try await failed.list().operations.map(\.id) == ["open"])
        #expect(try await store.count(Scan("failed.payments.archive")) == 2)
    }

    @Test("Options out of range are refused by name")
    func options() {
        func field(_ change: (inout FailedSweepOptions) -> Void) -> String? {
            var options = FailedSweepOptions.payments
            change(&options)
            do { _ = try FailedSweep(failed, options) } catch { return error.field }
            return nil
        }
        #expect(field { $0.interval = .zero } == "interval")
        #expect(field { $0.minimumAge = .seconds(-1) } == "minimumAge")
        #expect(field { $0.redrives = 0 } == "redrives")
        #expect(field { $0.perSecond = 0 } == "perSecond")
        #expect(field { $0.perSecond = .max } == "perSecond")
        #expect(field { $0.most = 0 } == "most")
        #expect(field { $0.reviewAfter = .zero } == "reviewAfter")
        #expect(field { $0.archiveAfter = .zero } == "archiveAfter")
        #expect(field { _ in } == nil)
    }
}
