/// The one place in which every primitive keeps its state: an ordered set of versioned records with a due time and tags.
///
/// A store keeps the laws that `StoreLaws` of ResilienceTesting checks; run it against a store of your own. In short:
/// a batch is applied whole or not at all, at one point in time at which all its expectations hold; a key's revisions
/// strictly increase; a read is one snapshot and sees every commit that returned before it began; a record is claimed by
/// one caller at a time; what returned is durable at the level configured; the store reads no clock but ``clock``.
///
/// ```swift
/// let store = InMemoryStore()
/// let key = RecordKey("example.greetings", "first")
/// let revision = try await store.commit(Batch([.put(key, "hello", expect: .absent)]))
/// try await store.commit(Batch([.delete(key, expect: .revision(revision))]))
/// ```
///
/// A cancelled call throws ``StoreError/cancelled`` with nothing done, or ``StoreError/indeterminate(_:)``.
public protocol RecordStore: Sendable {
    /// The clock on which this store measures due times, leases and `before`.
    var clock: any WallClock { get }

    /// The records at `keys`, in their order, `nil` where there is none: one snapshot. At most ``StoreLimits/results``.
    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?]

    /// A part of a space in one order: one snapshot.
    func scan(_ scan: Scan) async throws(StoreError) -> [Record]

    /// Applies all writes of a batch, or none.
    ///
    /// - Returns: the revision that every record written by this batch now has.
    @discardableResult
    func commit(_ batch: Batch) async throws(StoreError) -> Revision

    /// Claims due records, in due order: revision and deliveries go up and due moves to the end of the lease, together.
    func claim(_ claim: Claim) async throws(StoreError) -> [Record]

    /// How many results a scan would have without its limit.
    func count(_ scan: Scan) async throws(StoreError) -> Int

    /// A hint that something in `space` may have become due earlier than was known, newest one kept.
    ///
    /// A hint may be missing or come for nothing; only timeliness depends on it.
    func wakeups(in space: String) -> AsyncStream<Void>
}
