import ResilienceCore

/// What was found when a place for a hold was looked for.
enum Placement {
    /// There is room: what is taken, and the guards that must be unchanged when it is.
    case free([Hold.Item], guards: [Write])
    /// These holds are past their deadline and in the way, each with what deletes the slots that were met. They are recorded
    /// as expired first: a lapse is a write.
    case lapsed([String: [Write]])
    /// It is taken.
    case blocked([HoldBlocker])
}

/// Looks for room. The guards are read before anything else, and are written by whoever takes the room: who looked at an
/// older state conflicts.
struct HoldPlacement {
    let store: any RecordStore
    let records: HoldRecords
    let retention: Duration
    let now: Timestamp

    func place(_ items: [HoldItem]) async throws -> Placement {
        let lanes = items.map(lanes)
        var found = try await store.read(lanes.flatMap { $0.map { records.guards.key($0.name) } })[...]

        var held: [Hold.Item] = []
        var writes: [Write] = []
        var lapsed: [String: [Write]] = [:]
        for (item, lanes) in zip(items, lanes) {
            var free: [(Lane, Space<HoldGuard>.Entry?)] = []
            var inTheWay: [String: [Write]] = [:]
            var blockers: [HoldBlocker] = []
            for lane in lanes {
                let entry = try (found.popFirst() ?? nil).map { try Space<HoldGuard>.Entry($0) }
                guard free.count < item.lanesNeeded else { continue }
                switch try await look(at: lane, for: item, entry?.value) {
                case .free: free.append((lane, entry))
                case .lapsed(let ids): inTheWay.merge(ids, uniquingKeysWith: +)
                case .blocked(let found): blockers += found
                }
            }
            guard free.count == item.lanesNeeded else {
                guard !inTheWay.isEmpty else { return .blocked(blockers) }
                lapsed.merge(inTheWay, uniquingKeysWith: +)
                continue
            }
            for (lane, entry) in free {
                held.append(item.held(unit: lane.unit))
                writes.append(taking(item, lane, entry))
            }
        }
        return lapsed.isEmpty ? .free(held, guards: writes) : .lapsed(lapsed)
    }

    // MARK: Lanes

    /// What is guarded on its own: a resource, or one unit of it.
    private struct Lane {
        let name: String
        let unit: Int?
    }

    private func lanes(_ item: HoldItem) -> [Lane] {
        switch item.capacity {
        case .pooled: [Lane(name: item.resource, unit: nil)]
        case .units(let count):
            (1...count).map { Lane(name: HoldRecords.lane(item.resource, unit: $0), unit: $0) }
        }
    }

    private func taking(_ item: HoldItem, _ lane: Lane, _ entry: Space<HoldGuard>.Entry?) -> Write {
        var value = entry?.value ?? HoldGuard(isWhole: item.span == .whole)
        var due: Timestamp?
        switch item.span {
        case .whole: value.used += item.laneQuantity
        case .interval(let start, let end):
            value.longest = max(value.longest, start.duration(to: end))
            // Not needed once all is long past that it guards.
            due = max(entry?.record.due ?? .distantPast, end.advanced(by: retention))
        }
        value.isShared = value.isShared || item.laneCapacity > 1
        return records.guards.put(value, at: lane.name, expect: entry?.unchanged ?? .absent, due: due)
    }

    // MARK: One lane

    private enum Finding {
        case free
        case lapsed([String: [Write]])
        case blocked([HoldBlocker])
    }

    private func look(at lane: Lane, for item: HoldItem, _ value: HoldGuard?) async throws -> Finding {
        guard let value else { return .free }
        guard value.isWhole == (item.span == .whole) else {
            throw InvalidArgument(
                field: "span",
                value: item.span,
                allowed: value.isWhole ? "whole, as before" : "an interval, as before"
            )
        }
        guard case .interval(let start, let end) = item.span else {
            return try await lookAtWhole(lane, item, value)
        }
        return try await lookAtIntervals(lane, item, value, start, end)
    }

    private func lookAtWhole(_ lane: Lane, _ item: HoldItem, _ value: HoldGuard) async throws -> Finding {
        if value.used <= item.laneCapacity - item.laneQuantity { return .free }
        let (first, later) = (HoldRecords.wholeTag(lane.name, .distantPast), now.advanced(by: .microseconds(1)))
        let bound = HoldRecords.wholeTag(lane.name, later)
        let space = records.holds.name
        let lapsed = try await store.scan(Scan(space, by: .tag, from: first, until: bound, limit: 20))
        if !lapsed.isEmpty { return .lapsed(Dictionary(lapsed.map { ($0.key.name, []) }, uniquingKeysWith: +)) }
        let last = HoldRecords.wholeTag(lane.name, .distantFuture) + "~"
        let live = try await store.scan(Scan(space, by: .tag, from: bound, until: last, limit: 1))
        let until = try live.first.map { try Space<Hold>.Entry($0).value.expiresAt }
        return .blocked([HoldBlocker(resource: item.resource, span: .whole, until: until)])
    }

    private func lookAtIntervals(
        _ lane: Lane,
        _ item: HoldItem,
        _ value: HoldGuard,
        _ start: Timestamp,
        _ end: Timestamp
    ) async throws -> Finding {
        var taken = Occupancy()
        var lapsed: [String: [Write]] = [:]
        var blockers: [HoldBlocker] = []
        // While intervals never overlap, the nearest one before says all. One that reaches in is met first.
        let nearest = !value.isShared && item.laneCapacity == 1
        var next: Scan? = slotScan(lane.name, from: start, until: end, value, limit: nearest ? 4 : 100)
        search: while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let slot = try Space<HoldSlot>.Entry(record).value
                guard slot.end > start else {
                    if nearest { break search }
                    continue
                }
                if slot.isLapsed(at: now) {
                    lapsed[slot.hold, default: []].append(.delete(record.key, expect: .revision(record.revision)))
                    continue
                }
                taken.take(slot.quantity, from: slot.start, until: slot.end)
                let span = HoldSpan.interval(from: slot.start, until: slot.end)
                blockers.append(HoldBlocker(resource: item.resource, span: span, until: slot.until))
                if nearest { break search }
            }
            next = scan.following(page)
        }
        guard taken.peak(from: start, until: end) <= item.laneCapacity - item.laneQuantity else {
            return .blocked(blockers)
        }
        return lapsed.isEmpty ? .free : .lapsed(lapsed)
    }

    func slotScan(
        _ lane: String,
        from start: Timestamp,
        until end: Timestamp,
        _ value: HoldGuard,
        limit: Int
    ) -> Scan {
        let back = Duration.zero - value.longest
        let (low, high) = (HoldRecords.slotBound(lane, start.advanced(by: back)), HoldRecords.slotBound(lane, end))
        return Scan(records.slots.name, from: low, until: high, reversed: true, limit: limit)
    }
}

extension HoldItem {
    /// Of distinct units each is a lane that holds one; a pooled capacity is one lane.
    var lanesNeeded: Int { if case .units = capacity { quantity } else { 1 } }
    var laneQuantity: Int { if case .units = capacity { 1 } else { quantity } }
    var laneCapacity: Int { if case .units = capacity { 1 } else { capacity.most } }

    func held(unit: Int?) -> Hold.Item {
        Hold.Item(resource: resource, span: span, quantity: laneQuantity, unit: unit, capacity: capacity)
    }
}
