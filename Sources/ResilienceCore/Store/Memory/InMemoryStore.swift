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

    /// The records at `keys`, looked up under one lock.
    public func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try Self.checkCancellation()
        try RecordKey.validate(keys)
        return state.withLock { state in
            keys.map { key in
                guard let space = state.space(key.space), let place = space.table.place(of: key.name) else {
                    return nil
                }
                return space.table.record(at: place, key: key)
            }
        }
    }

    /// A part of a space, read under one lock: its cost grows with the number of results.
    public func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try Self.checkCancellation()
        try scan.validate()
        return state.withLock { state in state.space(scan.space)?.table.scan(scan) ?? [] }
    }

    /// How many results a scan would have, without making them.
    public func count(_ scan: Scan) async throws(StoreError) -> Int {
        try Self.checkCancellation()
        try scan.validate()
        return state.withLock { state in state.space(scan.space)?.table.count(scan) ?? 0 }
    }

    /// Applies all writes of a batch under one lock, or none.
    @discardableResult
    public func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        try Self.checkCancellation()
        try batch.validate()
        let batch = coder == nil ? batch : try encoded(batch)
        let (revision, listeners) = try state.withLock { state throws(StoreError) in
            try state.commit(batch, clock: clock)
        }
        for listener in listeners { listener.yield() }
        return Revision(rawValue: revision)
    }

    /// Claims due records under one lock.
    public func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        try Self.checkCancellation()
        try claim.validate()
        return state.withLock { state in
            guard let space = state.space(claim.space) else { return [] }
            return state.claim(claim, from: space, now: clock.now)
        }
    }

    /// A hint after each commit that made something in `space` due, at once.
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

/// The table of one space: a class, since a state that holds several tables would copy one, with all its references,
/// to ask it something.
private final class MemorySpace {
    var table = MemoryTable()
}

/// What the lock guards.
private struct MemoryState {
    private var spaces: [String: MemorySpace] = [:]
    /// The space that was asked for last: most callers work in one.
    private var latest: (name: String, space: MemorySpace)?
    private var revision: UInt64 = 0
    private var remembered = RememberedCommits()
    /// In the order in which they came, and woken in it: a simulation repeats a run exactly.
    private var listeners: [String: [(id: UInt64, continuation: AsyncStream<Void>.Continuation)]] = [:]
    private var listenerNumber: UInt64 = 0

    mutating func space(_ name: String) -> MemorySpace? {
        if let latest, Bytes.equal(latest.name, name) { return latest.space }
        guard let space = spaces[Self.byteKey(name)] else { return nil }
        latest = (name, space)
        return space
    }

    private mutating func spaceCreated(_ name: String) -> MemorySpace {
        if let space = space(name) { return space }
        let space = MemorySpace()
        spaces[Self.byteKey(name)] = space
        latest = (name, space)
        return space
    }

    /// A dictionary of strings takes equivalent spellings for one; spaces are told apart by bytes.
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
            try commitOne(batch.writes[0], clock: clock)
        } else {
            try commitMany(batch.writes, clock: clock)
        }
        if let id = batch.id { remembered[id] = revision }
        return (revision, listeners.isEmpty ? [] : awakened(by: batch))
    }

    private mutating func commitOne(_ write: Write, clock: any WallClock) throws(StoreError) {
        let space = spaceCreated(write.key.space)
        let place = space.table.place(of: write.key.name)
        guard space.table.accepts(write, at: place, now: clock.now) else {
            throw .conflict([conflict(write, space, place)])
        }
        revision += 1
        space.table.apply(write, at: place, revision: revision)
    }

    private mutating func commitMany(_ writes: [Write], clock: any WallClock) throws(StoreError) {
        var found: [(space: MemorySpace, place: Int32?)] = []
        found.reserveCapacity(writes.count)
        var conflicts: [StoreError.Conflict] = []
        for write in writes {
            let space = spaceCreated(write.key.space)
            let place = space.table.place(of: write.key.name)
            found.append((space, place))
            guard !space.table.accepts(write, at: place, now: clock.now) else { continue }
            conflicts.append(conflict(write, space, place))
        }
        guard conflicts.isEmpty else { throw .conflict(conflicts) }
        revision += 1
        for (write, at) in zip(writes, found) {
            at.space.table.apply(write, at: at.place, revision: revision)
        }
    }

    private func conflict(_ write: Write, _ space: MemorySpace, _ place: Int32?) -> StoreError.Conflict {
        .init(key: write.key, record: place.map { space.table.record(at: $0, key: write.key) })
    }

    mutating func claim(_ claim: Claim, from space: MemorySpace, now: Timestamp) -> [Record] {
        var latest = revision
        let records = space.table.claim(claim, now: now) {
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
