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
            var records: [Record?] = []
            records.reserveCapacity(keys.count)
            for index in keys.indices { records.append(state.space(keys[index].space)?.table.record(keys[index])) }
            return records
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

/// One space.
private final class MemorySpace {
    var table = MemoryTable()
    /// In the order in which they came, and woken in it: a simulation repeats a run exactly.
    var listeners: [(id: UInt64, continuation: AsyncStream<Void>.Continuation)] = []
}

/// What the lock guards.
private struct MemoryState: ~Copyable {
    private var spaces: [String: MemorySpace] = [:]
    /// Those that were asked for last: the commits of one primitive concern a few.
    private var recent: [(name: String, space: MemorySpace)] = []
    private var oldest = 0
    private var revision: UInt64 = 0
    private var remembered = RememberedCommits()
    private var listenerNumber: UInt64 = 0
    /// Where the writes of the commit under way go; kept, so that a commit needs no memory of its own.
    private var targets: [(space: MemorySpace, place: NameTable.Place)] = []

    mutating func space(_ name: String) -> MemorySpace? {
        for index in recent.indices where Bytes.equal(recent[index].name, name) { return recent[index].space }
        guard let space = spaces[Self.byteKey(name)] else { return nil }
        remember(name, space)
        return space
    }

    private mutating func spaceCreated(_ name: String) -> MemorySpace {
        if let space = space(name) { return space }
        let space = MemorySpace()
        spaces[Self.byteKey(name)] = space
        remember(name, space)
        return space
    }

    private mutating func remember(_ name: String, _ space: MemorySpace) {
        guard recent.count == 8 else { return recent.append((name, space)) }
        recent[oldest] = (name, space)
        oldest = (oldest + 1) % 8
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
        // A span lends its elements, where an array copies them and counts all that they refer to.
        let writes = batch.writes.span
        try find(writes, clock: clock)
        revision += 1
        var awakened: [MemorySpace] = []
        for index in targets.indices {
            let space = targets[index].space
            space.table.apply(writes[index], at: targets[index].place, revision: revision)
            guard !space.listeners.isEmpty, writes[index].makesDue else { continue }
            if !awakened.contains(where: { $0 === space }) { awakened.append(space) }
        }
        if let id = batch.id { remembered[id] = revision }
        return (revision, awakened.isEmpty ? [] : awakened.flatMap { $0.listeners.map(\.continuation) })
    }

    /// Looks up where the writes go, and whether all can be applied.
    private mutating func find(_ writes: Span<Write>, clock: any WallClock) throws(StoreError) {
        targets.removeAll(keepingCapacity: true)
        var conflicts: [StoreError.Conflict] = []
        for index in writes.indices {
            let space = spaceCreated(writes[index].key.space)
            let place = space.table.place(of: writes[index].key.name)
            targets.append((space, place))
            guard !space.table.accepts(writes[index], at: place.slot, now: clock.now) else { continue }
            let key = writes[index].key
            conflicts.append(.init(key: key, record: place.slot.map { space.table.record(at: $0, key: key) }))
        }
        guard conflicts.isEmpty else { throw .conflict(conflicts) }
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
        spaceCreated(space).listeners.append((listenerNumber, continuation))
        return listenerNumber
    }

    mutating func stopListening(in space: String, _ id: UInt64) {
        self.space(space)?.listeners.removeAll { $0.id == id }
    }
}

extension Write {
    fileprivate var makesDue: Bool {
        switch effect {
        case .put(_, .some, _, _), .reschedule(.some): true
        default: false
        }
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
