package import ResilienceCore

/// What stands between a worker and its store.
package protocol StoreGate: Sendable {
    /// Lets an operation through, before it is begun or after it was carried out; or holds it up, or refuses it.
    func pass() async throws(StoreError)
}

/// The store as one worker of a run sees it: virtual time stands still during an operation, and what the gate holds up or
/// refuses does not get through.
package struct GatedStore: RecordStore {
    private let base: any RecordStore
    private let time: VirtualTime?
    private let gate: (any StoreGate)?

    package init(base: any RecordStore, time: VirtualTime?, gate: (any StoreGate)?) {
        self.base = base
        self.time = time
        self.gate = gate
    }

    package var clock: any WallClock { base.clock }

    package func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try await through { () async throws(StoreError) in try await base.read(keys) }
    }

    package func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try await through { () async throws(StoreError) in try await base.scan(scan) }
    }

    package func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        await time?.gather()
        return try await through { () async throws(StoreError) in try await base.commit(batch) }
    }

    package func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        await time?.gather()
        return try await through { () async throws(StoreError) in try await base.claim(claim) }
    }

    package func count(_ scan: Scan) async throws(StoreError) -> Int {
        try await through { () async throws(StoreError) in try await base.count(scan) }
    }

    package func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    private func through<Result: Sendable>(
        _ operation: () async throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await gate?.pass()
        let result = if let time { try await time.outside(operation) } else { try await operation() }
        try await gate?.pass()
        return result
    }
}
