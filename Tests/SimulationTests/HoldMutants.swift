import HoldTimer
import ResilienceCore

/// A rule of the desk that is left out, to show that the check notices.
enum HoldMutant: CaseIterable {
    /// A change of a hold does not expect the revision that was read.
    case staleExpectation
    /// An expiry is recorded whatever became of the hold.
    case sweeperIgnoresConfirmed
    /// The deadline is not compared inside the commit.
    case confirmIgnoresDeadline
    /// What is past its deadline is passed over without recording that.
    case lapseIsNotWritten
    /// The guard is read after what it guards.
    case guardReadAfterProbe
}

/// What a client sees: the shared store, on a clock of its own.
struct SkewedStore: RecordStore {
    let base: any RecordStore
    let clock: any WallClock

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await base.commit(batch) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }
}

/// Changes what a desk asks of the store, as a desk without one rule would ask it.
struct MutantStore: RecordStore {
    let base: any RecordStore
    let mutant: HoldMutant?

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        let records = try await base.scan(scan)
        guard mutant == .lapseIsNotWritten, scan.space == "hold.courts.slots" else { return records }
        var live: [Record] = []
        for record in records {
            let hold = record.key.name.split(separator: "\u{1E}").last.map(String.init) ?? ""
            let holder = try await base.read([RecordKey("hold.courts", hold)])[0]
            let value: Hold? = try holder?.value.get()
            if let value, value.state == .active, value.expiresAt <= clock.now { continue }
            live.append(record)
        }
        return live
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        var batch = batch
        switch mutant {
        case .staleExpectation: unfence(&batch)
        case .sweeperIgnoresConfirmed where batch.writes.contains { $0.key.space == "outbox.hold.courts" }:
            unfence(&batch)
        case .confirmIgnoresDeadline: batch.before = nil
        case .guardReadAfterProbe:
            for index in batch.writes.indices where batch.writes[index].key.space == "hold.courts.guards" {
                let found = try await base.read([batch.writes[index].key])[0]
                batch.writes[index].expect = found.map { .revision($0.revision) } ?? .absent
            }
        default: break
        }
        return try await base.commit(batch)
    }

    private func unfence(_ batch: inout Batch) {
        for index in batch.writes.indices where batch.writes[index].key.space == "hold.courts" {
            if case .revision = batch.writes[index].expect { batch.writes[index].expect = .any }
        }
    }
}
