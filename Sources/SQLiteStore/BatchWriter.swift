#if SQLite
internal import ResilienceCore

/// What the caller's own statements threw, which goes back to the caller as it is.
struct CallerFailure: Error {
    let error: any Error
}

/// Applies batches and claims within the transaction that is open.
///
/// One that is refused leaves nothing behind: all that may refuse it is tested before anything is written. What is
/// accepted fails only where the file does, with an ``SQLError``; then nothing of the transaction may stay.
struct BatchWriter {
    let connection: Connection
    let clock: any WallClock
    private let tables: RecordTables

    init(connection: Connection, clock: any WallClock, coder: any ValueCoder) {
        self.connection = connection
        self.clock = clock
        tables = RecordTables(connection: connection, coder: coder)
    }

    /// Applies a batch with the next revision, and the caller's own statements after it.
    func commit(
        _ batch: Batch,
        also statements: (@Sendable (SQLConnection) throws -> Void)?,
        revision: inout UInt64
    ) throws {
        if let before = batch.before, clock.now >= before { throw StoreError.late }
        let next = revision + 1
        if let statements {
            try whole {
                try apply(batch.writes, revision: next)
                try run(statements)
            }
        } else {
            try apply(batch.writes, revision: next)
        }
        revision = next
    }

    /// Applies all writes if all are accepted, else none.
    private func apply(_ writes: [Write], revision: UInt64) throws {
        if try applyDirectly(writes, revision: revision) { return }
        let heads = try accepted(writes)
        for (write, head) in zip(writes, heads) { try tables.apply(write, head, revision: revision) }
    }

    /// Applies all writes with few statements.
    ///
    /// One write that is tested by its own statement may go first, since nothing is written before it; the others are
    /// tested before that, but for those that expect nothing.
    ///
    /// - Returns: whether they were applied. If not, nothing was done.
    private func applyDirectly(_ writes: [Write], revision: UInt64) throws -> Bool {
        guard writes.count > 1 else { return try tables.applyDirectly(writes[0], revision: revision) }
        let first = writes.firstIndex(where: RecordTables.isTestedAsItIsWritten)
        var heads: [RecordHead?] = []
        heads.reserveCapacity(writes.count)
        for (index, write) in writes.enumerated() {
            let isLookedAt = index != first && !RecordTables.isAlwaysWritten(write)
            heads.append(isLookedAt ? try tables.head(write.key) : nil)
            guard !isLookedAt || RecordTables.accepts(write, heads[index], now: clock.now) else { return false }
        }
        if let first, try !tables.applyDirectly(writes[first], revision: revision) { return false }
        for (index, write) in writes.enumerated() where index != first {
            guard RecordTables.isAlwaysWritten(write) else {
                try tables.apply(write, heads[index], revision: revision)
                continue
            }
            if try tables.applyDirectly(write, revision: revision) { continue }
            try tables.apply(write, try tables.head(write.key), revision: revision)
        }
        return true
    }

    /// What is there for each write; throws all conflicts.
    private func accepted(_ writes: [Write]) throws -> [RecordHead?] {
        var heads: [RecordHead?] = []
        heads.reserveCapacity(writes.count)
        var conflicts: [StoreError.Conflict] = []
        for write in writes {
            let head = try tables.head(write.key)
            heads.append(head)
            guard !RecordTables.accepts(write, head, now: clock.now) else { continue }
            conflicts.append(.init(key: write.key, record: try tables.record(write.key)))
        }
        guard conflicts.isEmpty else { throw StoreError.conflict(conflicts) }
        return heads
    }

    private func run(_ statements: (SQLConnection) throws -> Void) throws {
        let face = SQLConnection(connection)
        defer { face.end() }
        do { try statements(face) } catch { throw CallerFailure(error: error) }
    }

    /// Claims what is due now; each record gets the next revision.
    func claim(_ claim: Claim, revision: inout UInt64) throws -> [Record] {
        var latest = revision
        let records = try tables.claim(claim, now: clock.now, revision: &latest)
        revision = latest
        return records
    }

    /// Runs `body` in a savepoint, so that it happens whole or not at all.
    private func whole<Result>(_ body: () throws -> Result) throws -> Result {
        try connection.statement(.savepoint).run()
        do {
            let result = try body()
            try connection.statement(.release).run()
            return result
        } catch {
            // A serious error has ended the whole transaction already; the group notices that.
            if connection.isInTransaction {
                try connection.statement(.undo).run()
                try connection.statement(.release).run()
            }
            throw error
        }
    }
}
#endif
