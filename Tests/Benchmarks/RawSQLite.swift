#if SQLite
import CSQLite
import Synchronization

/// What the rows of the SQLite store are compared with: the driver itself, one row in one durable commit.
final class RawSQLite: Sendable {
    private let state: Mutex<State>

    private struct State {
        let database: OpaquePointer
        let begin: OpaquePointer
        let write: OpaquePointer
        let commit: OpaquePointer
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens a new database in WAL mode with `synchronous` FULL or NORMAL.
    init(_ path: String, synchronous: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let database = opened else {
            throw Failure(description: "cannot open \(path)")
        }
        for sql in [
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = \(synchronous)",
            "CREATE TABLE item (name TEXT PRIMARY KEY, revision INTEGER, value TEXT) WITHOUT ROWID",
        ] {
            guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw Self.failure(database) }
        }
        let upsert = "INSERT OR REPLACE INTO item VALUES (?1, ?2, '{\"holder\":1,\"state\":1}')"
        state = Mutex(
            State(
                database: database,
                begin: try Self.prepared("BEGIN IMMEDIATE", database),
                write: try Self.prepared(upsert, database),
                commit: try Self.prepared("COMMIT", database)
            )
        )
    }

    deinit {
        state.withLock { state in
            for statement in [state.begin, state.write, state.commit] { sqlite3_finalize(statement) }
            sqlite3_close(state.database)
        }
    }

    /// Writes rows, each one of a thousand, in one transaction.
    func commit(_ numbers: some Sequence<Int>) throws {
        try state.withLock { state in
            try Self.step(state.begin, state.database)
            for number in numbers {
                let name = "item-\(number % 1_000)"
                csqlite_bind_text(state.write, 1, name, Int32(name.utf8.count))
                sqlite3_bind_int64(state.write, 2, Int64(number))
                try Self.step(state.write, state.database)
            }
            try Self.step(state.commit, state.database)
        }
    }

    private static func prepared(_ sql: String, _ database: OpaquePointer) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw failure(database)
        }
        return statement
    }

    private static func step(_ statement: OpaquePointer, _ database: OpaquePointer) throws {
        defer { sqlite3_reset(statement) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure(database) }
    }

    private static func failure(_ database: OpaquePointer) -> Failure {
        Failure(description: String(cString: sqlite3_errmsg(database)))
    }
}

/// As long as those of the rows, so that both have their share of checkpoints.
let longSamples = (count: 4, duration: Duration.milliseconds(100))

extension Base {
    /// One commit of one row through sqlite3 itself, WAL, synchronous FULL.
    static let sqliteFull = Base("sqlite3 commit, FULL", reference: 106_000, samples: longSamples) {
        let database = try RawSQLite(TemporaryFolder.file("raw"), synchronous: "FULL")
        return { count in for number in 0..<count { try database.commit(CollectionOfOne(number)) } }
    }

    /// The same, synchronous NORMAL.
    static let sqliteNormal = Base("sqlite3 commit, NORMAL", reference: 10_000, samples: longSamples) {
        let database = try RawSQLite(TemporaryFolder.file("raw"), synchronous: "NORMAL")
        return { count in for number in 0..<count { try database.commit(CollectionOfOne(number)) } }
    }
}
#endif
