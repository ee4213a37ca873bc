import ResilienceCore
import Saga
import Synchronization

/// A store that keeps no note of what is about to be done until it is done, to show what the note is good for.
final class ForgetfulStore: RecordStore {
    private let base: any RecordStore
    /// The notes that were held back, by the id of their saga: they go with the process.
    private let held = Mutex<[String: [SagaEvent]]>([:])

    init(base: any RecordStore) { self.base = base }

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
            let id = String(batch.writes[index].key.name.prefix { $0 != "|" })
            let kept = holdingBack(try value.get([SagaEvent].self), of: id)
            batch.writes[index].effect = .put(StoredValue(kept), due: due, tags: tags, clearingDeliveries: clearing)
        }
        return try await base.commit(batch)
    }

    /// The events without the notes at their end; those held back before come first.
    private func holdingBack(_ events: [SagaEvent], of id: String) -> [SagaEvent] {
        let notes = events.reversed().prefix { $0.kind == .began }.reversed()
        return held.withLock { held in
            defer { held[id] = Array(notes) }
            return (held[id] ?? []) + events.dropLast(notes.count)
        }
    }
}
