import ResilienceCore

/// What was found when a place for a hold was looked for.
enum Placement {
    /// There is room: what is taken.
    case free([Hold.Item])
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

    /// Looks for room for a hold of that id; adds the guards to `writes`, for the commit of the hold where there is room.
    func place(_ items: [HoldItem], for id: String, adding writes: inout [Write]) async throws -> Placement {
        var keys: [RecordKey] = []
        for item in items {
            for lane in item.lanes { keys.append(records.guards.key(item.lane(lane))) }
        }
        let found = try await store.read(keys)

        var held: [Hold.Item] = []
        var lapsed: [String: [Write]] = [:]
        var next = 0
        for item in items {
            var free = 0
            var inTheWay: [String: [Write]] = [:]
            var blockers: [HoldBlocker] = []
            for lane in item.lanes {
                let (key, record) = (keys[next], found[next])
                next += 1
                guard free < item.lanesNeeded else { continue }
                let value = try record?.value.get(HoldGuard.self)
                let isFree = item.isFreeAtOnce(value, at: now)
                switch try isFree ? .free : await look(at: key.name, for: item, value ?? .lost(for: item.span)) {
                case .free:
                    free += 1
                    let (item, write) = taking(item, lane, value, key, record, for: id)
                    held.append(item)
                    writes.append(write)
                case .lapsed(let ids): inTheWay.merge(ids, uniquingKeysWith: +)
                case .blocked(let found): blockers += found
                }
            }
            guard free < item.lanesNeeded else { continue }
            guard !inTheWay.isEmpty else { return .blocked(blockers) }
            lapsed.merge(inTheWay, uniquingKeysWith: +)
        }
        return lapsed.isEmpty ? .free(held) : .lapsed(lapsed)
    }

    private func taking(
        _ item: HoldItem,
        _ lane: Int,
        _ old: HoldGuard?,
        _ key: RecordKey,
        _ record: Record?,
        for id: String
    ) -> (Hold.Item, Write) {
        var value = old ?? HoldGuard(isWhole: item.span == .whole)
        var due: Timestamp?
        var isNamed = false
        switch item.span {
        case .whole:
            value.used += item.laneQuantity
            isNamed = value.named == nil
            if isNamed { value.named = id }
        case .interval(let start, let end):
            value.longest = max(value.longest, end.microseconds - start.microseconds)
            // Not needed once all is long past that it guards.
            due = max(record?.due ?? .distantPast, end.advanced(by: retention))
        }
        if item.laneCapacity > 1 { value.isShared = true }
        let expect = record.map { Expectation.revision($0.revision) } ?? .absent
        return (item.held(lane, isNamed: isNamed), .put(key, value, expect: expect, due: due))
    }

    // MARK: One lane

    private enum Finding {
        case free
        case lapsed([String: [Write]])
        case blocked([HoldBlocker])
    }

    private func look(at lane: String, for item: HoldItem, _ value: HoldGuard) async throws -> Finding {
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

    /// Of a resource of which too much is taken.
    private func lookAtWhole(_ lane: String, _ item: HoldItem, _ value: HoldGuard) async throws -> Finding {
        let (first, later) = (HoldRecords.wholeTag(lane, .distantPast), now.advanced(by: .microseconds(1)))
        let bound = HoldRecords.wholeTag(lane, later)
        let space = records.holds.name
        let named = try await hold(namedBy: value)
        let tagged = try await store.scan(Scan(space, by: .tag, from: first, until: bound, limit: 20))
        var lapsed: [String: [Write]] = [:]
        if let named, named.isLapsed(at: now) { lapsed[named.id] = [] }
        for record in tagged { lapsed[record.key.name] = [] }
        if !lapsed.isEmpty { return .lapsed(lapsed) }
        let last = HoldRecords.wholeTag(lane, .distantFuture) + "~"
        let live = try await store.scan(Scan(space, by: .tag, from: bound, until: last, limit: 1)).first
        let until = [named?.expiresAt, try live?.value.get(Hold.self).expiresAt].compactMap(\.self).min()
        return .blocked([HoldBlocker(resource: item.resource, span: .whole, until: until)])
    }

    /// The hold that a guard names, while it is one.
    func hold(namedBy value: HoldGuard) async throws -> Hold? {
        guard let id = value.named, let record = try await store.read(records.holds.key(id)) else { return nil }
        let hold = try record.value.get(Hold.self)
        return hold.state == .active ? hold : nil
    }

    private func lookAtIntervals(
        _ lane: String,
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
        var next: Scan? = slotScan(lane, from: start, until: end, value, limit: nearest ? 4 : 100)
        search: while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let slot = try record.value.get(HoldSlot.self)
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
        let back = Duration.microseconds(-value.longest)
        let (low, high) = (HoldRecords.slotBound(lane, start.advanced(by: back)), HoldRecords.slotBound(lane, end))
        return Scan(records.slots.name, from: low, until: high, reversed: true, limit: limit)
    }
}

extension HoldItem {
    /// Of distinct units each is a lane that holds one; a pooled capacity is one lane.
    var lanesNeeded: Int { if case .units = capacity { quantity } else { 1 } }
    var laneQuantity: Int { if case .units = capacity { 1 } else { quantity } }
    var laneCapacity: Int { if case .units = capacity { 1 } else { capacity.most } }

    /// The numbers of its lanes: units from 1, or 0 for all of it.
    var lanes: ClosedRange<Int> { if case .units(let count) = capacity { 1...count } else { 0...0 } }

    func lane(_ number: Int) -> String { HoldRecords.lane(resource, unit: number == 0 ? nil : number) }

    func held(_ lane: Int, isNamed: Bool) -> Hold.Item {
        Hold.Item(
            resource: resource,
            span: span,
            quantity: laneQuantity,
            unit: lane == 0 ? nil : lane,
            capacity: capacity,
            isNamed: isNamed
        )
    }

    /// Whether the guard alone says that there is room.
    func isFreeAtOnce(_ value: HoldGuard?, at now: Timestamp) -> Bool {
        guard let value else { return !span.begins(before: now) }
        return value.isWhole && span == .whole && value.used <= laneCapacity - laneQuantity
    }
}
