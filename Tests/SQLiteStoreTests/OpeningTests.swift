#if SQLite
import Foundation
import ResilienceCore
import Testing

@testable import SQLiteStore

@Suite(.timeLimit(.minutes(20))) struct OpeningTests {
    private let key = RecordKey("test", "a")

    /// Opens what cannot be a store, and checks that nothing in the directory has changed.
    private func refuses(
        _ file: TemporaryFile,
        _ reason: SQLiteStoreError.Reason,
        saying part: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (bytes, files) = (file.bytes, file.files)
        let error = #expect(throws: SQLiteStoreError.self, sourceLocation: sourceLocation) {
            try SQLiteStore(path: file.path)
        }
        #expect(error?.reason == reason, sourceLocation: sourceLocation)
        #expect(error?.description.contains(file.path) == true, sourceLocation: sourceLocation)
        #expect(part.isEmpty || error?.description.contains(part) == true, sourceLocation: sourceLocation)
        #expect(file.bytes == bytes, sourceLocation: sourceLocation)
        #expect(file.files == files, sourceLocation: sourceLocation)
    }

    @Test(arguments: ["store.db", ":memory:", "file:x?mode=memory", "ä é 漢 🧾", "a'b\"c%20#?&", "-wal", " "])
    func opensAnyNameAndKeepsWhatWasWritten(_ name: String) async throws {
        let file = try TemporaryFile(named: name)
        let store = try SQLiteStore(path: file.path)
        let revision = try await store.commit(Batch([.put(key, "value", expect: .absent)]))
        await store.close()
        #expect(file.files == [name])
        let reopened = try SQLiteStore(path: file.path)
        #expect(try await reopened.read(key)?.revision == revision)
        await reopened.close()
    }

    @Test func opensAnEmptyFile() async throws {
        let file = try TemporaryFile()
        try Data().write(to: URL(filePath: file.path))
        let store = try SQLiteStore(path: file.path)
        try await store.commit(Batch([.put(key, "value", expect: .absent)]))
        await store.close()
    }

    @Test(arguments: ["no database at all, but text that is longer than a header", "short", "SQLite format 3\u{0}"])
    func leavesAFileThatIsNotADatabase(_ content: String) throws {
        let file = try TemporaryFile()
        try Data(content.utf8).write(to: URL(filePath: file.path))
        refuses(file, .notADatabase)
    }

    @Test func leavesADatabaseThatIsDamaged() async throws {
        let file = try TemporaryFile()
        try await SQLiteStore(path: file.path).close()
        var bytes = try #require(file.bytes)
        for index in 100..<600 { bytes[index] = 0xFF }
        try bytes.write(to: URL(filePath: file.path))
        refuses(file, .notADatabase)
    }

    @Test func leavesAReadOnlyFile() async throws {
        let file = try TemporaryFile()
        try await SQLiteStore(path: file.path).close()
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file.path)
        refuses(file, .readOnly)
    }

    @Test func leavesAFileOfANewerVersion() async throws {
        let file = try TemporaryFile()
        try await SQLiteStore(path: file.path).close()
        try Connection(path: file.path, creating: false, vfs: nil)
            .execute("UPDATE meta SET value = 99 WHERE kind = 'schema'")
        refuses(file, .newerSchema, saying: "99")
    }

    @Test(arguments: ["tags", "meta", "Records"])
    func leavesATableOfAnotherProgram(_ table: String) throws {
        let file = try TemporaryFile()
        try Connection(path: file.path, creating: true, vfs: nil).execute("CREATE TABLE \(table) (id INTEGER)")
        refuses(file, .tablesOfAnotherProgram, saying: table)
    }

    @Test func namesWhatIsWrongWithThePath() throws {
        let file = try TemporaryFile()
        for path in [file.directory + "/missing/store.db", file.directory, "", file.path + "\u{0}"] {
            let error = #expect(throws: SQLiteStoreError.self) { try SQLiteStore(path: path) }
            #expect(error?.reason == .directory)
        }
        #expect(file.files == [])
    }

    @Test func refusesOptionsOutOfBounds() throws {
        let file = try TemporaryFile()
        for change in [{ $0.readers = 0 }, { $0.readers = 65 }, { $0.lockWait = .seconds(-1) }]
            as [(inout SQLiteStoreOptions) -> Void]
        {
            var options = SQLiteStoreOptions()
            change(&options)
            let error = #expect(throws: SQLiteStoreError.self) { try SQLiteStore(path: file.path, options: options) }
            #expect(error?.reason == .option)
        }
        #expect(file.files == [])
    }

    @Test func bringsAFileOfAnEarlierVersionForward() async throws {
        let file = try TemporaryFile()
        let old = try Connection(path: file.path, creating: true, vfs: nil)
        try old.execute(Schema.meta)
        try old.execute("INSERT INTO meta (kind, value) VALUES ('schema', 0), ('revision', 41)")
        let store = try SQLiteStore(path: file.path)
        #expect(try await store.commit(Batch([.put(key, "value", expect: .absent)])) == Revision(rawValue: 42))
        #expect(try old.integer("SELECT value FROM meta WHERE kind = 'schema'") == Int64(Schema.version))
        await store.close()
    }

    @Test func everyScanIsReadFromAnIndex() async throws {
        let file = try TemporaryFile()
        let store = try SQLiteStore(path: file.path)
        let connection = try Connection(path: file.path, creating: false, vfs: nil)
        let queries: [Query] = [
            .record, .head, .isDue, .claimable, .byName, .byNameReversed, .byTag, .byTagReversed, .byDue,
            .byDueReversed, .countByName, .countByTag, .countByDue, .findMarker,
        ]
        for query in queries {
            let plan = try connection.prepare("EXPLAIN QUERY PLAN " + query.sql)
            while try plan.step() {
                let step = plan.text(3)
                #expect(step.hasPrefix("SEARCH"), "\(query): \(step)")
            }
        }
        await store.close()
    }
}
#endif
