import ResilienceCore
import RetryOrchestrator

/// A store that undoes one protection in what the queue writes, to show what the protection is good for.
struct BrokenStore: RecordStore {
    let base: any RecordStore
    let broken: Options.Protection

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }

    func count(_ scan: Scan) async throws(StoreError) -> Int { try await base.count(scan) }

    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        for index in batch.writes.indices where Spaces.holdsItems(batch.writes[index].key.space) {
            switch broken {
            case .fence: batch.writes[index].ignoreFence()
            case .intent: try batch.writes[index].forgetIntent()
            case .resolver: break
            }
        }
        return try await base.commit(batch)
    }
}

extension Write {
    /// Whoever held the item meanwhile: it is written.
    fileprivate mutating func ignoreFence() {
        if case .revision = expect { expect = .any }
    }

    /// As in a queue that counts an attempt only when it has failed, and keeps no note of one that is under way.
    fileprivate mutating func forgetIntent() throws(StoreError) {
        guard case .put(let value, let due, let tags, let clearing) = effect else { return }
        var item = try value.get(RetryItem<Payment>.self)
        guard let intent = item.intent else { return }
        item.intent = nil
        if intent.failure == nil { item.attempts = intent.attempt - 1 }
        effect = .put(StoredValue(item), due: due, tags: tags, clearingDeliveries: clearing)
    }
}
