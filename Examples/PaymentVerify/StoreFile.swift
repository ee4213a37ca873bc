#if SQLite
internal import CSQLite
internal import Foundation

extension StoreContents {
    /// Reads the failed and unfinished payments of a store's file with plain SQL.
    ///
    /// - Throws: ``VerifyError`` if it is no such file.
    public init(contentsOf path: String) throws(VerifyError) {
        guard FileManager.default.fileExists(atPath: path) else { throw VerifyError(path, "does not exist") }
        let file = try StoreFile(path)
        var failed: [String: Failed] = [:]
        for (name, value) in try file.records(in: "failed.payments") { failed[name] = Failed(json: value) }
        let waiting = try file.records(in: "retry.payments") + file.records(in: "retry.payments.again")
        self.init(failed: failed, unfinished: Set(waiting.map(\.name)))
    }
}

/// How much of each kind a store holds.
public struct StoreCounts: Sendable {
    private let counts: [String: Int]

    /// The counts as the fields of a JSON object.
    ///
    /// `intents` are calls that were announced and have no outcome.
    public var fields: [String: Any] { counts }

    /// Counts with plain SQL.
    ///
    /// - Throws: ``VerifyError`` if it is no such file.
    public init(contentsOf path: String) throws(VerifyError) {
        guard FileManager.default.fileExists(atPath: path) else { throw VerifyError(path, "does not exist") }
        let file = try StoreFile(path)
        let waiting = "space IN ('retry.payments', 'retry.payments.again')"
        counts = [
            "pending": try file.count(waiting),
            "intents": try file.count(waiting + " AND json_extract(value, '$.intent') IS NOT NULL"),
            "retrying": try file.count("space = 'retry.payments.again'"),
            "succeeded": try file.count("space = 'retry.payments.done'"),
            "failed": try file.count("space = 'failed.payments'"),
        ]
    }
}

/// A connection that only reads.
private final class StoreFile {
    private let path: String
    private var connection: OpaquePointer?

    init(_ path: String) throws(VerifyError) {
        self.path = path
        guard sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else { throw failure() }
        sqlite3_busy_timeout(connection, 5_000)
    }

    deinit { sqlite3_close_v2(connection) }

    func records(in space: String) throws(VerifyError) -> [(name: String, value: [UInt8])] {
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

    func count(_ condition: String) throws(VerifyError) -> Int {
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
extension StoreContents {
    /// Not in this build: says which trait is missing.
    public init(contentsOf path: String) throws(VerifyError) { throw .withoutSQLite(path) }
}

/// How much of each kind a store holds.
public struct StoreCounts: Sendable {
    /// Not in this build.
    public var fields: [String: Any] { [:] }

    /// Not in this build: says which trait is missing.
    public init(contentsOf path: String) throws(VerifyError) { throw .withoutSQLite(path) }
}

extension VerifyError {
    fileprivate static func withoutSQLite(_ path: String) -> VerifyError {
        VerifyError(path, "needs a build with --traits SQLite")
    }
}
#endif
