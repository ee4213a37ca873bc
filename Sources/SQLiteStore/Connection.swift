#if SQLite
internal import CSQLite

/// One connection to a file, with its prepared statements.
///
/// Not Sendable on purpose: a connection lives inside a `Mutex` and is used by whoever holds that, one at a time.
/// SQLite's own locks are therefore switched off.
final class Connection {
    private let handle: OpaquePointer
    private var prepared: [Statement?] = Array(repeating: nil, count: Query.allCases.count)
    /// What the callbacks of SQLite see of this object.
    private let shared: UnsafeMutablePointer<Shared>

    private struct Shared {
        /// Whether statements of the caller are being prepared, which may not touch what is ours.
        var isGuarded = false
        /// Pages in the write-ahead log after the latest commit.
        var logPages: Int32 = 0
    }

    /// Opens a file that may be read and written.
    init(path: String, creating: Bool, vfs: String?) throws(SQLError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (creating ? SQLITE_OPEN_CREATE : 0)
        // A name that SQLite could read as a URI or as a database in memory is made plain.
        let code = sqlite3_open_v2(path.hasPrefix("/") ? path : "./" + path, &opened, flags, vfs)
        guard let opened else { throw SQLError(code: code, message: "no memory for a connection") }
        guard code == SQLITE_OK else {
            let error = SQLError(code: sqlite3_extended_errcode(opened), message: Self.message(opened))
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        shared = .allocate(capacity: 1)
        shared.initialize(to: Shared())
        sqlite3_extended_result_codes(handle, 1)
    }

    deinit {
        prepared = []
        sqlite3_close_v2(handle)
        shared.deinitialize(count: 1)
        shared.deallocate()
    }

    /// The prepared statement of a query of ours.
    func statement(_ query: Query) throws(SQLError) -> Statement {
        if let statement = prepared[query.rawValue] { return statement }
        let statement = try prepare(query.sql)
        prepared[query.rawValue] = statement
        return statement
    }

    /// Prepares a statement; there must be exactly one in `sql`.
    func prepare(_ sql: String) throws(SQLError) -> Statement {
        var sql = sql
        let result = sql.withUTF8 { text -> Result<Statement, SQLError> in
            text.withMemoryRebound(to: CChar.self) { text in
                let (code, first, rest) = compile(text[...])
                guard code == SQLITE_OK else { return .failure(error(code)) }
                guard let first else { return .failure(SQLError(code: SQLITE_MISUSE, message: "no statement")) }
                let statement = Statement(first, of: handle)
                let (codeOfRest, second, _) = compile(rest)
                sqlite3_finalize(second)
                guard codeOfRest == SQLITE_OK, second == nil else {
                    return .failure(SQLError(code: SQLITE_MISUSE, message: "more than one statement"))
                }
                return .success(statement)
            }
        }
        return try result.get()
    }

    private func compile(
        _ text: Slice<UnsafeBufferPointer<CChar>>
    ) -> (Int32, OpaquePointer?, Slice<UnsafeBufferPointer<CChar>>) {
        let whole = UnsafeBufferPointer(rebasing: text)
        guard let start = whole.baseAddress, !whole.isEmpty else { return (SQLITE_OK, nil, text) }
        var statement: OpaquePointer?
        var end: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v3(handle, start, Int32(whole.count), 0, &statement, &end)
        return (code, statement, text.dropFirst(end.map { $0 - start } ?? whole.count))
    }

    /// Runs a statement once that gives no rows.
    func execute(_ sql: String) throws(SQLError) { try prepare(sql).run() }

    /// The first column of the first row, if there is one.
    func integer(_ sql: String) throws(SQLError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() && !statement.isNull(0) ? statement.integer(0) : nil
    }

    /// The first column of the first row, if there is one.
    func text(_ sql: String) throws(SQLError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// How long a statement waits for another connection's lock, for connections that do not wait by themselves.
    func waitForLocks(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

    /// Whether a transaction is open; a serious error may have ended it.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// How many rows the latest statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// How many rows all statements changed so far, those of triggers included.
    var totalChanges: Int { Int(sqlite3_total_changes(handle)) }

    private func error(_ code: Int32) -> SQLError {
        SQLError(code: sqlite3_extended_errcode(handle), message: Self.message(handle))
    }

    /// What SQLite says of the latest error.
    static func message(_ handle: OpaquePointer) -> String { sqlite3_errmsg(handle).map { String(cString: $0) } ?? "" }
}

// MARK: - Callbacks

extension Connection {
    /// Runs `body` while statements that are prepared may not touch transactions, settings and the store's own tables.
    func guarded<Result>(_ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        shared.pointee.isGuarded = true
        defer { shared.pointee.isGuarded = false }
        return try body()
    }

    /// Installs the guard; once, since installing it makes SQLite prepare every statement again.
    func installGuard() {
        sqlite3_set_authorizer(
            handle,
            { context, action, first, _, _, _ in
                guard let shared = context?.assumingMemoryBound(to: Shared.self), shared.pointee.isGuarded else {
                    return SQLITE_OK
                }
                return Connection.isForbidden(action, first.map { String(cString: $0) }) ? SQLITE_DENY : SQLITE_OK
            },
            shared
        )
    }

    private static func isForbidden(_ action: Int32, _ subject: String?) -> Bool {
        switch action {
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH, SQLITE_PRAGMA: true
        case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_DROP_TABLE, SQLITE_DROP_INDEX:
            subject.map(Schema.owns) ?? false
        default: false
        }
    }

    /// Counts the pages of the log instead of writing them back within a commit.
    func countLogPages() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Shared.self).pointee.logPages = pages
                return SQLITE_OK
            },
            shared
        )
    }

    /// Pages in the write-ahead log after the latest commit.
    var logPages: Int { Int(shared.pointee.logPages) }

    /// Writes the log back into the file as far as no reader is in the way.
    func writeLogBack() {
        // A failure costs nothing: the log stays, and the next commit tries again.
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        shared.pointee.logPages = 0
    }
}
#endif
