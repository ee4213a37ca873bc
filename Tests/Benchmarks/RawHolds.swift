#if SQLite
import CSQLite
import Foundation
import Synchronization

/// What durable holds are compared with: the rows of a hold, written through sqlite3 by a bare writer thread.
///
/// To create a hold is a record that is due, its tag and a guard, to confirm it that record again without the tag: as many
/// rows and entries of indexes as a desk makes, as long, and in the same order of names. Nothing is encoded, expected or
/// looked at.
final class RawHolds: Sendable {
    private let state: Mutex<State>

    fileprivate struct State {
        let database: OpaquePointer
        var statements: [Step: OpaquePointer] = [:]
    }

    fileprivate enum Step: CaseIterable {
        case begin, hold, tag, guarded, confirm, untag, revision, commit

        var sql: String {
            switch self {
            case .begin: "BEGIN IMMEDIATE"
            case .hold: "INSERT INTO records VALUES ('hold.bench', ?1, ?2, 0, ?2, ?3, \(RawHolds.value))"
            case .tag: "INSERT INTO tags VALUES ('hold.bench', ?3, ?1)"
            case .guarded: "INSERT OR REPLACE INTO records VALUES ('hold.bench.guards', ?4, ?2, 0, NULL, NULL, \(RawHolds.guarded))"
            case .confirm:
                "UPDATE records SET revision = ?2, due = NULL, tags = NULL, value = \(RawHolds.value) WHERE space = 'hold.bench' AND name = ?1"
            case .untag: "DELETE FROM tags WHERE space = 'hold.bench' AND tag = ?3 AND name = ?1"
            case .revision: "UPDATE meta SET value = ?2"
            case .commit: "COMMIT"
            }
        }
    }

    private static let value = "'\(String(repeating: "v", count: 210))'"
    private static let guarded = "'\(String(repeating: "g", count: 60))'"

    init(_ path: String, synchronous: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let database = opened else {
            throw RawSQLite.Failure(description: "cannot open \(path)")
        }
        var state = State(database: database)
        for sql in [
            "PRAGMA journal_mode = WAL", "PRAGMA synchronous = \(synchronous)",
            "CREATE TABLE meta (kind TEXT PRIMARY KEY, value) WITHOUT ROWID", "INSERT INTO meta VALUES ('revision', 0)",
            """
            CREATE TABLE records (space TEXT, name TEXT, revision INTEGER, deliveries INTEGER, due INTEGER, tags BLOB,
            value TEXT, PRIMARY KEY (space, name)) WITHOUT ROWID
            """, "CREATE INDEX records_due ON records (space, due, name) WHERE due IS NOT NULL",
            "CREATE TABLE tags (space TEXT, tag TEXT, name TEXT, PRIMARY KEY (space, tag, name)) WITHOUT ROWID",
        ] {
            guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw Self.failure(database) }
        }
        for step in Step.allCases {
            guard sqlite3_prepare_v2(database, step.sql, -1, &opened, nil) == SQLITE_OK else {
                throw Self.failure(database)
            }
            state.statements[step] = opened
        }
        self.state = Mutex(state)
    }

    deinit {
        state.withLock { state in
            for statement in state.statements.values { sqlite3_finalize(statement) }
            sqlite3_close(state.database)
        }
    }

    /// Writes in one transaction: an even number creates the hold of half that number, the next one confirms it.
    func commit(_ numbers: [Int]) throws {
        try state.withLock { state in
            try state.run(.begin)
            for number in numbers {
                for step in number % 2 == 0 ? [Step.hold, .tag, .guarded] : [.confirm, .untag] {
                    try state.run(step, hold: number / 2)
                }
            }
            try state.run(.revision)
            try state.run(.commit)
        }
    }

    fileprivate static func failure(_ database: OpaquePointer) -> RawSQLite.Failure {
        RawSQLite.Failure(description: String(cString: sqlite3_errmsg(database)))
    }
}

extension RawHolds.State {
    func run(_ step: RawHolds.Step, hold: Int = 0) throws {
        guard let statement = statements[step] else { return }
        defer { sqlite3_reset(statement) }
        let digits = String(hold, radix: 16)
        let name = String(repeating: "0", count: 32 - digits.count) + digits
        let seat = "seat-\(UInt64(truncatingIfNeeded: hold) &* 0x9E37_79B9_7F4A_7C15 % 1_000_000)"
        let tag = "w=\(seat)|\(name.suffix(16))"
        csqlite_bind_text(statement, 1, name, Int32(name.utf8.count))
        sqlite3_bind_int64(statement, 2, Int64(hold))
        csqlite_bind_text(statement, 3, tag, Int32(tag.utf8.count))
        csqlite_bind_text(statement, 4, seat, Int32(seat.utf8.count))
        guard sqlite3_step(statement) == SQLITE_DONE else { throw RawHolds.failure(database) }
    }
}

extension Base {
    /// A hold's share of two durable commits through a bare writer thread, by so many tasks at once.
    static func sqliteHolds(tasks: Int, _ synchronous: String = "FULL") -> Base {
        Base("rows of a hold, \(tasks) tasks", reference: 200_000, samples: longSamples) {
            let database = try RawHolds(TemporaryFolder.file("floor"), synchronous: synchronous)
            let writer = RawWriter(committing: database.commit)
            let numbers = Counting()
            return { count in
                await withTaskGroup { group in
                    for task in 0..<tasks {
                        group.addTask {
                            for _ in stride(from: task, to: count, by: tasks) {
                                let number = numbers.next()
                                await writer.write(2 * number)
                                await writer.write(2 * number + 1)
                            }
                        }
                    }
                }
            }
        }
    }
}
#endif
