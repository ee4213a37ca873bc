import ResilienceCore

extension HoldPlacement {
    /// How much of a lane is taken in a range, whoever holds it, without what is past its deadline.
    func occupancy(
        _ lane: String,
        from start: Timestamp,
        until end: Timestamp,
        ignoring ids: Set<String>
    ) async throws -> Occupancy {
        var taken = Occupancy()
        let span = HoldSpan.interval(from: start, until: end)
        let found = try await records.guards.read(lane, in: store)?.value
        if found == nil, !span.begins(before: now) { return taken }
        let value = found ?? .lost(for: span)
        guard !value.isWhole else {
            taken.take(try await wholeTaken(lane, value, ignoring: ids), from: start, until: end)
            return taken
        }
        var next: Scan? = slotScan(lane, from: start, until: end, value, limit: StoreLimits.results)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let slot = try record.value.get(HoldSlot.self)
                guard slot.end > start, !slot.isLapsed(at: now), !ids.contains(slot.hold) else { continue }
                taken.take(slot.quantity, from: slot.start, until: slot.end)
            }
            next = scan.following(page)
        }
        return taken
    }

    private func wholeTaken(_ lane: String, _ value: HoldGuard, ignoring ids: Set<String>) async throws -> Int {
        var taken = value.used
        func leaveOut(_ hold: Hold) {
            guard hold.isLapsed(at: now) || ids.contains(hold.id) else { return }
            for item in hold.items where HoldRecords.lane(item.resource, unit: item.unit) == lane {
                taken -= item.quantity
            }
        }
        if let named = try await hold(namedBy: value) { leaveOut(named) }
        let first = HoldRecords.wholeTag(lane, .distantPast)
        let last = HoldRecords.wholeTag(lane, .distantFuture) + "~"
        var next: Scan? = Scan(records.holds.name, by: .tag, from: first, until: last)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page { leaveOut(try record.value.get()) }
            next = scan.following(page)
        }
        return taken
    }
}
