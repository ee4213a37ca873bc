#if SQLite
internal import ResilienceCore

/// Reads and changes records within the transaction that is open on a connection. Knows no group, no thread and no lock.
struct RecordTables {
    let connection: Connection
    let coder: any ValueCoder

    func head(_ key: RecordKey) throws(SQLError) -> RecordHead? {
        let statement = try connection.statement(.head)
        try statement.bind(key)
        guard try statement.step() else { return nil }
        defer { statement.reset() }
        return statement.head()
    }

    func record(_ key: RecordKey) throws(SQLError) -> Record? {
        let statement = try connection.statement(.record)
        try statement.bind(key)
        guard try statement.step() else { return nil }
        defer { statement.reset() }
        return statement.record(in: key.space, coder: coder)
    }

    /// Whether a write can be applied to what is there; `now` is read only if the effect asks for it.
    static func accepts(_ write: Write, _ head: RecordHead?, now: @autoclosure () -> Timestamp) -> Bool {
        switch write.expect {
        case .any: break
        case .absent: guard head == nil else { return false }
        case .revision(let revision): guard head?.revision == revision.rawValue else { return false }
        }
        switch write.effect {
        case .renew, .reschedule: return head != nil
        case .deliver:
            guard let due = head?.due else { return false }
            return due <= now()
        case .put, .delete, .verify: return true
        }
    }

    /// Applies a write that was accepted for `head`.
    func apply(_ write: Write, _ head: RecordHead?, revision: UInt64) throws {
        switch write.effect {
        case .put(let value, let due, let tags, let clearing):
            let deliveries = clearing ? 0 : head?.deliveries ?? 0
            let statement = try connection.statement(head == nil ? .insert : .replace)
            try bind(statement, write.key, revision, deliveries: deliveries, due, tags, value)
            try statement.run()
            try replaceTags(head?.tags ?? [], by: tags, of: write.key)
        case .renew(let until):
            guard let head, let due = head.due, until > due else { return }
            try move(write.key, revision: head.revision, deliveries: head.deliveries, due: until)
        case .reschedule(let due):
            guard let head else { return }
            try move(write.key, revision: revision, deliveries: head.deliveries, due: due)
        case .deliver(let until):
            guard let head else { return }
            try move(write.key, revision: revision, deliveries: head.deliveries + 1, due: until)
        case .delete:
            guard let head else { return }
            let statement = try connection.statement(.delete)
            try statement.bind(write.key)
            try statement.run()
            try replaceTags(head.tags, by: [], of: write.key)
        case .verify:
            break
        }
    }

    /// Binds a whole record, as the first seven parameters.
    func bind(
        _ statement: Statement,
        _ key: RecordKey,
        _ revision: UInt64,
        deliveries: Int,
        _ due: Timestamp?,
        _ tags: [String],
        _ value: StoredValue
    ) throws {
        try statement.bind(key)
        try statement.bind(revision, deliveries, due)
        try statement.bind(tags: tags, at: 6)
        try statement.bind(utf8: try value.encoded(by: coder), at: 7)
    }

    private func move(_ key: RecordKey, revision: UInt64, deliveries: Int, due: Timestamp?) throws(SQLError) {
        let statement = try connection.statement(.move)
        try statement.bind(key)
        try statement.bind(revision, deliveries, due)
        try statement.run()
    }

    func replaceTags(_ old: [String], by new: [String], of key: RecordKey) throws(SQLError) {
        guard !(old.isEmpty && new.isEmpty) else { return }
        for tag in old where !new.contains(where: { Bytes.equal($0, tag) }) { try change(.deleteTag, tag, of: key) }
        for tag in new where !old.contains(where: { Bytes.equal($0, tag) }) { try change(.insertTag, tag, of: key) }
    }

    private func change(_ query: Query, _ tag: String, of key: RecordKey) throws(SQLError) {
        let statement = try connection.statement(query)
        try statement.bind(key.space, at: 1)
        try statement.bind(tag, at: 2)
        try statement.bind(key.name, at: 3)
        try statement.run()
    }

    /// Claims what is due at `now`; each record gets the next number as its revision.
    func claim(_ claim: Claim, now: Timestamp, revision: inout UInt64) throws(SQLError) -> [Record] {
        let statement = try connection.statement(.claimable)
        try statement.bind(claim.space, at: 1)
        try statement.bind(now.microseconds, at: 2)
        try statement.bind(Int64(claim.limit), at: 3)
        var due: [Record] = []
        while try statement.step() { due.append(statement.record(in: claim.space, coder: coder)) }
        let end = now.advanced(by: claim.lease)
        var claimed: [Record] = []
        claimed.reserveCapacity(due.count)
        for record in due {
            revision += 1
            try move(record.key, revision: revision, deliveries: record.deliveries + 1, due: end)
            claimed.append(
                Record(
                    key: record.key,
                    revision: Revision(rawValue: revision),
                    deliveries: record.deliveries + 1,
                    due: end,
                    tags: record.tags,
                    value: record.value
                )
            )
        }
        return claimed
    }
}

extension Statement {
    /// Binds what every change of a record sets, from the third parameter on.
    fileprivate func bind(_ revision: UInt64, _ deliveries: Int, _ due: Timestamp?) throws(SQLError) {
        try bind(Int64(bitPattern: revision), at: 3)
        try bind(Int64(deliveries), at: 4)
        try bind(due?.microseconds, at: 5)
    }
}
#endif
