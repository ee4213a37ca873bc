import ResilienceCore
import Saga

/// A store that keeps no note of what is about to be done, to show what the note is good for.
struct ForgetfulStore: RecordStore {
    let base: any RecordStore

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }

    func count(_ scan: Scan) async throws(StoreError) -> Int { try await base.count(scan) }

    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        for index in batch.writes.indices where batch.writes[index].key.space == Spaces.trail {
            guard case .put(let value, let due, let tags, let clearing) = batch.writes[index].effect else { continue }
            let kept = try value.get([SagaEvent].self).filter { $0.kind != .began }
            batch.writes[index].effect = .put(StoredValue(kept), due: due, tags: tags, clearingDeliveries: clearing)
        }
        return try await base.commit(batch)
    }
}
