/// Names of SQLite's result codes, https://www.sqlite.org/rescode.html.
enum SQLiteCode {
    /// The name of a code; of an extended code that is not known the primary one's.
    static func name(of code: Int32) -> String {
        let primary = primaries[code & 0xFF] ?? "SQLITE_ERROR"
        guard let names = extended[code & 0xFF], code > 0xFF else { return primary }
        let index = Int(code >> 8) - 1
        return names.indices.contains(index) ? "\(primary)_\(names[index])" : primary
    }

    private static let primaries: [Int32: String] = {
        let names = [
            "OK", "ERROR", "INTERNAL", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT", "IOERR",
            "CORRUPT", "NOTFOUND", "FULL", "CANTOPEN", "PROTOCOL", "EMPTY", "SCHEMA", "TOOBIG", "CONSTRAINT",
            "MISMATCH",
            "MISUSE", "NOLFS", "AUTH", "FORMAT", "RANGE", "NOTADB", "NOTICE", "WARNING",
        ]
        var table = Dictionary(uniqueKeysWithValues: names.enumerated().map { (Int32($0), "SQLITE_\($1)") })
        (table[100], table[101]) = ("SQLITE_ROW", "SQLITE_DONE")
        return table
    }()

    /// What follows the primary name, by the number above the low byte, from 1.
    private static let extended: [Int32: [String]] = [
        1: ["MISSING_COLLSEQ", "RETRY", "SNAPSHOT"],
        4: ["", "ROLLBACK"],
        5: ["RECOVERY", "SNAPSHOT", "TIMEOUT"],
        6: ["SHAREDCACHE", "VTAB"],
        8: ["RECOVERY", "CANTLOCK", "ROLLBACK", "DBMOVED", "CANTINIT", "DIRECTORY"],
        10: [
            "READ", "SHORT_READ", "WRITE", "FSYNC", "DIR_FSYNC", "TRUNCATE", "FSTAT", "UNLOCK", "RDLOCK", "DELETE",
            "BLOCKED",
            "NOMEM", "ACCESS", "CHECKRESERVEDLOCK", "LOCK", "CLOSE", "DIR_CLOSE", "SHMOPEN", "SHMSIZE", "SHMLOCK",
            "SHMMAP",
            "SEEK", "DELETE_NOENT", "MMAP", "GETTEMPPATH", "CONVPATH", "VNODE", "AUTH", "BEGIN_ATOMIC", "COMMIT_ATOMIC",
            "ROLLBACK_ATOMIC", "DATA", "CORRUPTFS", "IN_PAGE",
        ],
        11: ["VTAB", "SEQUENCE", "INDEX"],
        14: ["NOTEMPDIR", "ISDIR", "FULLPATH", "CONVPATH", "DIRTYWAL", "SYMLINK"],
        19: [
            "CHECK", "COMMITHOOK", "FOREIGNKEY", "FUNCTION", "NOTNULL", "PRIMARYKEY", "TRIGGER", "UNIQUE", "VTAB",
            "ROWID",
            "PINNED", "DATATYPE",
        ],
        23: ["USER"],
        27: ["RECOVER_WAL", "RECOVER_ROLLBACK", "RBU"],
        28: ["AUTOINDEX"],
    ]
}
