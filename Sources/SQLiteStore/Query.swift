#if SQLite
/// The statements that the store runs again and again, each prepared once per connection.
enum Query: Int, CaseIterable {
    case begin, beginWriting, commit, rollback, savepoint, release, undo
    case revision, setRevision
    case findMarker, replaceMarker, insertMarker, purgeMarkers, dataVersion
    case record, head, insert, replace, move, delete, insertTag, deleteTag
    case upsertPlain, insertIfAbsent, replaceIfUnchanged, deleteIfUnchanged
    case isDue, claimable
    case byName, byNameReversed, byTag, byTagReversed, byDue, byDueReversed
    case countByName, countByTag, countByDue

    var sql: String {
        switch self {
        case .begin: "BEGIN"
        case .beginWriting: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .savepoint: "SAVEPOINT batch"
        case .release: "RELEASE batch"
        case .undo: "ROLLBACK TO batch"
        case .revision: "SELECT value FROM meta WHERE kind = 'revision'"
        case .setRevision: "UPDATE meta SET value = ?1 WHERE kind = 'revision'"
        case .findMarker: "SELECT value FROM meta WHERE kind = 'commit' AND origin = ?1 AND number = ?2"
        case .replaceMarker:
            """
            UPDATE meta SET number = ?2, at = ?3, value = ?4
            WHERE kind = 'commit' AND origin = ?1 AND number = ?5
            """
        case .insertMarker:
            "INSERT OR REPLACE INTO meta (kind, origin, number, at, value) VALUES ('commit', ?1, ?2, ?3, ?4)"
        case .purgeMarkers: "DELETE FROM meta WHERE kind = 'commit' AND at < ?1"
        case .dataVersion: "PRAGMA data_version"
        case .record:
            "SELECT \(Self.columns) FROM records WHERE space = ?1 AND name = ?2"
        case .head: "SELECT revision, deliveries, due, tags FROM records WHERE space = ?1 AND name = ?2"
        case .insert: Self.insertion
        case .replace:
            """
            UPDATE records SET revision = ?3, deliveries = ?4, due = ?5, tags = ?6, value = ?7
            WHERE space = ?1 AND name = ?2
            """
        case .move: "UPDATE records SET revision = ?3, deliveries = ?4, due = ?5 WHERE space = ?1 AND name = ?2"
        case .delete: "DELETE FROM records WHERE space = ?1 AND name = ?2"
        // Each of these changes a row only if all is as it expects, the tags included; else the caller looks closer.
        case .upsertPlain:
            """
            \(Self.insertion) ON CONFLICT DO UPDATE SET
            revision = excluded.revision, deliveries = deliveries * ?8, due = excluded.due, value = excluded.value
            WHERE tags IS NULL
            """
        case .insertIfAbsent: "\(Self.insertion) ON CONFLICT DO NOTHING"
        case .replaceIfUnchanged:
            """
            UPDATE records SET revision = ?3, deliveries = deliveries * ?4, due = ?5, value = ?7
            WHERE space = ?1 AND name = ?2 AND revision = ?8 AND tags IS ?6
            """
        case .deleteIfUnchanged:
            "DELETE FROM records WHERE space = ?1 AND name = ?2 AND revision = ?3 AND tags IS NULL"
        case .insertTag: "INSERT INTO tags (space, tag, name) VALUES (?1, ?2, ?3)"
        case .deleteTag: "DELETE FROM tags WHERE space = ?1 AND tag = ?2 AND name = ?3"
        case .isDue: "SELECT 1 FROM records WHERE space = ?1 AND due <= ?2 LIMIT 1"
        case .claimable:
            "SELECT \(Self.columns) FROM records WHERE space = ?1 AND due <= ?2 ORDER BY due, name LIMIT ?3"
        case .byName: "SELECT \(Self.columns) \(Self.names) ORDER BY name LIMIT ?4"
        case .byNameReversed: "SELECT \(Self.columns) \(Self.names) ORDER BY name DESC LIMIT ?4"
        case .byTag: "SELECT \(Self.columns) \(Self.tags) ORDER BY tags.tag, tags.name LIMIT ?6"
        case .byTagReversed: "SELECT \(Self.columns) \(Self.tags) ORDER BY tags.tag DESC, tags.name DESC LIMIT ?6"
        case .byDue: "SELECT \(Self.columns) \(Self.dues) ORDER BY due, name LIMIT ?6"
        case .byDueReversed: "SELECT \(Self.columns) \(Self.dues) ORDER BY due DESC, name DESC LIMIT ?6"
        case .countByName: "SELECT count(*) \(Self.names)"
        case .countByTag:
            "SELECT count(*) FROM tags WHERE space = ?1 AND (tag, name) >= (?2, ?3) AND (tag, name) < (?4, ?5)"
        case .countByDue: "SELECT count(*) \(Self.dues)"
        }
    }

    /// The columns that ``Record`` is made of, in the order in which it is read.
    private static let columns =
        "records.name, records.revision, records.deliveries, records.due, records.tags, records.value"
    private static let insertion = """
        INSERT INTO records (space, name, revision, deliveries, due, tags, value)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
    private static let names = "FROM records WHERE space = ?1 AND name >= ?2 AND name < ?3"
    // The cross join makes SQLite walk the tags in their order and look each record up.
    private static let tags = """
        FROM tags CROSS JOIN records ON records.space = tags.space AND records.name = tags.name
        WHERE tags.space = ?1 AND (tags.tag, tags.name) >= (?2, ?3) AND (tags.tag, tags.name) < (?4, ?5)
        """
    // That due is not null lets SQLite use the partial index.
    private static let dues = """
        FROM records WHERE space = ?1 AND due IS NOT NULL AND (due, name) >= (?2, ?3) AND (due, name) < (?4, ?5)
        """
}
#endif
