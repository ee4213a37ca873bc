import ResilienceCore

/// A store that does not compare the revisions which the desk expects, to show what they are good for.
struct LooseStore: RecordStore {
    let base: any RecordStore

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }

    func count(_ scan: Scan) async throws(StoreError) -> Int { try await base.count(scan) }

    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        for index in batch.writes.indices where batch.writes[index].key.space.hasPrefix("hold.") {
            if case .put = batch.writes[index].effect { batch.writes[index].expect = .any }
        }
        return try await base.commit(batch)
    }
}
