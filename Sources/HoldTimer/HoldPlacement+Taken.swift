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
        guard let value = try await records.guards.read(lane, in: store)?.value else { return taken }
        guard !value.isWhole else {
            taken.take(try await wholeTaken(lane, value, ignoring: ids), from: start, until: end)
            return taken
        }
        var next: Scan? = slotScan(lane, from: start, until: end, value, limit: StoreLimits.results)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let slot = try Space<HoldSlot>.Entry(record).value
                guard slot.end > start, !slot.isLapsed(at: now), !ids.contains(slot.hold) else { continue }
                taken.take(slot.quantity, from: slot.start, until: slot.end)
            }
            next = scan.following(page)
        }
        return taken
    }

    private func wholeTaken(_ lane: String, _ value: HoldGuard, ignoring ids: Set<String>) async throws -> Int {
        var taken = value.used
        let first = HoldRecords.wholeTag(lane, .distantPast)
        let last = HoldRecords.wholeTag(lane, .distantFuture) + "~"
        var next: Scan? = Scan(records.holds.name, by: .tag, from: first, until: last)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let hold = try Space<Hold>.Entry(record).value
                guard hold.isLapsed(at: now) || ids.contains(hold.id) else { continue }
                for item in hold.items where HoldRecords.lane(item.resource, unit: item.unit) == lane {
                    taken -= item.quantity
                }
            }
            next = scan.following(page)
        }
        return taken
    }
}
