#if SQLite
import ErrorClassification
import Foundation
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import SQLiteStore
import Synchronization
import Testing

@Suite struct FailedTransactionsViewTests {
    private struct Payment: Codable, Sendable {
        var apiID = "api-1"
        var fromCurrency = "eth"
        var fromNetwork = "mainnet"
        var amount = "0.001234"
        var payinAddress = "0x12ab"
    }

    private static let columns = [
        "id", "unique_id", "cn_api_id", "from_currency", "from_network", "from_amount", "payin_address", "context",
        "error_code", "error_message", "last_error_details", "attempt_count", "last_attempt_timestamp", "status",
        "retry_count", "last_retry_attempt", "recovery_tx_hash", "recovered_at", "recovered_by", "admin_notes",
        "created_at", "updated_at",
    ]

    private func failed(_ id: String, at now: Timestamp) -> FailedOperation<Payment> {
        let attempt = StoredAttempt(
            number: 3,
            startedAt: now.advanced(by: .seconds(-2)),
            endedAt: now.advanced(by: .seconds(-1)),
            failure: Classification(.rateLimited, rule: "ethereum.rate"),
            message: "429 it's too much",
            outcome: .failed
        )
        return FailedOperation(
            id: id,
            payload: Payment(),
            code: "RATE_LIMIT_EXCEEDED",
            classification: attempt.failure,
            context: "batch",
            attempts: 3,
            history: [attempt],
            submittedAt: now,
            failedAt: now
        )
    }

    private func rows(_ store: SQLiteStore, _ sql: String) async throws -> [[SQLValue]] {
        let found = Found()
        try await store.commit(Batch([.verify(RecordKey("a", "b"), expect: .any)])) { connection in
            let rows = try connection.query(sql)
            found.rows.withLock { $0 = rows }
        }
        return found.rows.withLock { $0 }
    }

    private final class Found: Sendable { let rows = Mutex<[[SQLValue]]>([]) }

    @Test func theViewHasTheTwentyTwoColumnsOfEachFailedOperation() async throws {
        let file = try TemporaryFile()
        let now = Timestamp(seconds: 1_761_984_657)
        let clock = ManualClock(now: now)
        let store = try SQLiteStore(path: file.path, clock: clock)
        let operations = FailedOperations<Payment>("it's", on: store)
        try await operations.insert(failed("p-1", at: now))
        try await operations.insert(failed("p-2", at: now.advanced(by: .seconds(1))))
        clock.advance(by: .seconds(60))
        try await operations.recover("p-2", proof: "0xabc", by: "ann", note: "paid by hand")
        for _ in 1...2 { try await store.createFailedTransactionsView(of: "it's") }
        let names = try await rows(store, "SELECT name FROM pragma_table_info('failed_transactions')")
        #expect(names == Self.columns.map { [.text($0)] })
        let found = try await rows(store, "SELECT * FROM failed_transactions ORDER BY id")
        #expect(found.count == 2)
        #expect(
            found[0][..<10] == [
                1, "p-1", "api-1", "eth", "mainnet", "0.001234", "0x12ab", "batch", "RATE_LIMIT_EXCEEDED",
                "429 it's too much",
            ]
        )
        #expect(
            found[0][11...] == [
                3, "2025-11-01 08:10:56.000", "failed_pending_review", 0, nil, nil, nil, nil, nil,
                "2025-11-01 08:10:57.000", "2025-11-01 08:10:57.000",
            ]
        )
        #expect(
            found[1][13...] == [
                "recovered", 0, nil, "0xabc", "2025-11-01 08:11:57.000", "ann", "paid by hand",
                "2025-11-01 08:10:58.000", "2025-11-01 08:11:57.000",
            ]
        )
        guard case .text(let details) = found[0][10] else {
            Issue.record("no details")
            return
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(details.utf8)) as? [String: Any])
        #expect(object["is_retryable"] as? Bool == true)
        #expect(object["error_classification"] as? String == "rateLimited")
        await store.close()
    }

    @Test(arguments: ["", "1a", "a b", "a;b", "records", "sqlite_x", String(repeating: "x", count: 65)])
    func aNameThatIsNoViewsIsRefused(name: String) async throws {
        let file = try TemporaryFile()
        let store = try SQLiteStore(path: file.path)
        await #expect(throws: InvalidArgument.self) {
            try await store.createFailedTransactionsView(of: "q", named: name)
        }
        await store.close()
    }

    @Test func aHundredThousandFailedOperationsAreListedFilteredAndPagedInFiftyMilliseconds() async throws {
        let file = try TemporaryFile()
        let clock = ManualClock(now: Timestamp(seconds: 1_761_984_657))
        let store = try SQLiteStore(path: file.path, clock: clock)
        let operations = FailedOperations<Payment>("many", on: store)
        var batch: [Write] = []
        for number in 0..<100_000 {
            clock.advance(by: .milliseconds(1))
            var one = failed("p-\(number)", at: clock.now)
            if number % 1_000 == 0 { one.code = "RARE" }
            batch.append(operations.insertion(of: one))
            if batch.count == 1_000 {
                try await store.commit(Batch(batch))
                batch.removeAll(keepingCapacity: true)
            }
        }
        func measured(_ query: FailedOperations<Payment>.Query, pages: Int) async throws -> (Duration, Int) {
            var (best, count) = (Duration.seconds(100), 0)
            // A busy machine is given more tries; to go through all of them takes longer on any.
            for _ in 0..<200 where best >= .milliseconds(50) {
                let start = ContinuousClock.now
                var cursor: FailedOperations<Payment>.Cursor?
                count = 0
                for _ in 0..<pages {
                    let page = try await operations.list(query, after: cursor, limit: 50)
                    count += page.operations.count
                    cursor = page.next
                }
                best = min(best, start.duration(to: .now))
            }
            return (best, count)
        }
        let middle = Timestamp(seconds: 1_761_984_657).advanced(by: .seconds(50))
        let cases: [(FailedOperations<Payment>.Query, Int, Int)] = [
            (.init(), 1, 50), (.init(code: "RARE"), 2, 100), (.init(status: .pendingReview, code: "RARE"), 1, 50),
            (.init(status: .pendingReview, since: middle), 1, 50), (.init(context: "batch"), 2, 100),
            (.init(status: .recovered), 1, 0),
        ]
        for (query, pages, expected) in cases {
            let (time, count) = try await measured(query, pages: pages)
            #expect(count == expected)
            #expect(time < .milliseconds(50), "\(query)")
        }
        await store.close()
    }
}
#endif
