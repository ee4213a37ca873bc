#if SQLite
internal import ResilienceCore

/// The tables of the store, and how a file of an earlier version becomes one of this version.
///
/// `meta` holds the version of the schema and the latest revision; `records` and `tags` the records; `commits` what
/// remains to be known of commits whose outcome a caller did not learn.
enum Schema {
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
            """
            CREATE TABLE commits (
                origin INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, revisions BLOB NOT NULL,
                PRIMARY KEY (origin, number)
            ) WITHOUT ROWID
            """,
        ]
    ]

    /// The version that this code reads and writes.
    static var version: Int { steps.count }

    private static let tables: Set<String> = ["records", "tags", "commits", "meta"]

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
        let hasMeta = try connection.integer("SELECT 1 FROM pragma_table_info('meta') WHERE name = 'key'") != nil
        guard hasMeta, let version = try connection.integer("SELECT value FROM meta WHERE key = 'schema'") else {
            return .others(other)
        }
        return .version(Int(version))
    }

    /// Makes the file one of this version, in one transaction. A version that another process made meanwhile is kept.
    static func migrate(_ connection: Connection) throws(SQLError) {
        try connection.execute("BEGIN IMMEDIATE")
        do {
            if try look(connection) == .nothing {
                try connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
                try connection.execute("INSERT INTO meta VALUES ('schema', 0), ('revision', 0)")
            }
            let found = try connection.integer("SELECT value FROM meta WHERE key = 'schema'") ?? 0
            for step in steps.dropFirst(Int(found)) {
                for statement in step { try connection.execute(statement) }
            }
            try connection.execute("UPDATE meta SET value = \(max(Int(found), version)) WHERE key = 'schema'")
            try connection.execute("COMMIT")
        } catch {
            // The error that stopped the migration is the one to tell; closing the connection rolls back as well.
            try? connection.execute("ROLLBACK")
            throw error
        }
    }
}
#endif
