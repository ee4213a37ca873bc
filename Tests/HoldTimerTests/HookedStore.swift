import ResilienceCore

/// A store in which something happens around the operations of a caller.
struct HookedStore: RecordStore {
    let base: any RecordStore
    var beforeCommit: @Sendable (Batch) async throws(StoreError) -> Void = { _ in }
    var afterCommit: @Sendable (Batch) async throws(StoreError) -> Void = { _ in }
    var afterClaim: @Sendable ([Record]) -> Void = { _ in }
    /// What the caller takes the time to be, where that is not the time of the store.
    var ownClock: (any WallClock)?

    var clock: any WallClock { ownClock ?? base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        let records = try await base.claim(claim)
        afterClaim(records)
        return records
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        try await beforeCommit(batch)
        let revision = try await base.commit(batch)
        try await afterCommit(batch)
        return revision
    }
}
