#if SQLite
import ResilienceCore
import SQLiteStore
import Testing

@Suite(.timeLimit(.minutes(20))) struct CallerSQLTests {
    private struct Refused: Error {}

    private let file: TemporaryFile
    private let store: SQLiteStore

    init() async throws {
        file = try TemporaryFile()
        store = try SQLiteStore(path: file.path)
        try await store.commit(put("first")) { connection in
            try connection.execute("CREATE TABLE orders (id TEXT PRIMARY KEY, amount REAL, note BLOB)")
        }
    }

    private func put(_ name: String) -> Batch {
        Batch([.put(RecordKey("test", name), ["amount": 3], expect: .absent, tags: ["t"])])
    }

    private func orders() async throws -> [[SQLValue]] { try await query("SELECT * FROM orders ORDER BY id") }

    private func query(_ sql: String) async throws -> [[SQLValue]] {
        let (rows, continuation) = AsyncStream.makeStream(of: [[SQLValue]].self)
        let verify = Batch([.verify(RecordKey("test", "none"), expect: .any)])
        try await store.commit(verify) { continuation.yield(try $0.query(sql)) }
        return await rows.first { _ in true } ?? []
    }

    @Test func rowsAndRecordsStandTogether() async throws {
        try await store.commit(put("a")) { connection in
            let changed = try connection.execute(
                "INSERT INTO orders VALUES (?1, ?2, ?3)",
                "o-1",
                2.5,
                .blob([0, 255])
            )
            #expect(changed == 1)
        }
        #expect(try await orders() == [["o-1", 2.5, .blob([0, 255])]])
        #expect(try await store.read(RecordKey("test", "a")) != nil)
    }

    @Test func whatThrowsLeavesNothingAndItsNeighboursStay() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let isRefused = number % 4 == 0
                    do {
                        try await store.commit(put("n\(number)")) { connection in
                            try connection.execute("INSERT INTO orders VALUES (?1, NULL, NULL)", .text("o-\(number)"))
                            if isRefused { throw Refused() }
                        }
                        #expect(!isRefused)
                    } catch is Refused {
                        #expect(isRefused)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await orders().count == 30)
        #expect(try await store.count(Scan("test")) == 31)
        #expect(try await store.count(Scan("test", by: .tag)) == 31)
    }

    @Test func aConflictRunsNoStatement() async throws {
        await #expect(throws: StoreError.self) {
            try await store.commit(put("first")) { _ in Issue.record("the statements ran") }
        }
    }

    @Test func aBrokenConstraintComesToTheCaller() async throws {
        let error = await #expect(throws: SQLError.self) {
            try await store.commit(put("a")) { connection in
                for _ in 0..<2 { try connection.execute("INSERT INTO orders VALUES ('o', NULL, NULL)") }
            }
        }
        #expect(error?.primaryCode == 19)
        #expect(try await orders().isEmpty)
    }

    @Test(arguments: [
        "COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT s", "PRAGMA synchronous = OFF", "ATTACH ':memory:' AS other",
        "DELETE FROM records", "UPDATE meta SET value = 7", "INSERT INTO tags VALUES ('a', 'b', 'c')",
        "DROP TABLE records", "SELECT 1; SELECT 2", "", "SELECT ?1, ?2",
    ])
    func statementsThatWouldBreakTheStoreAreRefused(_ sql: String) async throws {
        await #expect(throws: SQLError.self) {
            try await store.commit(put("a")) { try $0.execute(sql, 1) }
        }
        await #expect(throws: SQLError.self) {
            try await store.commit(put("a")) { try $0.execute(sql) }
        }
        #expect(try await store.count(Scan("test")) == 1)
    }

    @Test func theStatementsOfABatchThatWasAppliedAreNotRunAgain() async throws {
        var batch = put("a")
        batch.id = CommitID(origin: 7, number: 1)
        let first = try await store.commit(batch) { try $0.execute("INSERT INTO orders VALUES ('o', NULL, NULL)") }
        let second = try await store.commit(batch) { _ in Issue.record("the statements ran") }
        #expect(first == second)
    }

    @Test func valuesCanBeQueriedAsJSON() async throws {
        let rows = try await query(
            "SELECT json_extract(value, '$.amount'), typeof(value) FROM records WHERE space = 'test'"
        )
        #expect(rows == [[3, "text"]])
    }
}
#endif
