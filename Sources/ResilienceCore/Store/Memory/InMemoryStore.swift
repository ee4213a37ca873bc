import Synchronization

/// The reference store: everything in this process, nothing after it.
///
/// One lock around plain data; it never suspends and never encodes, unless it is given a coder. A single-record commit
/// costs about a microsecond. Nothing is polled: a wake-up follows the commit that causes it.
///
/// ```swift
/// let store = InMemoryStore()
/// try await store.commit(Batch([.put(RecordKey("example", "a"), 1, expect: .absent)]))
/// ```
public final class InMemoryStore: RecordStore {
    /// The clock on which due times, leases and `before` are measured.
    public let clock: any WallClock
    private let coder: (any ValueCoder)?
    private let state = Mutex(MemoryState())

    /// Creates an empty store.
    ///
    /// - Parameters:
    ///   - clock: the clock of due times and leases.
    ///   - coder: if given, every value is encoded at its commit and decoded when it is read, as a store on disk does:
    ///     for tests that values survive it.
    public init(clock: any WallClock = .system, coder: (any ValueCoder)? = nil) {
        self.clock = clock
        self.coder = coder
    }

    public func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try Self.checkCancellation()
        try RecordKey.validate(keys)
        return state.withLock { state in
            keys.map { key in
                guard let table = state.table(key.space), let place = state.tables[table].place(of: key.name) else {
                    return nil
                }
                return state.tables[table].record(at: place, key: key)
            }
        }
    }

    public func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try Self.checkCancellation()
        try scan.validate()
        return state.withLock { state in state.table(scan.space).map { state.tables[$0].scan(scan) } ?? [] }
    }

    public func count(_ scan: Scan) async throws(StoreError) -> Int {
        try Self.checkCancellation()
        try scan.validate()
        return state.withLock { state in state.table(scan.space).map { state.tables[$0].count(scan) } ?? 0 }
    }

    @discardableResult
    public func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        try Self.checkCancellation()
        try batch.validate()
        let batch = try encoded(batch)
        let (revision, listeners) = try state.withLock { state throws(StoreError) in
            try state.commit(batch, clock: clock)
        }
        for listener in listeners { listener.yield() }
        return Revision(rawValue: revision)
    }

    public func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        try Self.checkCancellation()
        try claim.validate()
        return state.withLock { state in
            guard let table = state.table(claim.space) else { return [] }
            return state.claim(claim, from: table, now: clock.now)
        }
    }

    public func wakeups(in space: String) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = state.withLock { $0.listen(in: space, continuation) }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.stopListening(in: space, id) }
            }
        }
    }

    private static func checkCancellation() throws(StoreError) {
        if Task.isCancelled { throw .cancelled }
    }

    private func encoded(_ batch: Batch) throws(StoreError) -> Batch {
        guard let coder else { return batch }
        var batch = batch
        for index in batch.writes.indices {
            guard case .put(let value, let due, let tags, let clearing) = batch.writes[index].effect else { continue }
            let stored = StoredValue(encoded: try value.encoded(by: coder), coder: coder)
            batch.writes[index].effect = .put(stored, due: due, tags: tags, clearingDeliveries: clearing)
        }
        return batch
    }
}

/// What the lock guards.
private struct MemoryState {
    var tables: [MemoryTable] = []
    private var numbers: [String: Int] = [:]
    /// The table that was asked for last: most callers work in one space.
    private var latest: (space: String, table: Int)?
    private var revision: UInt64 = 0
    private var remembered = RememberedCommits()
    /// In the order in which they came, and woken in it: a simulation repeats a run exactly.
    private var listeners: [String: [(id: UInt64, continuation: AsyncStream<Void>.Continuation)]] = [:]
    private var listenerNumber: UInt64 = 0

    mutating func table(_ space: String) -> Int? {
        if let latest, Bytes.equal(latest.space, space) { return latest.table }
        // A dictionary of strings takes equivalent spellings for one; spaces are few, so they are told apart by bytes.
        guard let table = numbers[Self.byteKey(space)] else { return nil }
        latest = (space, table)
        return table
    }

    private mutating func tableCreated(_ space: String) -> Int {
        if let table = table(space) { return table }
        tables.append(MemoryTable())
        numbers[Self.byteKey(space)] = tables.count - 1
        latest = (space, tables.count - 1)
        return tables.count - 1
    }

    private static func byteKey(_ space: String) -> String {
        space.utf8.allSatisfy { $0 < 0x80 } ? space : space.utf8.map(String.init).joined(separator: "-") + "\u{0}"
    }

    mutating func commit(
        _ batch: Batch,
        clock: any WallClock
    ) throws(StoreError) -> (UInt64, [AsyncStream<Void>.Continuation]) {
        if let id = batch.id, let known = remembered[id] { return (known, []) }
        if let before = batch.before, clock.now >= before { throw .late }
        if batch.writes.count == 1 {
            let table = tableCreated(batch.writes[0].key.space)
            let place = tables[table].place(of: batch.writes[0].key.name)
            guard tables[table].accepts(batch.writes[0], at: place, now: clock.now) else {
                throw .conflict([conflict(batch.writes[0], table, place)])
            }
            revision += 1
            tables[table].apply(batch.writes[0], at: place, revision: revision)
        } else {
            try commitMany(batch.writes, clock: clock)
        }
        if let id = batch.id { remembered[id] = revision }
        return (revision, listeners.isEmpty ? [] : awakened(by: batch))
    }

    private mutating func commitMany(_ writes: [Write], clock: any WallClock) throws(StoreError) {
        var found: [(table: Int, place: Int32?)] = []
        found.reserveCapacity(writes.count)
        var conflicts: [StoreError.Conflict] = []
        for write in writes {
            let table = tableCreated(write.key.space)
            let place = tables[table].place(of: write.key.name)
            found.append((table, place))
            guard !tables[table].accepts(write, at: place, now: clock.now) else { continue }
            conflicts.append(conflict(write, table, place))
        }
        guard conflicts.isEmpty else { throw .conflict(conflicts) }
        revision += 1
        for (write, at) in zip(writes, found) {
            tables[at.table].apply(write, at: at.place, revision: revision)
        }
    }

    private func conflict(_ write: Write, _ table: Int, _ place: Int32?) -> StoreError.Conflict {
        .init(key: write.key, record: place.map { tables[table].record(at: $0, key: write.key) })
    }

    mutating func claim(_ claim: Claim, from table: Int, now: Timestamp) -> [Record] {
        var latest = revision
        let records = tables[table].claim(claim, now: now) {
            latest += 1
            return latest
        }
        revision = latest
        return records
    }

    mutating func listen(in space: String, _ continuation: AsyncStream<Void>.Continuation) -> UInt64 {
        listenerNumber += 1
        listeners[Self.byteKey(space), default: []].append((listenerNumber, continuation))
        return listenerNumber
    }

    mutating func stopListening(in space: String, _ id: UInt64) {
        listeners[Self.byteKey(space)]?.removeAll { $0.id == id }
        if listeners[Self.byteKey(space)]?.isEmpty == true { listeners[Self.byteKey(space)] = nil }
    }

    private func awakened(by batch: Batch) -> [AsyncStream<Void>.Continuation] {
        var spaces: [String] = []
        for write in batch.writes {
            switch write.effect {
            case .put(_, .some, _, _), .reschedule(.some):
                let space = Self.byteKey(write.key.space)
                if !spaces.contains(space) { spaces.append(space) }
            default: break
            }
        }
        return spaces.flatMap { listeners[$0, default: []].map(\.continuation) }
    }
}

/// The results of the last 4,096 commits that carried an id.
private struct RememberedCommits {
    private var revisions: [CommitID: UInt64] = [:]
    private var order: [CommitID] = []
    private var oldest = 0
    private static let capacity = 4_096

    subscript(id: CommitID) -> UInt64? {
        get { revisions[id] }
        set {
            revisions[id] = newValue
            if order.count < Self.capacity {
                order.append(id)
            } else {
                revisions[order[oldest]] = nil
                order[oldest] = id
                oldest = (oldest + 1) % Self.capacity
            }
        }
    }
}
