#if SQLite
internal import ResilienceCore

/// The writes that most commits are made of, each as one statement that tests what is expected and has the effect.
extension RecordTables {
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
        case (.put(let value, let due, let tags, _), .absent) where tags.isEmpty:
            let statement = try connection.statement(.insertIfAbsent)
            try bind(statement, write.key, revision, deliveries: 0, due, tags, value)
            try statement.run()
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
