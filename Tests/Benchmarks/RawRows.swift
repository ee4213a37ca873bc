#if SQLite
import CSQLite
import Synchronization

/// The tables of the store, written through sqlite3 itself: a few prepared statements in each transaction and the latest
/// revision, and nothing is encoded, expected or looked at.
final class RawRows: Sendable {
    private let rows: Mutex<Rows>

    /// The statements that are open, by their place.
    struct Rows {
        fileprivate let database: OpaquePointer
        fileprivate var statements: [OpaquePointer] = []

        /// Runs a statement with a number as its first value, and texts as those behind it.
        func run(_ place: Int, _ number: Int, _ texts: String...) throws {
            let statement = statements[place]
            defer { sqlite3_reset(statement) }
            sqlite3_bind_int64(statement, 1, Int64(number))
            for (index, text) in texts.enumerated() {
                csqlite_bind_text(statement, Int32(index + 2), text, Int32(text.utf8.count))
            }
            guard sqlite3_step(statement) == SQLITE_DONE else { throw RawRows.failure(database) }
        }
    }

    private static let schema = [
        "CREATE TABLE meta (kind TEXT PRIMARY KEY, value) WITHOUT ROWID", "INSERT INTO meta VALUES ('revision', 0)",
        """
        CREATE TABLE records (space TEXT, name TEXT, revision INTEGER, deliveries INTEGER, due INTEGER, tags BLOB,
        value TEXT, PRIMARY KEY (space, name)) WITHOUT ROWID
        """,
        "CREATE INDEX records_due ON records (space, due, name) WHERE due IS NOT NULL",
        "CREATE TABLE tags (space TEXT, tag TEXT, name TEXT, PRIMARY KEY (space, tag, name)) WITHOUT ROWID",
    ]
    private static let own = ["BEGIN IMMEDIATE", "UPDATE meta SET value = ?1", "COMMIT"]

    init(_ path: String, synchronous: String, _ statements: [String]) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let database = opened else {
            throw RawSQLite.Failure(description: "cannot open \(path)")
        }
        for sql in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = \(synchronous)"] + Self.schema {
            guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw Self.failure(database) }
        }
        var rows = Rows(database: database)
        for sql in statements + Self.own {
            var statement: OpaquePointer?
            guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
                throw Self.failure(database)
            }
            rows.statements.append(statement)
        }
        self.rows = Mutex(rows)
    }

    deinit {
        rows.withLock { rows in
            for statement in rows.statements { sqlite3_finalize(statement) }
            sqlite3_close(rows.database)
        }
    }

    /// Runs statements in one transaction.
    func commit(_ revision: Int, _ body: @Sendable (Rows) throws -> Void) throws {
        try rows.withLock { rows in
            let own = rows.statements.count - Self.own.count
            try rows.run(own, 0)
            try body(rows)
            try rows.run(own + 1, revision)
            try rows.run(own + 2, 0)
        }
    }

    fileprivate static func failure(_ database: OpaquePointer) -> RawSQLite.Failure {
        RawSQLite.Failure(description: String(cString: sqlite3_errmsg(database)))
    }
}
#endif
