/// Deadlines in order, the earliest first: an indexed 4-ary heap, from which any entry is removed without a search.
package struct TimerHeap<Target> {
    /// Names an entry; one that is gone is known by its generation.
    package struct ID: Sendable, Hashable {
        fileprivate let slot: Int
        fileprivate let generation: UInt64
    }

    private struct Slot {
        var generation: UInt64 = 0
        var target: Target?
        /// Where it stands in the heap; -1 if it is not armed.
        var place = -1
    }

    private struct Entry {
        var deadline: Duration
        var slot: Int
    }

    private var slots: [Slot] = []
    private var free: [Int] = []
    private var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// The earliest deadline.
    package var next: Duration? { entries.first?.deadline }

    package mutating func insert(_ target: Target, at deadline: Duration) -> ID {
        let slot: Int
        if let last = free.popLast() {
            slot = last
        } else {
            slots.append(Slot())
            slot = slots.count - 1
        }
        slots[slot].target = target
        push(slot, at: deadline)
        return ID(slot: slot, generation: slots[slot].generation)
    }

    /// Sets the deadline of an entry, also of one that was due; nothing happens if it was removed.
    package mutating func move(_ id: ID, to deadline: Duration) {
        guard isPresent(id) else { return }
        take(out: slots[id.slot].place)
        push(id.slot, at: deadline)
    }

    /// Removes an entry; nothing happens if that was done before.
    package mutating func remove(_ id: ID) {
        guard isPresent(id) else { return }
        take(out: slots[id.slot].place)
        slots[id.slot].target = nil
        slots[id.slot].generation += 1
        free.append(id.slot)
    }

    /// The earliest entry that is due. It keeps its name, and is gone only when it is removed.
    package mutating func popDue(at now: Duration) -> (id: ID, target: Target)? {
        guard let first = entries.first, first.deadline <= now, let target = slots[first.slot].target else {
            return nil
        }
        take(out: 0)
        return (ID(slot: first.slot, generation: slots[first.slot].generation), target)
    }

    private func isPresent(_ id: ID) -> Bool {
        slots[id.slot].generation == id.generation && slots[id.slot].target != nil
    }

    private mutating func push(_ slot: Int, at deadline: Duration) {
        entries.append(Entry(deadline: deadline, slot: slot))
        rise(entries.count - 1)
    }

    private mutating func take(out place: Int) {
        guard place >= 0 else { return }
        slots[entries[place].slot].place = -1
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        slots[last.slot].place = place
        rise(place)
        sink(slots[last.slot].place)
    }

    private mutating func rise(_ start: Int) {
        let entry = entries[start]
        var place = start
        while place > 0 {
            let parent = (place - 1) >> 2
            guard entry.deadline < entries[parent].deadline else { break }
            put(entries[parent], at: place)
            place = parent
        }
        put(entry, at: place)
    }

    private mutating func sink(_ start: Int) {
        let entry = entries[start]
        var place = start
        while true {
            let first = 4 * place + 1
            guard first < entries.count else { break }
            var least = first
            for child in first..<min(first + 4, entries.count) where entries[child].deadline < entries[least].deadline {
                least = child
            }
            guard entries[least].deadline < entry.deadline else { break }
            put(entries[least], at: place)
            place = least
        }
        put(entry, at: place)
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        entries[place] = entry
        slots[entry.slot].place = place
    }
}
