import ResilienceCore

/// A store that refuses some commits.
struct RefusingStore: RecordStore {
    let base: InMemoryStore
    /// Why it will not take the batch; `nil` if it will.
    let refusal: @Sendable (Batch) -> StoreError?

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }

    @discardableResult
    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        if let refusal = refusal(batch) { throw refusal }
        return try await base.commit(batch)
    }
}
