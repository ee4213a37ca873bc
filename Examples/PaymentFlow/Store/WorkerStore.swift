import ResilienceCore

/// The store as one worker of a run in virtual time sees it: the clock stands still during an operation, and nothing
/// gets through while the worker is stopped.
struct WorkerStore: RecordStore {
    let base: any RecordStore
    let time: VirtualTime
    let stoppage: Stoppage?

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try await through { () async throws(StoreError) in try await base.read(keys) }
    }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try await through { () async throws(StoreError) in try await base.scan(scan) }
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        await time.gather()
        return try await through { () async throws(StoreError) in try await base.commit(batch) }
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        await time.gather()
        return try await through { () async throws(StoreError) in try await base.claim(claim) }
    }

    func count(_ scan: Scan) async throws(StoreError) -> Int {
        try await through { () async throws(StoreError) in try await base.count(scan) }
    }

    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    private func through<Result: Sendable>(
        _ operation: () async throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        await stoppage?.pass()
        let result = try await time.outside(operation)
        await stoppage?.pass()
        return result
    }
}
