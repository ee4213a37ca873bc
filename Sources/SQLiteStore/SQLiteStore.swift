#if SQLite
public import ResilienceCore
internal import ResilienceFoundation

/// The store in a file, on the system's sqlite3: survives the process, and with ``Durability/full`` a loss of power.
///
/// Several processes may use one file. One thread writes, in groups: commits that wait at the same time share one sync.
/// Values are stored as JSON in the table `records`, where `sqlite3` can query them.
///
/// ```swift
/// let store = try SQLiteStore(path: "/var/lib/shop/payments.db")
/// try await store.commit(Batch([.put(RecordKey("shop.orders", "4711"), order, expect: .absent)]))
/// ```
///
/// A call that is cancelled while it waits for its turn throws ``StoreError/cancelled`` with nothing done; one whose
/// group is being written waits for the outcome. Errors of SQLite come as ``StoreError/unavailable(_:)`` with a
/// ``SQLiteStoreError`` or, if a commit's outcome is not known, as ``StoreError/indeterminate(_:)``.
public final class SQLiteStore: RecordStore {
    /// The clock on which due times, leases and `before` are measured.
    public let clock: any WallClock
    private let coder: any ValueCoder
    private let writer: Writer
    private let readers: ReaderPool
    private let threads = Threads()
    private let board = WakeupBoard()
    private let otherWriters = OtherWriters()
    private let backlogs = Backlogs()
    private let isShared: Bool

    /// Opens the file, and creates it if there is none. Blocks while the file is read.
    ///
    /// A file of an earlier version is brought forward. One that cannot be used is left as it was.
    ///
    /// - Parameters:
    ///   - path: the file; its directory must exist. Beside it SQLite keeps two more, with `-wal` and `-shm` appended.
    ///   - clock: the clock of due times and leases.
    ///   - options: how the file is used.
    /// - Throws: ``SQLiteStoreError``, which names the file.
    public convenience init(
        path: String,
        clock: any WallClock = .system,
        options: SQLiteStoreOptions = .init()
    ) throws(SQLiteStoreError) {
        try self.init(path: path, clock: clock, coder: JSONCoder(), options: options)
    }

    private init(
        path: String,
        clock: any WallClock,
        coder: any ValueCoder,
        options: SQLiteStoreOptions
    ) throws(SQLiteStoreError) {
        do throws(InvalidArgument) { try options.validate() } catch { throw SQLiteStoreError(error, path) }
        let file = StoreFile(path: path, options: options)
        let connection = try file.openForWriting()
        self.clock = clock
        self.coder = coder
        writer = Writer(connection, clock: clock, coder: coder, path: path, options: options, board: board)
        readers = ReaderPool(clock: clock, coder: coder, path: path) { () throws(SQLError) in
            try file.openForReading()
        }
        isShared = options.sharedByProcesses
        writer.start(on: threads)
        readers.start(options.readers, on: threads)
    }

    deinit { stop() }

    /// Ends the store: what waits is still done, further calls are `unavailable`. Returns when the file is closed.
    public func close() async {
        stop()
        await threads.allEnded()
    }

    private func stop() {
        board.close()
        readers.close()
        writer.close()
    }

    /// A hint after each commit to `space`: at once for this store's own, within a second for those of other processes.
    public func wakeups(in space: String) -> AsyncStream<Void> {
        board.stream(
            in: space,
            onStart: { [otherWriters, writer, board, isShared, clock] in
                guard isShared else { return }
                otherWriters.listenerCame(clock: clock) {
                    guard let reply = try? await writer.submit(.look), reply.hasChangedElsewhere else { return }
                    board.wakeAll()
                }
            },
            onEnd: { [otherWriters, isShared] in
                if isShared { otherWriters.listenerWent() }
            }
        )
    }
}

// MARK: - Writing

extension SQLiteStore {
    /// Applies all writes of a batch, or none, in one transaction with whatever waits at the same time.
    @discardableResult
    public func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        try Self.checkCancellation()
        try batch.validate()
        let work = WriteWork.commit(try encoded(batch), also: nil)
        return try await write(work).revision
    }

    /// Applies all writes of a batch and runs statements of the caller's own, in the same transaction: both or neither.
    ///
    /// ```swift
    /// try await store.commit(Batch([.put(key, order, expect: .absent)])) { connection in
    ///     try connection.execute("UPDATE stock SET left = left - 1 WHERE article = ?1", .text(article))
    /// }
    /// ```
    ///
    /// The statements run on the writer's thread after the writes, while the lock is held: other commits wait for them.
    /// If the batch is handed in again with the id of one that was applied, they are not run.
    ///
    /// - Throws: ``StoreError``, as ``commit(_:)`` does, or whatever `statements` throws; then nothing was done.
    @discardableResult
    public func commit(
        _ batch: Batch,
        also statements: @escaping @Sendable (SQLConnection) throws -> Void
    ) async throws -> Revision {
        try Self.checkCancellation()
        try batch.validate()
        return try await writer.submit(.commit(try encoded(batch), also: statements)).revision
    }

    /// Claims due records; the lock for writing is taken only if something is due.
    public func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        try Self.checkCancellation()
        try claim.validate()
        // The lock for writing is taken only if there is something to claim, as there is behind a claim that was full.
        if !backlogs.contains(claim.space) {
            guard try await look(.isDue(claim.space)).isDue else { return [] }
        }
        let records = try await write(.claim(claim)).records
        backlogs.set(claim.space, records.count == claim.limit)
        return records
    }

    private func write(_ work: WriteWork) async throws(StoreError) -> WriteReply {
        do {
            return try await writer.submit(work)
        } catch {
            throw error as? StoreError ?? .unavailable(error)
        }
    }

    /// The batch with its values as bytes: encoding is the caller's work, not the writer's.
    private func encoded(_ batch: Batch) throws(StoreError) -> Batch {
        var batch = batch
        for index in batch.writes.indices {
            guard case .put(let value, let due, let tags, let clearing) = batch.writes[index].effect else { continue }
            let stored = StoredValue(encoded: try value.encoded(by: coder), coder: coder)
            batch.writes[index].effect = .put(stored, due: due, tags: tags, clearingDeliveries: clearing)
        }
        return batch
    }
}

// MARK: - Reading

extension SQLiteStore {
    /// The records at `keys`, in one read transaction.
    public func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try Self.checkCancellation()
        try RecordKey.validate(keys)
        return try await look(.read(keys)).records
    }

    /// A part of a space, in one read transaction, from an index.
    public func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try Self.checkCancellation()
        try scan.validate()
        return try await look(.scan(scan)).found
    }

    /// How many results a scan would have, counted by SQLite.
    public func count(_ scan: Scan) async throws(StoreError) -> Int {
        try Self.checkCancellation()
        try scan.validate()
        return try await look(.count(scan)).count
    }

    private func look(_ work: ReadWork) async throws(StoreError) -> ReadReply {
        do {
            return try await readers.submit(work)
        } catch {
            throw error as? StoreError ?? .unavailable(error)
        }
    }

    private static func checkCancellation() throws(StoreError) {
        if Task.isCancelled { throw .cancelled }
    }
}
#else
/// The durable store on the system's sqlite3: enable the trait `SQLite` of this package.
@available(*, unavailable, message: "enable the trait SQLite")
public enum SQLiteStore {}
#endif
