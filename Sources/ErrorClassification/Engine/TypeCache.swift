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
        private struct Slot {
            /// The address of the type; 0 if the slot is free.
            var key: UInt = 0
            var entry = Entry(reporter: nil, number: -1, rule: -1)
        }

        private var slots = Array(repeating: Slot(), count: 32)
        private var count = 0

        @inline(__always)
        func find(_ id: ObjectIdentifier) -> Entry? {
            let key = UInt(bitPattern: id)
            return slots.withUnsafeBufferPointer { slots in
                var index = Self.home(key, slots.count)
                while slots[index].key != 0 {
                    if slots[index].key == key { return slots[index].entry }
                    index = (index &+ 1) & (slots.count &- 1)
                }
                return nil
            }
        }

        mutating func insert(_ id: ObjectIdentifier, _ entry: Entry) {
            if count * 2 >= slots.count { grow() }
            put(Slot(key: UInt(bitPattern: id), entry: entry))
        }

        private mutating func put(_ slot: Slot) {
            var index = Self.home(slot.key, slots.count)
            while slots[index].key != 0, slots[index].key != slot.key { index = (index + 1) & (slots.count - 1) }
            if slots[index].key == 0 { count += 1 }
            slots[index] = slot
        }

        private mutating func grow() {
            let old = slots.filter { $0.key != 0 }
            slots = Array(repeating: Slot(), count: slots.count * 2)
            count = 0
            for slot in old { put(slot) }
        }

        @inline(__always)
        private static func home(_ key: UInt, _ size: Int) -> Int {
            Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 40) & (size &- 1)
        }
    }
}
