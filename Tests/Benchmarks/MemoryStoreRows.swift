import ResilienceCore

/// The store in memory, used as the primitives use it: through `any RecordStore`.
let memoryStoreRows: [Row] = [10_000, 1_000_000].flatMap { size -> [Row] in
    let rate = size == 10_000 ? 1_000_000.0 : 333_000.0
    let path = "store.memory.\(size == 10_000 ? "1e4" : "1e6")"
    return [
        Row("\(path).update", goal: .perSecond(rate)) {
            let fixture = try await MemoryFixture(size)
            return { try await fixture.update($0) }
        },
        Row("\(path).insert+delete", goal: .perSecond(rate / 2)) {
            let fixture = try await MemoryFixture(size)
            return { try await fixture.insertAndDelete($0) }
        },
        Row("\(path).create+confirm", goal: .perSecond(rate / 2)) {
            let fixture = try await MemoryFixture(size)
            return { try await fixture.createAndConfirm($0) }
        },
        Row("\(path).claim+finish", goal: .perSecond(rate / 3)) {
            let fixture = try await MemoryFixture(size, dueNow: true)
            return { try await fixture.claimAndFinish($0) }
        },
        Row("\(path).read") {
            let fixture = try await MemoryFixture(size)
            return { try await fixture.read($0) }
        },
        Row("\(path).scan100") {
            let fixture = try await MemoryFixture(size)
            return { try await fixture.scan($0, limit: 100) }
        },
    ]
}

/// A store that holds `size` records with names in no order.
private struct MemoryFixture: Sendable {
    let store: any RecordStore
    let size: Int
    private static let space = "bench.holds"

    struct Item: Codable, Sendable {
        var holder: Int
        var state: Int
    }

    init(_ size: Int, dueNow: Bool = false) async throws {
        let store: any RecordStore = opaque(InMemoryStore())
        let now = store.clock.now
        for number in 0..<size {
            let due = now.advanced(by: .seconds(dueNow ? number - size : 3_600 + number))
            try await store.commit(
                Batch([.put(Self.key(number), Item(holder: number, state: 0), expect: .absent, due: due)])
            )
        }
        self.store = store
        self.size = size
    }

    /// A fresh string of sixteen letters, spread over the order like random ids.
    static func key(_ number: Int) -> RecordKey {
        var mixed = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
        let name = String(unsafeUninitializedCapacity: 16) { bytes in
            for index in 0..<16 {
                bytes[index] = UInt8(ascii: "a") + UInt8(mixed >> 60)
                mixed <<= 4
            }
            return 16
        }
        return RecordKey(space, name)
    }

    /// Records in an order that no cache foresees.
    private func keys(_ count: Int) -> some Sequence<Int> {
        var generator = SmallGenerator(seed: 1)
        return (0..<count).lazy.map { _ in Int(generator.next() % UInt64(size)) }
    }

    func update(_ count: Int) async throws {
        for number in keys(count) {
            try await store.commit(Batch([.put(Self.key(number), Item(holder: number, state: 1), expect: .any)]))
        }
    }

    func insertAndDelete(_ count: Int) async throws {
        for number in keys(count) {
            let key = Self.key(size + number)
            let revision = try await store.commit(Batch([.put(key, Item(holder: number, state: 0), expect: .absent)]))
            try await store.commit(Batch([.delete(key, expect: .revision(revision))]))
        }
    }

    /// What a hold costs a store: a record that is due, then the same one confirmed in time and due no more.
    func createAndConfirm(_ count: Int) async throws {
        let due = store.clock.now.advanced(by: .seconds(300))
        for number in keys(count) {
            let key = Self.key(number)
            let hold = Item(holder: number, state: 0)
            let revision = try await store.commit(Batch([.put(key, hold, expect: .any, due: due)]))
            try await store.commit(
                Batch([.put(key, Item(holder: number, state: 1), expect: .revision(revision))], before: due)
            )
        }
    }

    /// One operation claims a due record and deletes it at the fence; another one is put for it.
    func claimAndFinish(_ count: Int) async throws {
        for number in 0..<count {
            guard let record = try await store.claim(Claim(Self.space, limit: 1, lease: .seconds(60))).first else {
                throw StoreError.unavailable(NothingDue())
            }
            try await store.commit(Batch([.delete(record.key, expect: .revision(record.revision))]))
            let item = Item(holder: number, state: 0)
            try await store.commit(Batch([.put(record.key, item, expect: .absent, due: store.clock.now)]))
        }
    }

    func read(_ count: Int) async throws {
        for number in keys(count) { keep(try await store.read([Self.key(number)])) }
    }

    func scan(_ count: Int, limit: Int) async throws {
        for number in keys(count) {
            let start = Self.key(number).name
            keep(try await store.scan(Scan(Self.space, from: start, limit: limit)))
        }
    }

    private struct NothingDue: Error {}
}
