package import ResilienceCore

/// A store that changes what it is told to write, to show what a protection is good for.
package struct AlteringStore: RecordStore {
    private let base: any RecordStore
    private let alter: @Sendable (inout Write) throws(StoreError) -> Void

    /// - Parameter alter: changes a write on its way.
    package init(base: any RecordStore, _ alter: @escaping @Sendable (inout Write) throws(StoreError) -> Void) {
        self.base = base
        self.alter = alter
    }

    package var clock: any WallClock { base.clock }

    package func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }

    package func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }

    package func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }

    package func count(_ scan: Scan) async throws(StoreError) -> Int { try await base.count(scan) }

    package func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    package func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        for index in batch.writes.indices { try alter(&batch.writes[index]) }
        return try await base.commit(batch)
    }
}
