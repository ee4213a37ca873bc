import ResilienceCore

extension HoldPlacement {
    /// How much of a lane is taken in a range, without what is past its deadline and without these holds.
    func occupancy(
        _ lane: String,
        from start: Timestamp,
        until end: Timestamp,
        ignoring own: [String: Hold]
    ) async throws -> Occupancy {
        var taken = Occupancy()
        let span = HoldSpan.interval(from: start, until: end)
        let found = try await records.guards.read(lane, in: store)?.value
        if found == nil, !span.begins(before: now) { return taken }
        let value = found ?? .lost(for: span)
        guard !value.isWhole else {
            taken.take(try await wholeTaken(lane, value, ignoring: own), from: start, until: end)
            return taken
        }
        var next: Scan? = slotScan(lane, from: start, until: end, value, limit: StoreLimits.results)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let slot = try record.value.get(HoldSlot.self)
                guard slot.end > start, !slot.isLapsed(at: now), own[slot.hold] == nil else { continue }
                taken.take(slot.quantity, from: slot.start, until: slot.end)
            }
            next = scan.following(page)
        }
        return taken
    }

    private func wholeTaken(_ lane: String, _ value: HoldGuard, ignoring own: [String: Hold]) async throws -> Int {
        var taken = value.used
        func leaveOut(_ hold: Hold) {
            for item in hold.items where Bytes.equal(HoldRecords.lane(item.resource, unit: item.unit), lane) {
                taken -= item.quantity
            }
        }
        func leaveOutIfLapsed(_ hold: Hold) {
            if hold.isLapsed(at: now), own[hold.id] == nil { leaveOut(hold) }
        }
        for hold in own.values { leaveOut(hold) }
        if let named = try await hold(namedBy: value) { leaveOutIfLapsed(named) }
        let first = HoldRecords.wholeTag(lane, .distantPast)
        let last = HoldRecords.wholeTag(lane, .distantFuture) + "~"
        var next: Scan? = Scan(records.holds.name, by: .tag, from: first, until: last)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page { leaveOutIfLapsed(try record.value.get()) }
            next = scan.following(page)
        }
        return taken
    }

    /// Those of these holds that take something: of a booking of a whole resource no tag and no slot tells.
    func taking(_ ids: Set<String>) async throws -> [String: Hold] {
        var taking: [String: Hold] = [:]
        let lengths = 1...StoreLimits.nameBytes
        var left = ids.filter { lengths.contains($0.utf8.count) && !$0.utf8.contains(0) }.sorted()[...]
        while !left.isEmpty {
            for record in try await store.read(left.prefix(StoreLimits.results).map(records.holds.key)) {
                guard let hold: Hold = try record?.value.get() else { continue }
                if hold.state == .active || hold.state == .confirmed { taking[hold.id] = hold }
            }
            left = left.dropFirst(StoreLimits.results)
        }
        return taking
    }
}
