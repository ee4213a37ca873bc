import Synchronization

/// What is known of each error type that a classifier has met, so that the second time costs a lookup.
final class TypeCache: Sendable {
    /// What a type says.
    struct Entry: Sendable {
        /// The type again, if its values give facts.
        let reporter: (any FailureReporting.Type)?
        /// The number that rules know it by; -1 if none names it.
        let number: Int32
        /// The verdict on a type whose values give no facts: the rule's number.
        let rule: Int32
    }

    private let table = Mutex(Table())

    /// The entry of a type, made the first time.
    @inline(__always)
    func entry(of type: any Error.Type, make: () -> Entry) -> Entry {
        let id = ObjectIdentifier(type)
        if let entry = table.withLock({ $0.find(id) }) { return entry }
        let entry = make()
        table.withLock { $0.insert(id, entry) }
        return entry
    }

    /// Open addressing on the address of the type; at most half full.
    private struct Table: Sendable {
        private var keys: [UInt] = Array(repeating: 0, count: 32)
        private var entries: [Entry] = Array(repeating: Entry(reporter: nil, number: -1, rule: -1), count: 32)
        private var count = 0

        @inline(__always)
        func find(_ id: ObjectIdentifier) -> Entry? {
            let key = UInt(bitPattern: id)
            var slot = home(key)
            while keys[slot] != 0 {
                if keys[slot] == key { return entries[slot] }
                slot = (slot &+ 1) & (keys.count &- 1)
            }
            return nil
        }

        mutating func insert(_ id: ObjectIdentifier, _ entry: Entry) {
            if count * 2 >= keys.count { grow() }
            put(UInt(bitPattern: id), entry)
        }

        private mutating func put(_ key: UInt, _ entry: Entry) {
            var slot = home(key)
            while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
            if keys[slot] == 0 { count += 1 }
            keys[slot] = key
            entries[slot] = entry
        }

        private mutating func grow() {
            let old = zip(keys, entries).filter { $0.0 != 0 }
            entries = Array(repeating: Entry(reporter: nil, number: -1, rule: -1), count: keys.count * 2)
            keys = Array(repeating: 0, count: keys.count * 2)
            count = 0
            for (key, entry) in old { put(key, entry) }
        }

        @inline(__always)
        private func home(_ key: UInt) -> Int {
            Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 40) & (keys.count &- 1)
        }
    }
}
