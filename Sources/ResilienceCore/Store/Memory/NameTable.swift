/// Finds the slot of a name: a hash table with linear probing.
///
/// Its entries are trivial and the names stay in the slots, so that a search counts no references, where a dictionary
/// keyed by strings would for each key it looks at.
struct NameTable: ~Copyable {
    private struct Entry {
        var hash: UInt32
        /// -1 where nothing is.
        var slot: Int32

        static let empty = Entry(hash: 0, slot: -1)
    }

    /// A power of two many, at most three quarters of them taken.
    private var entries = [Entry](repeating: .empty, count: 16)
    private var count = 0

    /// The hash of a name's bytes, seeded anew in each process.
    private static func hash(_ name: String) -> UInt32 {
        var hasher = Hasher()
        Bytes.with(name) { hasher.combine(bytes: $0) }
        return UInt32(truncatingIfNeeded: hasher.finalize())
    }

    /// What a search for a name found.
    struct Place {
        let hash: UInt32
        let slot: Int32?
    }

    func place(of name: String, in slots: [Slot]) -> Place {
        let hash = Self.hash(name)
        var index = home(of: hash)
        while entries[index].slot >= 0 {
            let entry = entries[index]
            if entry.hash == hash, Bytes.equal(slots[Int(entry.slot)].name, name) {
                return Place(hash: hash, slot: entry.slot)
            }
            index = next(index)
        }
        return Place(hash: hash, slot: nil)
    }

    /// Adds a slot whose name is not there.
    mutating func insert(_ slot: Int32, hash: UInt32) {
        if 4 * (count + 1) > 3 * entries.count { grow() }
        place(Entry(hash: hash, slot: slot))
        count += 1
    }

    /// Removes a slot that is there, and moves up what stood behind it for want of its place.
    mutating func remove(_ slot: Int32, hash: UInt32) {
        var hole = home(of: hash)
        while entries[hole].slot != slot { hole = next(hole) }
        var index = next(hole)
        while entries[index].slot >= 0 {
            let home = home(of: entries[index].hash)
            if distance(from: home, to: index) >= distance(from: hole, to: index) {
                entries[hole] = entries[index]
                hole = index
            }
            index = next(index)
        }
        entries[hole] = .empty
        count -= 1
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: .empty, count: 2 * old.count)
        for entry in old where entry.slot >= 0 { place(entry) }
    }

    private mutating func place(_ entry: Entry) {
        var index = home(of: entry.hash)
        while entries[index].slot >= 0 { index = next(index) }
        entries[index] = entry
    }

    private func home(of hash: UInt32) -> Int { Int(hash) & (entries.count - 1) }

    private func next(_ index: Int) -> Int { (index + 1) & (entries.count - 1) }

    private func distance(from start: Int, to end: Int) -> Int { (end - start) & (entries.count - 1) }
}
