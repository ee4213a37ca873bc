import ResilienceCore

extension HoldDesk {
    /// Adds what a change of a hold brings with it, for the same commit.
    ///
    /// What ends gives back what it took of resources held whole, and wakes who waits for what it frees. The entry of a
    /// waitlist follows the hold that it was offered.
    func addConsequences(of hold: Hold, was state: Hold.State, to writes: inout [Write]) async throws {
        let frees = hold.frees(from: state)
        var keys: [RecordKey] = []
        keys.reserveCapacity(4)
        if frees {
            for item in hold.items where item.span == .whole {
                keys.append(records.guards.key(HoldRecords.lane(item.resource, unit: item.unit)))
            }
            // The units of one resource stand side by side.
            for (index, item) in hold.items.enumerated()
            where index == 0 || !Bytes.equal(hold.items[index - 1].resource, item.resource) {
                keys.append(records.lines.key(item.resource))
            }
        }
        if state != hold.state, let entry = hold.waitlistEntry { keys.append(records.entries.key(entry)) }
        guard !keys.isEmpty else { return }

        let found = try await store.read(keys)
        let now = store.clock.now
        var wholes = hold.items.lazy.filter { $0.span == .whole }.makeIterator()
        for (key, record) in zip(keys, found) {
            switch key.space {
            case records.guards.name:
                guard let item = wholes.next(), let record else { continue }
                var value = try record.value.get(HoldGuard.self)
                value.used -= item.quantity
                if value.named == hold.id { value.named = nil }
                let due = value.used == 0 ? now.advanced(by: options.retention) : nil
                writes.append(.put(key, value, expect: .revision(record.revision), due: due))
            case records.lines.name:
                // Where nobody waits, this must still be so when the change is made: who joins meanwhile conflicts with it.
                writes.append(record != nil ? records.waking(key.name, at: now) : .verify(key, expect: .absent))
            default:
                guard let record else { continue }
                let entry = try Space<WaitlistEntry>.Entry(record)
                guard let next = entry.value.following(hold) else { continue }
                writes.append(records.put(next, expect: entry.unchanged, retention: options.retention, at: now))
            }
        }
    }
}

extension Hold {
    /// Whether other records change with it, when it has become what it is.
    func hasConsequences(from old: State) -> Bool { frees(from: old) || (waitlistEntry != nil && old != state) }

    fileprivate func frees(from old: State) -> Bool { old.takes && !state.takes }
}

extension Hold.State {
    /// Whether a hold in this state takes what it holds, its deadline aside.
    fileprivate var takes: Bool { self == .active || self == .confirmed }
}
