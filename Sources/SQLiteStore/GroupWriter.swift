#if SQLite
internal import ResilienceCore

/// What the writer is asked for.
enum WriteWork: Sendable {
    case commit(Batch, also: (@Sendable (SQLConnection) throws -> Void)?)
    case claim(Claim)
    /// Whether another connection has committed since this was last asked.
    case look
}

/// What the writer answers.
struct WriteReply: Sendable {
    /// Of a commit.
    var revision = Revision(rawValue: 0)
    /// Of a claim.
    var records: [Record] = []
    /// Of a look.
    var hasChangedElsewhere = false
}

/// Writes groups of batches, each group in one transaction with one sync, on the one connection that writes.
///
/// Not Sendable: it lives behind a `Mutex`.
struct GroupWriter {
    typealias Outcome = Result<WriteReply, any Error>

    /// How many pieces of work share a transaction at most.
    static let groupSize = 512
    private static let groupTime = Duration.milliseconds(5)
    /// How long a lock is waited for between two tries.
    static let pause = Duration.microseconds(500)

    let connection: Connection
    private let clock: any WallClock
    private let path: String
    private let batches: BatchWriter
    private var markers: CommitMarkers
    private var dataVersion: Int64 = 0
    /// The revision that this writer left in the file; another one was written by somebody else.
    private var revisionLeft: UInt64?
    /// For how many groups more others are thought to want the lock, since they had it not long ago.
    private(set) var groupsNearOthers = 0

    init(connection: Connection, clock: any WallClock, coder: any ValueCoder, path: String, origin: UInt64) {
        self.connection = connection
        self.clock = clock
        self.path = path
        batches = BatchWriter(connection: connection, clock: clock, coder: coder)
        markers = CommitMarkers(connection: connection, origin: origin)
    }

    /// Does work in one transaction.
    ///
    /// - Parameters:
    ///   - work: what waits now.
    ///   - tries: how often to try for a lock that another process holds.
    ///   - more: gives what has come meanwhile, at most that many pieces.
    /// - Returns: an outcome for each piece, in their order; `nil` if the lock was not to be had.
    /// - Throws: what holds for all pieces; nothing was done.
    mutating func run(
        _ work: [WriteWork],
        tries: Int,
        more: (Int) -> [WriteWork]
    ) throws(StoreError) -> [Outcome]? {
        let group: Group
        do {
            guard try begin(tries) else { return nil }
            group = try gather(work, more)
            guard group.hasChanges else {
                try connection.statement(.rollback).run()
                return group.outcomes
            }
            try record(group)
        } catch {
            rollBack()
            throw unavailable(error)
        }
        return end(group, tries)
    }

    /// Begins a transaction with the lock for writing; false if another process keeps it.
    private mutating func begin(_ tries: Int) throws(SQLError) -> Bool {
        let statement = try connection.statement(.beginWriting)
        for attempt in 0..<tries {
            if attempt > 0 {
                groupsNearOthers = Self.groupSize
                Threads.pause(Self.pause)
            }
            do throws(SQLError) {
                try statement.run()
                return true
            } catch  where error.isBusy {}
        }
        return false
    }

    private mutating func currentRevision() throws(SQLError) -> UInt64 {
        let statement = try connection.statement(.revision)
        guard try statement.step() else { throw SQLError(code: 11, message: "the file has lost its revision") }
        defer { statement.reset() }
        let revision = UInt64(bitPattern: statement.integer(0))
        let isAlone = revisionLeft == nil || revisionLeft == revision
        groupsNearOthers = isAlone ? max(0, groupsNearOthers - 1) : Self.groupSize
        revisionLeft = revision
        return revision
    }

    private mutating func gather(_ work: [WriteWork], _ more: (Int) -> [WriteWork]) throws -> Group {
        var group = Group(after: try currentRevision())
        markers.beginGroup()
        let began = clock.now
        var work = work
        while !work.isEmpty {
            for piece in work {
                let outcome = try outcome(of: piece, &group.revision)
                group.add(outcome, of: piece)
                guard connection.isInTransaction else {
                    throw SQLError(code: 10, message: "the transaction was rolled back")
                }
            }
            let room = Self.groupSize - group.outcomes.count
            guard room > 0, began.duration(to: clock.now) < Self.groupTime else { return group }
            work = more(room)
        }
        return group
    }

    /// Does one piece. An error of SQLite itself is thrown: it is one of the file, and concerns the whole group.
    private mutating func outcome(of work: WriteWork, _ revision: inout UInt64) throws(SQLError) -> Outcome {
        let before = revision
        do {
            switch work {
            case .commit(let batch, let also):
                if let id = batch.id, let known = try markers.revision(of: id) {
                    return .success(WriteReply(revision: Revision(rawValue: known)))
                }
                try batches.commit(batch, also: also, revision: &revision)
                if let id = batch.id { try markers.remember(id, revision, at: clock.now) }
                return .success(WriteReply(revision: Revision(rawValue: revision)))
            case .claim(let claim):
                return .success(WriteReply(records: try batches.claim(claim, revision: &revision)))
            case .look:
                return .success(WriteReply(hasChangedElsewhere: try hasChangedElsewhere()))
            }
        } catch let failure as CallerFailure {
            revision = before
            return .failure(failure.error)
        } catch let error as SQLError {
            throw error
        } catch {
            revision = before
            return .failure(unavailable(error))
        }
    }

    private mutating func hasChangedElsewhere() throws(SQLError) -> Bool {
        let statement = try connection.statement(.dataVersion)
        guard try statement.step() else { return false }
        defer { statement.reset() }
        defer { dataVersion = statement.integer(0) }
        return statement.integer(0) != dataVersion
    }
}

// MARK: - The end of a group

extension GroupWriter {
    /// Writes what belongs to the group as a whole.
    private mutating func record(_ group: Group) throws(SQLError) {
        let now = clock.now
        try markers.write(group.revisions, at: now)
        let statement = try connection.statement(.setRevision)
        try statement.bind(Int64(bitPattern: group.revision), at: 1)
        try statement.run()
    }

    /// Commits, and says what is known of each piece.
    private mutating func end(_ group: Group, _ tries: Int) -> [Outcome] {
        do {
            try commit(tries)
            markers.settle()
            revisionLeft = group.revision
            return group.outcomes
        } catch {
            let isUndone = error.isBusy
            if !isUndone { markers.keep() }
            rollBack()
            // What was refused was refused in view of batches that may not have happened.
            return group.revisions.enumerated().map { index, revision in
                guard revision != 0, !isUndone else { return .failure(unavailable(error)) }
                return .failure(StoreError.indeterminate(group.ids[index] ?? markers.id(index)))
            }
        }
    }

    private func commit(_ tries: Int) throws(SQLError) {
        let statement = try connection.statement(.commit)
        var left = tries
        while true {
            do throws(SQLError) {
                return try statement.run()
            } catch  where error.isBusy && left > 1 {
                left -= 1
                Threads.pause(Self.pause)
            }
        }
    }

    private func rollBack() {
        guard connection.isInTransaction else { return }
        // If even this fails the connection stays in its transaction, and the next BEGIN says so to its callers.
        try? connection.statement(.rollback).run()
    }

    private func unavailable(_ error: any Error) -> StoreError {
        guard let error = error as? SQLError else { return error as? StoreError ?? .unavailable(error) }
        return .unavailable(SQLiteStoreError(error, path))
    }

    /// What is gathered while a transaction is open.
    private struct Group {
        /// The revision before the group.
        let start: UInt64
        /// The latest revision given.
        var revision: UInt64
        private(set) var outcomes: [Outcome] = []
        /// Of each piece its revision, 0 if it changed nothing.
        private(set) var revisions: [UInt64] = []
        /// Of each piece the id that it was handed in with.
        private(set) var ids: [CommitID?] = []
        private var recorded: UInt64

        init(after revision: UInt64) {
            start = revision
            self.revision = revision
            recorded = revision
        }

        var hasChanges: Bool { revision != start }

        mutating func add(_ outcome: Outcome, of work: WriteWork) {
            outcomes.append(outcome)
            revisions.append(revision == recorded ? 0 : revision)
            recorded = revision
            if case .commit(let batch, _) = work { ids.append(batch.id) } else { ids.append(nil) }
        }
    }
}
#endif
