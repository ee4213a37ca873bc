#if SQLite
internal import CSQLite

/// One prepared statement of one connection. Confined, like its connection, to whoever holds that.
///
/// Indexes of parameters begin at 1, those of columns at 0, as in SQLite.
final class Statement {
    private let connection: OpaquePointer
    private let handle: OpaquePointer

    /// Takes over a prepared statement.
    init(_ handle: OpaquePointer, of connection: OpaquePointer) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    /// Moves to the next row; false behind the last. After an error the statement is ready to be run again.
    func step() throws(SQLError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE {
            sqlite3_reset(handle)
            return false
        }
        let error = SQLError(code: sqlite3_extended_errcode(connection), message: Connection.message(connection))
        sqlite3_reset(handle)
        throw error
    }

    /// Runs a statement that gives no rows.
    func run() throws(SQLError) {
        while try step() {}
    }

    /// Ends a run before its last row.
    func reset() { sqlite3_reset(handle) }

    var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }
    var columnCount: Int32 { sqlite3_column_count(handle) }
}

// MARK: - Parameters

extension Statement {
    func bind(_ value: Int64, at index: Int32) throws(SQLError) { try check(sqlite3_bind_int64(handle, index, value)) }

    func bind(_ value: Int64?, at index: Int32) throws(SQLError) {
        if let value { try bind(value, at: index) } else { try bindNull(at: index) }
    }

    func bind(_ value: Double, at index: Int32) throws(SQLError) {
        try check(sqlite3_bind_double(handle, index, value))
    }

    func bindNull(at index: Int32) throws(SQLError) { try check(sqlite3_bind_null(handle, index)) }

    func bind(_ text: String, at index: Int32) throws(SQLError) {
        var text = text
        try check(text.withUTF8 { csqlite_bind_text(handle, index, $0.baseAddress, Int32($0.count)) })
    }

    /// Binds UTF-8 as text.
    func bind(utf8 bytes: [UInt8], at index: Int32) throws(SQLError) {
        try check(bytes.withUnsafeBytes { csqlite_bind_text(handle, index, $0.baseAddress, Int32($0.count)) })
    }

    /// Binds bytes as a blob. An empty one comes after every text, so it serves as the end of an open range.
    func bind(blob bytes: [UInt8], at index: Int32) throws(SQLError) {
        try check(bytes.withUnsafeBytes { csqlite_bind_blob(handle, index, $0.baseAddress, Int32($0.count)) })
    }

    private func check(_ code: Int32) throws(SQLError) {
        guard code == SQLITE_OK else { throw SQLError(code: code, message: Connection.message(connection)) }
    }
}

// MARK: - Columns

extension Statement {
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// The type code that SQLite gives the value.
    func type(_ column: Int32) -> Int32 { sqlite3_column_type(handle, column) }

    /// The bytes of a text or blob, as they were bound.
    func withBytes<Result>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let start = sqlite3_column_blob(handle, column)
        let count = Int(sqlite3_column_bytes(handle, column))
        guard let start else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        return body(UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count))
    }

    func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { Array($0) } }

    func text(_ column: Int32) -> String { withBytes(column) { String(decoding: $0, as: UTF8.self) } }
}
#endif
