import ResilienceCore
import ResilienceTesting
import Synchronization

/// Who works on which item, and what of it was not allowed.
final class WorkerHolders: Sendable {
    private struct State {
        /// The latest delivery of each item that a handler was given.
        var latest: [String: (fence: Revision, since: Timestamp)] = [:]
        var deliveries: [String: Int] = [:]
        /// The fences of deliveries over the limit.
        var poisoned: Set<Revision> = []
        var violations: [String] = []
    }

    private let clock: any WallClock
    private let state = Mutex(State())

    init(clock: any WallClock) { self.clock = clock }

    var violations: [String] { state.withLock { $0.violations } }

    /// How often the store handed an item out.
    func deliveries(of name: String) -> Int { state.withLock { $0.deliveries[name, default: 0] } }

    func delivered(_ records: [Record]) {
        state.withLock { state in
            for record in records {
                state.deliveries[record.key.name, default: 0] += 1
                if record.deliveries > WorkerScenario.deliveryLimit { state.poisoned.insert(record.revision) }
            }
        }
    }

    /// Works on an item second by second; a handler that was overtaken must be told so within a lease.
    func work(_ delivery: Delivery<String>, for seconds: Int) async throws {
        for _ in 0...seconds {
            check(delivery)
            try await SimulatedProcess.checkpoint()
            try await clock.sleep(until: clock.now.advanced(by: .seconds(1)), tolerance: nil)
        }
        check(delivery)
    }

    private func check(_ delivery: Delivery<String>) {
        let (now, fence, believes) = (clock.now, delivery.lease.fence, delivery.lease.isHeld && !Task.isCancelled)
        state.withLock { state in
            if state.poisoned.contains(fence) { state.violations.append("\(delivery.name) was handled as poison") }
            guard let latest = state.latest[delivery.name], latest.fence >= fence else {
                state.latest[delivery.name] = (fence, now)
                return
            }
            let overtaken = latest.fence > fence && latest.since.advanced(by: WorkerScenario.lease) < now
            if overtaken, believes {
                state.violations.append("\(delivery.name) has two holders who believe that they are")
            }
        }
    }
}

/// Whether things still go wrong, and how often stores were asked.
final class Weather: Sendable {
    private let state = Mutex<(isCalm: Bool, asked: Int, toTell: [@Sendable () -> Void])>((false, 0, []))

    var isCalm: Bool { state.withLock { $0.isCalm } }
    var asked: Int { state.withLock { $0.asked } }

    func noteCall() { state.withLock { $0.asked += 1 } }
    func onCalm(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.toTell.append(body) } }

    func calm() {
        let toTell = state.withLock { state in
            state.isCalm = true
            return state.toTell
        }
        for tell in toTell { tell() }
    }
}

/// Counts what the workers ask, and leaves out what a weakened worker would.
struct WorkerStore: RecordStore {
    let base: any RecordStore
    let weather: Weather
    let omission: WorkerScenario.Omission?

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        weather.noteCall()
        return try await base.read(keys)
    }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        weather.noteCall()
        return try await base.scan(scan)
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        weather.noteCall()
        return try await base.claim(claim).map { record in
            guard omission == .deliveries else { return record }
            return Record(
                key: record.key,
                revision: record.revision,
                deliveries: 1,
                due: record.due,
                tags: record.tags,
                value: record.value
            )
        }
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        weather.noteCall()
        var batch = batch
        switch (omission, batch.writes[0].effect) {
        case (.fence, .delete): batch.writes[0].expect = .any
        case (.renewal, .renew): return try await unrefused(batch)
        default: break
        }
        return try await base.commit(batch)
    }

    private func unrefused(_ batch: Batch) async throws(StoreError) -> Revision {
        do {
            return try await base.commit(batch)
        } catch .conflict {
            return Revision(rawValue: 1)
        }
    }

    func wakeups(in space: String) -> AsyncStream<Void> {
        omission == .hints ? AsyncStream { _ in } : base.wakeups(in: space)
    }
}

/// Counts deliveries where they happen: also those of which no worker hears.
struct CountedClaims: RecordStore {
    let base: InMemoryStore
    let holders: WorkerHolders

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await base.commit(batch) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        let claimed = try await base.claim(claim)
        holders.delivered(claimed)
        return claimed
    }
}
