/// The due records of a table, the earliest first, ties by name: an indexed 4-ary heap.
///
/// Each slot knows its place in the heap, so any record is moved or removed without a search.
struct DueHeap: ~Copyable {
    struct Entry {
        var due: Int64
        var slot: Int32
    }

    private(set) var entries: [Entry] = []

    /// Sets, changes or, with `nil`, removes the due of a slot.
    mutating func set(_ due: Timestamp?, of slot: Int32, in slots: inout [Slot]) {
        let place = Int(slots[Int(slot)].heapPlace)
        switch (place >= 0, due?.microseconds) {
        case (false, nil):
            break
        case (false, let due?):
            entries.append(Entry(due: due, slot: slot))
            rise(entries.count - 1, in: &slots)
        case (true, let due?):
            let earlier = due < entries[place].due
            entries[place].due = due
            if earlier { rise(place, in: &slots) } else { sink(place, in: &slots) }
        case (true, nil):
            remove(place, in: &slots)
        }
    }

    private mutating func remove(_ place: Int, in slots: inout [Slot]) {
        slots[Int(entries[place].slot)].heapPlace = -1
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        slots[Int(last.slot)].heapPlace = Int32(place)
        rise(place, in: &slots)
        sink(Int(slots[Int(last.slot)].heapPlace), in: &slots)
    }

    private mutating func rise(_ start: Int, in slots: inout [Slot]) {
        var place = start
        let entry = entries[start]
        while place > 0 {
            let parent = (place - 1) >> 2
            guard Self.precedes(entry, entries[parent], in: slots) else { break }
            entries[place] = entries[parent]
            slots[Int(entries[place].slot)].heapPlace = Int32(place)
            place = parent
        }
        entries[place] = entry
        slots[Int(entry.slot)].heapPlace = Int32(place)
    }

    private mutating func sink(_ start: Int, in slots: inout [Slot]) {
        var place = start
        let entry = entries[start]
        while let child = firstChild(of: place, in: slots), Self.precedes(entries[child], entry, in: slots) {
            entries[place] = entries[child]
            slots[Int(entries[place].slot)].heapPlace = Int32(place)
            place = child
        }
        entries[place] = entry
        slots[Int(entry.slot)].heapPlace = Int32(place)
    }

    private func firstChild(of place: Int, in slots: [Slot]) -> Int? {
        let start = 4 * place + 1
        guard start < entries.count else { return nil }
        var first = start
        for child in (start + 1)..<max(start + 1, min(start + 4, entries.count))
        where Self.precedes(entries[child], entries[first], in: slots) {
            first = child
        }
        return first
    }

    static func precedes(_ left: Entry, _ right: Entry, in slots: [Slot]) -> Bool {
        if left.due != right.due { return left.due < right.due }
        return Bytes.compare(slots[Int(left.slot)].name, slots[Int(right.slot)].name) < 0
    }

    /// The slots due up to `limit` instants, in order: at most `count` of those that `accept`.
    ///
    /// Walks the heap from the root with a frontier of candidates; costs k log k for k results, whatever the size.
    func first(_ count: Int, through instant: Timestamp, in slots: [Slot], accept: (Entry) -> Bool) -> [Entry] {
        var found: [Entry] = []
        var frontier: [Int] = entries.isEmpty ? [] : [0]
        while found.count < count, let place = Self.pop(&frontier, by: { before($0, $1, in: slots) }) {
            guard entries[place].due <= instant.microseconds else { break }
            if accept(entries[place]) { found.append(entries[place]) }
            for child in (4 * place + 1)..<(4 * place + 5) where child < entries.count {
                Self.push(child, to: &frontier) { before($0, $1, in: slots) }
            }
        }
        return found
    }

    private func before(_ left: Int, _ right: Int, in slots: [Slot]) -> Bool {
        Self.precedes(entries[left], entries[right], in: slots)
    }

    private static func push(_ place: Int, to frontier: inout [Int], by precedes: (Int, Int) -> Bool) {
        frontier.append(place)
        var index = frontier.count - 1
        while index > 0, precedes(frontier[index], frontier[(index - 1) >> 1]) {
            frontier.swapAt(index, (index - 1) >> 1)
            index = (index - 1) >> 1
        }
    }

    private static func pop(_ frontier: inout [Int], by precedes: (Int, Int) -> Bool) -> Int? {
        guard let last = frontier.popLast() else { return nil }
        guard let top = frontier.first else { return last }
        frontier[0] = last
        var index = 0
        while true {
            var first = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < frontier.count && precedes(frontier[child], frontier[first]) {
                first = child
            }
            guard first != index else { return top }
            frontier.swapAt(first, index)
            index = first
        }
    }
}
