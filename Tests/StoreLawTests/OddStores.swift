import ResilienceCore
import Synchronization

/// A correct store in which everything takes its time: others run before and after each call.
struct SlowStore: RecordStore {
    let base: any RecordStore
    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        await pause()
        let records = try await base.read(keys)
        await pause()
        return records
    }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        await pause()
        let records = try await base.scan(scan)
        await pause()
        return records
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        await pause()
        let revision = try await base.commit(batch)
        await pause()
        return revision
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        await pause()
        let records = try await base.claim(claim)
        await pause()
        return records
    }

    private func pause() async {
        for _ in 0..<3 { await Task.yield() }
    }
}

/// A correct store that has only what the protocol demands: it claims, counts and wakes by the defaults.
struct DefaultClaimStore: RecordStore {
    let base: any RecordStore
    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await base.commit(batch) }
}

/// A correct store whose first try at each commit conflicts inside, as it does in databases that are optimistic.
struct ConflictFirstStore: RecordStore {
    let base: any RecordStore
    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        guard (1..<StoreLimits.writes).contains(batch.writes.count) else { return try await base.commit(batch) }
        let never = Expectation.revision(Revision(rawValue: .max))
        var first = batch
        first.writes.append(.verify(RecordKey("odd", "first try"), expect: never))
        do {
            return try await base.commit(first)
        } catch {
            guard case .conflict = error else { throw error }
        }
        await Task.yield()
        return try await base.commit(batch)
    }
}

/// A correct store that fetches in small pages inside and claims in small bites.
///
/// A look that a write came into is begun again, so that it is one snapshot still.
final class TinyBatchesStore: RecordStore {
    private let base: any RecordStore
    private let writes = Mutex((running: 0, finished: 0))
    var clock: any WallClock { base.clock }

    init(base: any RecordStore) { self.base = base }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        while true {
            let before = writes.withLock { $0 }
            if before.running == 0 {
                let records = try await pages(scan)
                if writes.withLock({ $0 == before }) { return records }
            }
            await Task.yield()
        }
    }

    private func pages(_ scan: Scan) async throws(StoreError) -> [Record] {
        guard (1...StoreLimits.results).contains(scan.limit) else { return try await base.scan(scan) }
        var records: [Record] = []
        var next: Scan? = scan
        while var page = next, records.count < scan.limit {
            page.limit = min(3, scan.limit - records.count)
            let found = try await base.scan(page)
            records += found
            next = page.following(found)
            await Task.yield()
        }
        return records
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        writes.withLock { $0.running += 1 }
        defer { writes.withLock { $0 = ($0.running - 1, $0.finished + 1) } }
        return try await base.commit(batch)
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        writes.withLock { $0.running += 1 }
        defer { writes.withLock { $0 = ($0.running - 1, $0.finished + 1) } }
        var bite = claim
        var records: [Record] = []
        repeat {
            if (1...StoreLimits.results).contains(claim.limit) { bite.limit = min(2, claim.limit - records.count) }
            do {
                let claimed = try await base.claim(bite)
                records += claimed
                guard claimed.count == bite.limit else { return records }
            } catch {
                // What was claimed so far is the caller's.
                guard records.isEmpty else { return records }
                throw error
            }
            await Task.yield()
        } while records.count < claim.limit
        return records
    }
}
