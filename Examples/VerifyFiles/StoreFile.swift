#if SQLite
internal import CSQLite
internal import Foundation

/// A store's file, read with plain SQL by a connection that only reads.
package final class StoreFile {
    private let path: String
    private var connection: OpaquePointer?

    /// - Throws: ``VerifyError`` if it is not there, or no such file.
    package init(_ path: String) throws(VerifyError) {
        guard FileManager.default.fileExists(atPath: path) else { throw VerifyError(path, "does not exist") }
        self.path = path
        guard sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else { throw failure() }
        sqlite3_busy_timeout(connection, 5_000)
    }

    deinit { sqlite3_close_v2(connection) }

    /// The names and values of a space.
    package func records(in space: String) throws(VerifyError) -> [(name: String, value: [UInt8])] {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        let sql = "SELECT name, value FROM records WHERE space = ?1"
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK,
            csqlite_bind_text(statement, 1, space, Int32(space.utf8.count)) == SQLITE_OK
        else { throw failure() }
        var rows: [(name: String, value: [UInt8])] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append((String(decoding: column(statement, 0), as: UTF8.self), column(statement, 1)))
            case SQLITE_DONE: return rows
            default: throw failure()
            }
        }
    }

    /// How many records meet a condition.
    package func count(_ condition: String) throws(VerifyError) -> Int {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        let sql = "SELECT count(*) FROM records WHERE \(condition)"
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK,
            sqlite3_step(statement) == SQLITE_ROW
        else { throw failure() }
        return Int(sqlite3_column_int64(statement, 0))
    }

    private func column(_ statement: OpaquePointer?, _ index: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, index) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index))))
    }

    private func failure() -> VerifyError {
        VerifyError(path, "cannot be read as a store: \(String(cString: sqlite3_errmsg(connection)))")
    }
}
#else
/// Not in this build: says which trait is missing.
package final class StoreFile {
    package init(_ path: String) throws(VerifyError) { throw VerifyError(path, "needs a build with --traits SQLite") }

    package func records(in space: String) throws(VerifyError) -> [(name: String, value: [UInt8])] { [] }

    package func count(_ condition: String) throws(VerifyError) -> Int { 0 }
}
#endif
