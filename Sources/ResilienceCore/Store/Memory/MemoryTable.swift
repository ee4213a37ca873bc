/// A record's place in a table. As small as can be: of a million a search touches one, which no cache has.
struct Slot {
    let name: String
    var revision: UInt64
    var deliveries: Int32
    /// Its place in the heap of due records; -1 if it is not due.
    var heapPlace: Int32
    /// In microseconds; it says something of a record that is due.
    var dueInstant: Int64
    var tags: [String]
    var value: StoredValue

    var due: Timestamp? { heapPlace < 0 ? nil : Timestamp(microseconds: dueInstant) }
}

/// All records of one space: slots, a table to find them by name, and one index per order.
///
/// Pure; knows no clock, no lock. Not to be copied: asking it something would count a reference for each of its parts.
struct MemoryTable: ~Copyable {
    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var places = NameTable()
    private var names = OrderedIndex()
    private var tags = OrderedIndex()
    private var dues = DueHeap()
    private static let nothing = StoredValue(false)

    func place(of name: String) -> NameTable.Place { places.place(of: name, in: slots) }

    func record(_ key: RecordKey) -> Record? { place(of: key.name).slot.map { record(at: $0, key: key) } }

    func record(at place: Int32, key: RecordKey) -> Record {
        let index = Int(place)
        return Record(
            key: key,
            revision: Revision(rawValue: slots[index].revision),
            deliveries: Int(slots[index].deliveries),
            due: slots[index].due,
            tags: slots[index].tags,
            value: slots[index].value
        )
    }

    /// Whether a write can be applied to what is there; `now` is read only if the effect asks for it.
    func accepts(_ write: Write, at place: Int32?, now: @autoclosure () -> Timestamp) -> Bool {
        switch write.expect {
        case .any: break
        case .absent: guard place == nil else { return false }
        case .revision(let revision):
            guard let place, slots[Int(place)].revision == revision.rawValue else { return false }
        }
        switch write.effect {
        case .renew, .reschedule: return place != nil
        case .deliver:
            guard let place, let due = slots[Int(place)].due else { return false }
            return due <= now()
        case .put, .delete, .verify: return true
        }
    }

    /// Applies a write that was accepted at the place found, with the revision of its commit.
    mutating func apply(_ write: Write, at found: NameTable.Place, revision: UInt64) {
        let place = found.slot
        switch write.effect {
        case .put(let value, let due, let tags, let clearing):
            guard let place else {
                insert(write.key.name, hash: found.hash, value, due: due, tags: tags, revision: revision)
                return
            }
            slots[Int(place)].value = value
            slots[Int(place)].revision = revision
            if clearing { slots[Int(place)].deliveries = 0 }
            setTags(tags, at: place)
            setDue(due, at: place)
        case .renew(let until):
            guard let place, let due = slots[Int(place)].due, until > due else { return }
            setDue(until, at: place)
        case .reschedule(let due):
            guard let place else { return }
            slots[Int(place)].revision = revision
            setDue(due, at: place)
        case .deliver(let until):
            guard let place else { return }
            slots[Int(place)].revision = revision
            countDelivery(at: place)
            setDue(until, at: place)
        case .delete:
            if let place { remove(place, hash: found.hash) }
        case .verify:
            break
        }
    }

    private mutating func insert(
        _ name: String,
        hash: UInt32,
        _ value: StoredValue,
        due: Timestamp?,
        tags: [String],
        revision: UInt64
    ) {
        let slot = Slot(
            name: name,
            revision: revision,
            deliveries: 0,
            heapPlace: -1,
            dueInstant: 0,
            tags: [],
            value: value
        )
        let place: Int32
        if let reused = free.popLast() {
            place = reused
            slots[Int(place)] = slot
        } else {
            place = Int32(slots.count)
            slots.append(slot)
        }
        places.insert(place, hash: hash)
        names.insert(.init(text: name), slot: place, tag: -1, in: slots)
        setTags(tags, at: place)
        setDue(due, at: place)
    }

    private mutating func remove(_ place: Int32, hash: UInt32) {
        let name = slots[Int(place)].name
        setDue(nil, at: place)
        setTags([], at: place)
        names.remove(.init(text: name), in: slots)
        places.remove(place, hash: hash)
        slots[Int(place)].value = Self.nothing
        free.append(place)
    }

    private mutating func countDelivery(at place: Int32) {
        if slots[Int(place)].deliveries < .max { slots[Int(place)].deliveries += 1 }
    }

    private mutating func setDue(_ due: Timestamp?, at place: Int32) {
        guard slots[Int(place)].due != due else { return }
        if let due { slots[Int(place)].dueInstant = due.microseconds }
        dues.set(due, of: place, in: &slots)
    }

    private mutating func setTags(_ new: [String], at place: Int32) {
        guard !(new.isEmpty && slots[Int(place)].tags.isEmpty) else { return }
        guard !new.elementsEqual(slots[Int(place)].tags, by: Bytes.equal) else { return }
        let name = slots[Int(place)].name
        for tag in slots[Int(place)].tags { tags.remove(.init(text: tag, name: name), in: slots) }
        slots[Int(place)].tags = new
        for (number, tag) in new.enumerated() {
            tags.insert(.init(text: tag, name: name), slot: place, tag: Int32(number), in: slots)
        }
    }

    /// Claims the first `limit` records due at `now`.
    mutating func claim(_ claim: Claim, now: Timestamp, revision: () -> UInt64) -> [Record] {
        let due = dues.first(claim.limit, through: now, in: slots) { _ in true }
        let end = now.advanced(by: claim.lease)
        var records: [Record] = []
        records.reserveCapacity(due.count)
        for entry in due {
            let place = entry.slot
            slots[Int(place)].revision = revision()
            countDelivery(at: place)
            setDue(end, at: place)
            records.append(record(at: place, key: RecordKey(claim.space, slots[Int(place)].name)))
        }
        return records
    }
}

// MARK: - Looking

extension MemoryTable {
    func scan(_ scan: Scan) -> [Record] {
        var found: [Record] = []
        found.reserveCapacity(min(scan.limit, slots.count))
        visit(scan, limit: scan.limit) { place in
            found.append(record(at: place, key: RecordKey(scan.space, slots[Int(place)].name)))
        }
        return found
    }

    func count(_ scan: Scan) -> Int {
        var total = 0
        visit(scan, limit: .max) { _ in total += 1 }
        return total
    }

    private func visit(_ scan: Scan, limit: Int, _ body: (Int32) -> Void) {
        switch scan.order {
        case .name: visit(names, scan, limit: limit, body)
        case .tag: visit(tags, scan, limit: limit, body)
        case .due(let instant): visitDue(scan, through: instant, limit: limit, body)
        }
    }

    private func visit(_ index: borrowing OrderedIndex, _ scan: Scan, limit: Int, _ body: (Int32) -> Void) {
        var low = scan.from.map { index.place(of: .init(text: $0), in: slots) } ?? index.start
        var high = scan.until.map { index.place(of: .init(text: $0), in: slots) } ?? index.end
        if let after = scan.after.flatMap(Self.probe) {
            if scan.reversed {
                high = min(high, index.place(of: after, in: slots))
            } else {
                low = max(low, index.place(behind: after, in: slots))
            }
        }
        var left = limit
        while left > 0, low < high {
            let place = scan.reversed ? high : low
            if scan.reversed {
                guard index.retreat(&high), high >= low, let entry = index.entry(at: high) else { return }
                body(entry.slot)
            } else {
                guard let entry = index.entry(at: place) else { return }
                body(entry.slot)
                index.advance(&low)
            }
            left -= 1
        }
    }

    private static func probe(_ position: Scan.Position) -> OrderedIndex.Probe? {
        switch position {
        case .name(let name): .init(text: name)
        case .tag(let tag, let name): .init(text: tag, name: name)
        case .due: nil
        }
    }

    private func visitDue(_ scan: Scan, through instant: Timestamp, limit: Int, _ body: (Int32) -> Void) {
        guard scan.reversed else {
            for entry in dues.first(limit, through: instant, in: slots, accept: { isWanted($0, scan) }) {
                body(entry.slot)
            }
            return
        }
        let all = dues.entries.filter { $0.due <= instant.microseconds && isWanted($0, scan) }
        for entry in all.sorted(by: { DueHeap.precedes($1, $0, in: slots) }).prefix(limit) { body(entry.slot) }
    }

    private func isWanted(_ entry: DueHeap.Entry, _ scan: Scan) -> Bool {
        guard case .due(let due, let name) = scan.after else { return true }
        let order =
            entry.due != due.microseconds
            ? (entry.due < due.microseconds ? -1 : 1) : Bytes.compare(slots[Int(entry.slot)].name, name)
        return scan.reversed ? order < 0 : order > 0
    }
}
