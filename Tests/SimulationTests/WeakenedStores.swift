import ResilienceCore
import RetryOrchestrator

/// A store that takes every write for unconditional: what a queue without a fence would do.
struct UnfencedStore: RecordStore {
    let base: any RecordStore

    init(_ base: any RecordStore) { self.base = base }

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        for index in batch.writes.indices { batch.writes[index].expect = .any }
        return try await base.commit(batch)
    }
}

/// A store that forgets intents: what a queue does that calls first and records later.
struct ForgetfulStore: RecordStore {
    let base: any RecordStore

    init(_ base: any RecordStore) { self.base = base }

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        for index in batch.writes.indices {
            guard case .put(let value, let due, let tags, let clearing) = batch.writes[index].effect,
                var item = try? value.get(RetryItem<SimulatedPayment>.self), item.intent != nil
            else { continue }
            item.intent = nil
            item.attempts -= 1
            let stored = StoredValue(item)
            batch.writes[index].effect = .put(stored, due: due, tags: tags, clearingDeliveries: clearing)
        }
        return try await base.commit(batch)
    }
}
