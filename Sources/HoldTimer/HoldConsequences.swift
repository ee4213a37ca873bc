import ResilienceCore

extension HoldDesk {
    /// What a change of a hold brings with it, for the same commit.
    ///
    /// What ends gives back what it took of resources held whole, and wakes who waits for what it frees. The entry of a
    /// waitlist follows the hold that it was offered.
    func consequences(of hold: Hold, was state: Hold.State) async throws -> [Write] {
        let frees = state.takes && !hold.state.takes
        guard frees || (hold.waitlistEntry != nil && state != hold.state) else { return [] }
        let whole = frees ? hold.items.filter { $0.span == .whole } : []
        let lanes = whole.map { HoldRecords.lane($0.resource, unit: $0.unit) }
        let resources = frees ? HoldItem.asking(for: hold.items).map(\.resource) : []
        let entries = state == hold.state ? [] : [hold.waitlistEntry].compactMap(\.self)
        let keys = lanes.map(records.guards.key) + resources.map(records.lines.key) + entries.map(records.entries.key)
        guard !keys.isEmpty else { return [] }

        var found = try await store.read(keys)[...]
        let now = store.clock.now
        var writes: [Write] = []
        for (item, lane) in zip(whole, lanes) {
            guard let record = found.popFirst() ?? nil else { continue }
            let entry = try Space<HoldGuard>.Entry(record)
            var value = entry.value
            value.used -= item.quantity
            let due = value.used == 0 ? now.advanced(by: options.retention) : nil
            writes.append(records.guards.put(value, at: lane, expect: entry.unchanged, due: due))
        }
        for resource in resources {
            // Where nobody waits, this must still be so when the change is made: who joins meanwhile conflicts with it.
            let isLine = (found.popFirst() ?? nil) != nil
            writes.append(isLine ? records.waking(resource, at: now) : records.lines.verify(resource, expect: .absent))
        }
        for _ in entries {
            guard let record = found.popFirst() ?? nil else { continue }
            let entry = try Space<WaitlistEntry>.Entry(record)
            guard let next = entry.value.following(hold) else { continue }
            writes.append(records.put(next, expect: entry.unchanged, retention: options.retention, at: now))
        }
        return writes
    }
}

extension Hold.State {
    /// Whether a hold in this state takes what it holds, its deadline aside.
    var takes: Bool { self == .active || self == .confirmed }
}
