#if SQLite
internal import ResilienceCore

/// The tables of the store, and how a file of an earlier version becomes one of this version.
///
/// `records` and `tags` hold the records. `meta` holds the rest: the version of the schema, the latest revision, and what
/// remains to be known of commits whose outcome a caller did not learn. That all this is in one table is for speed: each
/// commit changes it, and pays for every page it changes.
enum Schema {
    /// Common to all versions, since the version is in it.
    static let meta = """
        CREATE TABLE meta (
            kind TEXT NOT NULL, origin INTEGER NOT NULL DEFAULT 0, number INTEGER NOT NULL DEFAULT 0, at INTEGER,
            value NOT NULL, PRIMARY KEY (kind, origin, number)
        ) WITHOUT ROWID
        """

    /// Each step makes version n + 1 out of version n. Version 0 is a file with a `meta` table and nothing else.
    static let steps: [[String]] = [
        [
            """
            CREATE TABLE records (
                space TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, deliveries INTEGER NOT NULL,
                due INTEGER, tags BLOB, value TEXT NOT NULL, PRIMARY KEY (space, name)
            ) WITHOUT ROWID
            """,
            "CREATE INDEX records_due ON records (space, due, name) WHERE due IS NOT NULL",
            """
            CREATE TABLE tags (
                space TEXT NOT NULL, tag TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (space, tag, name)
            ) WITHOUT ROWID
            """,
        ]
    ]

    /// The version that this code reads and writes.
    static var version: Int { steps.count }

    private static let tables: Set<String> = ["records", "tags", "meta"]

    /// Whether a table or index is the store's own.
    static func owns(_ name: String) -> Bool { tables.contains(name.lowercased()) || name == "records_due" }

    /// What a file holds.
    enum Found: Equatable {
        /// No table of ours, and none in our way.
        case nothing
        case version(Int)
        /// A table of another program under one of our names.
        case others(String)
    }

    /// Looks without writing anything.
    static func look(_ connection: Connection) throws(SQLError) -> Found {
        let list = tables.sorted().map { "'\($0)'" }.joined(separator: ", ")
        let other = try connection.text("SELECT name FROM sqlite_master WHERE lower(name) IN (\(list)) LIMIT 1")
        guard let other else { return .nothing }
        let hasMeta = try connection.integer("SELECT 1 FROM pragma_table_info('meta') WHERE name = 'kind'") != nil
        guard hasMeta, let version = try connection.integer("SELECT value FROM meta WHERE kind = 'schema'") else {
            return .others(other)
        }
        return .version(Int(version))
    }

    /// Makes the file one of this version, in one transaction. A version that another process made meanwhile is kept.
    static func migrate(_ connection: Connection) throws(SQLError) {
        try connection.execute("BEGIN IMMEDIATE")
        do {
            if try look(connection) == .nothing {
                try connection.execute(meta)
                try connection.execute("INSERT INTO meta (kind, value) VALUES ('schema', 0), ('revision', 0)")
            }
            let found = try connection.integer("SELECT value FROM meta WHERE kind = 'schema'") ?? 0
            for step in steps.dropFirst(Int(found)) {
                for statement in step { try connection.execute(statement) }
            }
            try connection.execute("UPDATE meta SET value = \(max(Int(found), version)) WHERE kind = 'schema'")
            try connection.execute("COMMIT")
        } catch {
            // The error that stopped the migration is the one to tell; closing the connection rolls back as well.
            try? connection.execute("ROLLBACK")
            throw error
        }
    }
}
#endif
