import ResilienceCore
import ResilienceTesting

/// A store behind a slow network: commits arrive at it late, or their answers do, whatever becomes of the caller.
struct LateStore: RecordStore {
    let base: InMemoryStore
    let sim: Simulation
    var arrival = Duration.zero
    var answer = Duration.zero
    /// Whether it is late with this commit.
    var isLate: @Sendable (Batch) -> Bool = { _ in true }

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }

    @discardableResult
    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        guard isLate(batch) else { return try await base.commit(batch) }
        let (sim, base, arrival, answer) = (sim, base, arrival, answer)
        let message = sim.task("message") {
            try await sim.clock.pause(for: arrival)
            let revision = try await base.commit(batch)
            try await sim.clock.pause(for: answer)
            return revision
        }
        do { return try await message.value } catch { throw error as? StoreError ?? .unavailable(error) }
    }
}
