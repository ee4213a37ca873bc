#if SQLite
import CSQLite
import ErrorClassification
import Foundation
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import SQLiteStore
import Synchronization
import Testing

@Suite struct ProviderViewsTests {
    /// A program that knows nothing of the package: SQL in, rows as text out.
    private func sql(_ path: String, _ statement: String) throws -> [[String?]] {
        var database: OpaquePointer?
        defer { sqlite3_close_v2(database) }
        var prepared: OpaquePointer?
        guard sqlite3_open(path, &database) == SQLITE_OK, sqlite3_busy_timeout(database, 5_000) == SQLITE_OK,
            sqlite3_prepare_v2(database, statement, -1, &prepared, nil) == SQLITE_OK
        else { throw Refused(text: String(cString: sqlite3_errmsg(database))) }
        defer { sqlite3_finalize(prepared) }
        var rows: [[String?]] = []
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(prepared)).map { column in
                        sqlite3_column_text(prepared, column).map { String(cString: $0) }
                    }
                )
            case SQLITE_DONE: return rows
            default: throw Refused(text: String(cString: sqlite3_errmsg(database)))
            }
        }
    }

    private struct Refused: Error { let text: String }

    private struct VendorError: FailureReporting {
        let code: String
        var failure: Failure { Failure(source: "sms_activate", code: code, message: code) }
    }

    /// A store with some traffic of the last hours in it, written by a router's journal.
    private func withTraffic(
        _ observer: RecordingObserver = RecordingObserver(),
        _ body: (ProviderJournal, ProviderRouter, String) async throws -> Void
    ) async throws {
        let file = try TemporaryFile()
        let path = file.path
        let store = try SQLiteStore(path: path)
        let options = try JournalOptions(followInterval: .milliseconds(50))
        let journal = try ProviderJournal("numbers", on: store, options: options)
        let router = try ProviderRouter(
            "numbers", ["sms-activate", "5sim"], classifier: .smsRental, journal: journal, observer: observer
        )
        let now = SystemClock().now
        for number in 0..<40 {
            // Inside of hours, and of the last day; some are older than that.
            let age = number < 30 ? 60 + number * 2_000 : 90_000
            journal.append(
                LoggedRequest(
                    provider: number % 3 == 0 ? "5sim" : "sms-activate",
                    operation: number % 2 == 0 ? "purchase" : "check_status",
                    outcome: number % 5 == 0 ? "failure" : "success",
                    error: number % 5 == 0 ? (number % 10 == 0 ? "NO_CONNECTION" : "it's down") : nil,
                    reference: "rental \(number)",
                    tags: ["country": "us", "service": "wa"],
                    began: now.advanced(by: .seconds(-age)),
                    elapsed: .microseconds(1_499 + number * 333_333)
                )
            )
        }
        for number in 0..<20 {
            router.record(number % 4 == 0 ? .failure : .success, of: "5sim", elapsed: .milliseconds(700))
            router.record(.success, of: "sms-activate", elapsed: .milliseconds(300 + number))
        }
        try await store.createProviderViews(of: "numbers")
        // Cancelled, it writes what waits.
        let keeping = Task { await router.keep() }
        keeping.cancel()
        await keeping.value
        try await body(journal, router, path)
        await store.close()
    }

    @Test func eachMonitoringViewAgreesWithItsFunction() async throws {
        try await withTraffic { journal, _, path in
            let reports = journal.reports
            let health = try sql(
                path,
                """
                SELECT provider, status, success_rate, avg_response_time_ms, successful_requests, failed_requests
                FROM provider_health ORDER BY success_rate DESC;
                """
            )
            #expect(
                try await reports.health().map {
                    [$0.provider, $0.status.rawValue, "\($0.successRate)", "\($0.meanResponseMs)", "\($0.successes)", "\($0.failures)"]
                } == health
            )
            #expect(health.map { $0[0] } == ["sms-activate", "5sim"])

            let comparison = try sql(path, "SELECT * FROM provider_comparison")
            let expected = try await reports.comparison()
            #expect(
                expected.map { [$0.provider, $0.status.rawValue, $0.successRate, $0.meanResponse, $0.successTotal] }
                    == comparison.map { Array($0.prefix(5)) }
            )
            for (row, minutes) in zip(comparison, expected.map(\.minutesSinceCheck)) {
                let text = try #require(row[5])
                #expect(text.hasSuffix(" mins ago"))
                #expect(abs(try #require(Double(text.dropLast(9))) - minutes) < 1)
            }

            let failures = try sql(path, "SELECT * FROM provider_failures")
            #expect(
                try await reports.failures().map { [$0.provider, $0.message, "\($0.occurrences)"] } == failures
            )
            #expect(failures.count == 4)

            let volume = try sql(path, "SELECT * FROM provider_hourly_volume")
            #expect(
                try await reports.hourlyVolume().map {
                    [
                        $0.provider, "\($0.hour)".replacing("T", with: " ").replacing("Z", with: ""), "\($0.total)",
                        "\($0.successful)", "\($0.meanMs)",
                    ]
                } == volume
            )
            #expect(volume.count > 10)

            let slowest = try sql(path, "SELECT * FROM provider_slowest_endpoints")
            let times = try await reports.slowestOperations()
            #expect(times.map { [$0.provider, $0.operation] } == slowest.map { Array($0.prefix(2)) })
            #expect(times.map { [$0.longestMs, Int64($0.requests)] } == slowest.map { $0.suffix(2).compactMap { $0.flatMap { Int64($0) } } })
            for (time, row) in zip(times, slowest) { #expect(abs(time.meanMs - Double(row[2] ?? "")!) < 0.001) }
        }
    }

    @Test func theRequestsHaveTheirColumns() async throws {
        try await withTraffic { _, _, path in
            let rows = try sql(
                path,
                """
                SELECT provider, request_type, success, response_time_ms, error_message, country_code, service_code, rental_id
                FROM provider_requests WHERE success = false AND rental_id = 'rental 5'
                """
            )
            #expect(rows == [["sms-activate", "check_status", "0", "1668", "it's down", "us", "wa", "rental 5"]])
            #expect(try sql(path, "SELECT COUNT(*) FROM provider_requests WHERE created_at < datetime('now', '-1 day')") == [["10"]])
        }
    }

    @Test func theFourUpdatesRunAsWrittenAndALiveRouterFollows() async throws {
        let observer = RecordingObserver()
        try await withTraffic(observer) { journal, router, path in
            let updates = [
                """
                UPDATE provider_preferences
                SET preferred_provider = 'sms-activate'
                WHERE id = (SELECT id FROM provider_preferences LIMIT 1);
                """,
                """
                UPDATE provider_preferences
                SET 
                  retry_attempts = 3,
                  retry_delay_ms = 500
                WHERE id = (SELECT id FROM provider_preferences LIMIT 1);
                """,
                """
                UPDATE provider_preferences
                SET 
                  min_success_rate = 95.00,
                  max_response_time_ms = 3000
                WHERE id = (SELECT id FROM provider_preferences LIMIT 1);
                """,
                """
                UPDATE provider_preferences
                SET fallback_enabled = false
                WHERE id = (SELECT id FROM provider_preferences LIMIT 1);
                """,
            ]
            for update in updates { _ = try sql(path, update) }
            let wanted = try ProviderPreferences(
                preferredProvider: "sms-activate",
                isFallbackEnabled: false,
                minimumSuccessRate: 95,
                maximumResponseTime: .milliseconds(3_000),
                retryAttempts: 3,
                retryDelay: .milliseconds(500)
            )
            #expect(try await journal.savedPreferences() == wanted)
            let keeping = Task { await router.keep() }
            _ = try await observer.first { $0.kind == .providerPreferencesChanged && $0.attributes["fallback"] == "false" }
            #expect(router.preferences == wanted)
            // What the package writes is what the view shows, and the other way round.
            try await journal.save(ProviderPreferences(preferredProvider: "5sim"))
            let row = try sql(path, "SELECT * FROM provider_preferences")[0].map { $0 ?? "" }
            #expect(row[1] == "5sim")
            #expect(row.compactMap { Double($0) } == [1, 1, 90, 5_000, 2, 1_000])
            _ = try await observer.first { $0.attributes["preferred"] == "5sim" }
            _ = try sql(path, "UPDATE provider_preferences SET preferred_provider = 'auto'")
            _ = try await observer.first { $0.attributes["preferred"] == "auto" }
            keeping.cancel()
            await keeping.value
        }
    }

    @Test(arguments: [
        "preferred_provider = ''", "preferred_provider = NULL", "fallback_enabled = 2", "min_success_rate = 100.5",
        "min_success_rate = 'much'", "max_response_time_ms = 0", "retry_attempts = 0", "retry_attempts = 1.5",
        "retry_delay_ms = -1",
    ])
    func anUpdateOutOfRangeIsRefused(_ change: String) async throws {
        let file = try TemporaryFile()
        let store = try SQLiteStore(path: file.path)
        try await store.createProviderViews(of: "numbers")
        #expect(throws: Refused.self) { try sql(file.path, "UPDATE provider_preferences SET \(change)") }
        #expect(try sql(file.path, "SELECT COUNT(*) FROM records") == [["0"]])
        await store.close()
    }
}
#endif
