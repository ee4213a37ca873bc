#if SQLite
#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The file of a store: what can be known of it before it is touched, and its connections.
struct StoreFile: Sendable {
    let path: String
    let options: SQLiteStoreOptions

    /// Opens the connection that writes, and makes the file one of this version.
    ///
    /// A file that cannot be a store is refused before anything in it has changed.
    func openForWriting() throws(SQLiteStoreError) -> Connection {
        try checkPath()
        try checkDirectory()
        try checkFile()
        let found: Schema.Found
        let connection: Connection
        do throws(SQLError) {
            connection = try Connection(path: path, creating: true, vfs: options.vfs)
            connection.waitForLocks(milliseconds: lockWait)
            found = try Schema.look(connection)
        } catch {
            throw SQLiteStoreError(error, path)
        }
        try check(found)
        do throws(SQLError) {
            try setUp(connection)
            try Schema.migrate(connection)
        } catch {
            throw SQLiteStoreError(error, path)
        }
        // From here on the writer tries for locks itself: it knows how soon they come free.
        connection.waitForLocks(milliseconds: 0)
        connection.installGuard()
        connection.countLogPages()
        return connection
    }

    /// Opens a connection that reads.
    func openForReading() throws(SQLError) -> Connection {
        let connection = try Connection(path: path, creating: false, vfs: options.vfs)
        connection.waitForLocks(milliseconds: lockWait)
        return connection
    }

    private var lockWait: Int32 { Int32(options.lockWait / .milliseconds(1)) }

    private func setUp(_ connection: Connection) throws(SQLError) {
        let mode = try connection.text("PRAGMA journal_mode = WAL")
        guard mode == "wal" else { throw SQLError(code: 1, message: "its file system does not support WAL") }
        switch options.durability {
        case .full:
            try connection.execute("PRAGMA synchronous = FULL")
            // Where a plain sync leaves data in the drive's cache, on Apple platforms, this one does not.
            try connection.execute("PRAGMA fullfsync = ON")
        case .normal:
            try connection.execute("PRAGMA synchronous = NORMAL")
        }
    }
}

// MARK: - Checks

extension StoreFile {
    private var directory: String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func checkPath() throws(SQLiteStoreError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SQLiteStoreError(.directory, path, "a path must not be empty or hold NUL")
        }
    }

    private func checkDirectory() throws(SQLiteStoreError) {
        guard let mode = Self.mode(directory), mode & S_IFMT == S_IFDIR else {
            throw SQLiteStoreError(.directory, path, "there is no directory \"\(directory)\"")
        }
        guard access(directory, W_OK) == 0 else {
            throw SQLiteStoreError(.readOnly, path, "its directory \"\(directory)\" cannot be written")
        }
    }

    private func checkFile() throws(SQLiteStoreError) {
        guard let mode = Self.mode(path) else { return }
        guard mode & S_IFMT != S_IFDIR else { throw SQLiteStoreError(.directory, path, "it is a directory") }
        guard mode & (S_IWUSR | S_IWGRP | S_IWOTH) != 0, access(path, W_OK) == 0 else {
            throw SQLiteStoreError(.readOnly, path, "it is read-only")
        }
        guard let start = fopen(path, "rb") else { throw SQLiteStoreError(.failed, path, "it cannot be read") }
        defer { fclose(start) }
        var header = [UInt8](repeating: 0, count: 16)
        let count = fread(&header, 1, header.count, start)
        guard count == 0 || header == Array("SQLite format 3\u{0}".utf8) else {
            throw SQLiteStoreError(.notADatabase, path, "it is not a database of SQLite")
        }
    }

    private func check(_ found: Schema.Found) throws(SQLiteStoreError) {
        switch found {
        case .nothing: return
        case .version(let version) where version <= Schema.version: return
        case .version(let version):
            throw SQLiteStoreError(
                .newerSchema,
                path,
                "it was written by a newer version of this package (schema \(version); this one knows \(Schema.version))"
            )
        case .others(let table):
            throw SQLiteStoreError(.tablesOfAnotherProgram, path, "its table \(table) belongs to another program")
        }
    }

    private static func mode(_ path: String) -> mode_t? {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_mode : nil
    }
}
#endif
