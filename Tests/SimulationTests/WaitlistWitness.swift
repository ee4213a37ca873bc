import HoldTimer
import ResilienceCore
import Synchronization

/// The store that all share: compares what was before each commit with what is after it.
final class WaitlistWitness: RecordStore {
    private let base: InMemoryStore
    private let found = Mutex<[String]>([])
    private let told = Mutex<Set<String>>([])

    init(_ base: InMemoryStore) { self.base = base }

    var clock: any WallClock { base.clock }
    var violations: [String] { found.withLock { $0 } }

    func note(told message: OutboxMessage<WaitlistEntry>) { _ = told.withLock { $0.insert(message.id) } }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        guard batch.writes.contains(where: { $0.key.space.hasPrefix("hold.hall") }) else {
            return try await base.commit(batch)
        }
        let before = try await state()
        let revision = try await base.commit(batch)
        let after = try await state()
        compare(before, after)
        return revision
    }

    private struct State {
        var holds: [String: Hold] = [:]
        var entries: [String: WaitlistEntry] = [:]

        var taken: [Hold] { holds.values.filter { $0.state == .active || $0.state == .confirmed } }

        /// Whether nothing that is recorded as held or booked is in the way.
        func fits(_ entry: WaitlistEntry) -> Bool {
            entry.items.allSatisfy { item in
                let others = taken.flatMap(\.items).filter { $0.resource == item.resource }
                guard case .interval(let start, let end) = item.span else {
                    return others.reduce(item.quantity) { $0 + $1.quantity } <= 2
                }
                return others.allSatisfy { other in
                    guard case .interval(let from, let until) = other.span else { return true }
                    return until <= start || end <= from
                }
            }
        }
    }

    private func state() async throws(StoreError) -> State {
        var state = State()
        for record in try await base.scan(Scan("hold.hall")) { state.holds[record.key.name] = try record.value.get() }
        for record in try await base.scan(Scan("hold.hall.waiting")) {
            state.entries[record.key.name] = try record.value.get()
        }
        return state
    }

    private func compare(_ before: State, _ after: State) {
        for (id, entry) in after.entries {
            let old = before.entries[id]
            guard old?.state != entry.state else { continue }
            let offer = entry.offer.flatMap { after.holds[$0] }
            switch (old?.state, entry.state) {
            case (nil, .waiting), (.waiting, .cancelled), (.waiting, .expired): break
            case (.waiting, .notified):
                if offer?.state != .active { note("\(id) was offered what is not held") }
                for (other, ahead) in before.entries where other != id && ahead.state == .waiting {
                    let shares = ahead.items.contains { item in entry.items.contains { $0.resource == item.resource } }
                    guard shares, ahead.rank < entry.rank, before.fits(ahead) else { continue }
                    note("\(other) was passed over for \(id)")
                }
            case (.notified, .booked), (.expired, .booked):
                if offer?.state != .confirmed { note("\(id) is booked, its offer is not") }
            case (.notified, .expired): if offer?.state != .expired { note("\(id) expired, its offer did not") }
            case (.notified, .cancelled): if offer?.state != .released { note("\(id) ended, its offer did not") }
            default: note("\(id) went from \(old.map { "\($0.state)" } ?? "nothing") to \(entry.state)")
            }
        }
        for id in before.entries.keys where after.entries[id] == nil { note("\(id) is gone") }
        // Only a clock decides whether a hold past its deadline blocks, so both are compared as they were made.
        for (id, hold) in after.holds where before.holds[id] == nil || before.holds[id]?.state == .expired {
            guard hold.state == .active || hold.state == .confirmed else { continue }
            let offered = WaitlistEntry(
                id: id,
                holder: hold.holder,
                items: hold.items.map { HoldItem($0.resource, $0.span, quantity: $0.quantity, of: .pooled(2)) },
                priority: 0,
                joinedAt: clock.now,
                until: nil
            )
            if !before.fits(offered) { note("\(id) was held although something was in the way") }
        }
    }

    /// What is wrong when all has come to rest: lost entries, messages never sent, and people who wait for what is free.
    func left(_ joined: Set<String>) async throws(StoreError) -> [String] {
        let state = try await state()
        var wrong = joined.filter { state.entries[$0] == nil }.map { "\($0) is lost" }
        let told = told.withLock { $0 }
        for (id, entry) in state.entries {
            if entry.state == .waiting, state.fits(entry) { wrong.append("\(id) waits for what is free") }
            if entry.offer != nil, !told.contains("\(id).notified") { wrong.append("\(id) was not told") }
        }
        return wrong.sorted()
    }

    private func note(_ text: String) { found.withLock { $0.append(text) } }
}
