#if SQLite
internal import ResilienceCore

/// The writes that most commits are made of, each as one statement that tests what is expected and has the effect.
extension RecordTables {
    /// Whether one statement tests what a write expects and has its effect.
    static func isTestedAsItIsWritten(_ write: Write) -> Bool {
        switch (write.effect, write.expect) {
        case (.put, .absent), (.put, .revision), (.delete, .revision): true
        default: false
        }
    }

    /// Whether a write is applied whatever is there, mostly by one statement.
    static func isAlwaysWritten(_ write: Write) -> Bool {
        guard case .put(_, _, let tags, _) = write.effect, case .any = write.expect else { return false }
        return tags.isEmpty
    }

    /// Applies a write if one statement can.
    ///
    /// - Returns: whether it was applied. If not, nothing was done: the expectation may not hold, or tags may have to change.
    func applyDirectly(_ write: Write, revision: UInt64) throws -> Bool {
        switch (write.effect, write.expect) {
        case (.put(let value, let due, let tags, let clearing), .any) where tags.isEmpty:
            let statement = try connection.statement(.upsertPlain)
            try bind(statement, write.key, revision, deliveries: 0, due, tags, value)
            try statement.bind(Int64(clearing ? 0 : 1), at: 8)
            try statement.run()
        case (.put(let value, let due, let tags, _), .absent):
            let statement = try connection.statement(.insertIfAbsent)
            try bind(statement, write.key, revision, deliveries: 0, due, tags, value)
            try statement.run()
            guard connection.changes > 0 else { return false }
            try replaceTags([], by: tags, of: write.key)
            return true
        case (.put(let value, let due, let tags, let clearing), .revision(let expected)):
            let statement = try connection.statement(.replaceIfUnchanged)
            try bind(statement, write.key, revision, deliveries: clearing ? 0 : 1, due, tags, value)
            try statement.bind(Int64(bitPattern: expected.rawValue), at: 8)
            try statement.run()
        case (.delete, .revision(let expected)):
            let statement = try connection.statement(.deleteIfUnchanged)
            try statement.bind(write.key)
            try statement.bind(Int64(bitPattern: expected.rawValue), at: 3)
            try statement.run()
        default: return false
        }
        return connection.changes > 0
    }
}
#endif
