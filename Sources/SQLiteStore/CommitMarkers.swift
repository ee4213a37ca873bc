#if SQLite
internal import ResilienceCore

/// What the file remembers of commits, so that one whose outcome was not learned can be handed in again.
///
/// Each group of commits writes one marker, a row of `meta` with the revisions of its batches, in its own transaction. An id is
/// told only when the outcome of its group is unknown, so the next group replaces the marker of one that is known; only
/// the others are kept, for an hour.
struct CommitMarkers {
    private let connection: Connection
    private let origin: UInt64
    private var group: UInt64 = 0
    /// The group whose marker the next one replaces.
    private var replaceable: UInt64?
    private var lastPurge: Timestamp?
    private static let window = Duration.seconds(3_600)
    private static let purgeInterval = Duration.seconds(600)
    private static let indexBits: UInt64 = 10

    init(connection: Connection, origin: UInt64) {
        self.connection = connection
        self.origin = origin
    }

    /// The id of a batch of the group that is being written.
    func id(_ index: Int) -> CommitID { CommitID(origin: origin, number: group << Self.indexBits | UInt64(index)) }

    /// Begins a group.
    mutating func beginGroup() { group += 1 }

    /// The group was committed, and its callers know: its marker is not needed any longer.
    mutating func settle() { replaceable = group }

    /// Nobody knows whether the group was committed: its marker decides, if it is there.
    mutating func keep() { replaceable = nil }

    /// Writes the marker of the group, with the revision of each batch, 0 for one that was not applied.
    mutating func write(_ revisions: [UInt64], at now: Timestamp) throws(SQLError) {
        try purge(now: now)
        if let replaceable {
            let statement = try connection.statement(.replaceMarker)
            try bind(statement, origin, group, now, revisions)
            try statement.bind(Int64(bitPattern: replaceable), at: 5)
            try statement.run()
            guard connection.changes == 0 else { return }
        }
        try insert(origin, group, now, revisions)
    }

    /// The revision of a batch that was handed in with this id and applied.
    func revision(of id: CommitID) throws(SQLError) -> UInt64? {
        let (revisions, index) = try found(id)
        return index < revisions.count && revisions[index] != 0 ? revisions[index] : nil
    }

    /// Remembers a batch that is applied now under an id from before.
    func remember(_ id: CommitID, _ revision: UInt64, at now: Timestamp) throws(SQLError) {
        var (revisions, index) = try found(id)
        revisions += Array(repeating: 0, count: max(0, index + 1 - revisions.count))
        revisions[index] = revision
        try insert(id.origin, id.number >> Self.indexBits, now, revisions)
    }

    /// Forgets what is older than an hour, but does not look all the time.
    private mutating func purge(now: Timestamp) throws(SQLError) {
        if let lastPurge, lastPurge.duration(to: now) < Self.purgeInterval { return }
        lastPurge = now
        let statement = try connection.statement(.purgeMarkers)
        try statement.bind(now.advanced(by: .zero - Self.window).microseconds, at: 1)
        try statement.run()
    }

    private func found(_ id: CommitID) throws(SQLError) -> ([UInt64], Int) {
        let index = Int(id.number & (1 << Self.indexBits - 1))
        let statement = try connection.statement(.findMarker)
        try statement.bind(Int64(bitPattern: id.origin), at: 1)
        try statement.bind(Int64(bitPattern: id.number >> Self.indexBits), at: 2)
        guard try statement.step() else { return ([], index) }
        defer { statement.reset() }
        let revisions = statement.withBytes(0) { bytes in
            stride(from: 0, to: bytes.count - 7, by: 8).map { start in
                bytes[start..<start + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            }
        }
        return (revisions, index)
    }

    private func insert(
        _ origin: UInt64,
        _ group: UInt64,
        _ now: Timestamp,
        _ revisions: [UInt64]
    ) throws(SQLError) {
        let statement = try connection.statement(.insertMarker)
        try bind(statement, origin, group, now, revisions)
        try statement.run()
    }

    private func bind(
        _ statement: Statement,
        _ origin: UInt64,
        _ group: UInt64,
        _ now: Timestamp,
        _ revisions: [UInt64]
    ) throws(SQLError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(revisions.count * 8)
        for revision in revisions {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: revision >> shift))
            }
        }
        try statement.bind(Int64(bitPattern: origin), at: 1)
        try statement.bind(Int64(bitPattern: group), at: 2)
        try statement.bind(now.microseconds, at: 3)
        try statement.bind(blob: bytes, at: 4)
    }
}
#endif
