import Foundation
import HoldTimer
import ResilienceCore
import Synchronization

/// A clock that a row can move on.
final class BenchClock: WallClock {
    private let moved = Atomic<Int64>(0)

    var now: Timestamp { SystemClock().now.advanced(by: .microseconds(moved.load(ordering: .relaxed))) }
    var minimumResolution: Duration { SystemClock().minimumResolution }

    func advance(by duration: Duration = .microseconds(2)) {
        moved.add(Timestamp(microseconds: 0).advanced(by: duration).microseconds, ordering: .relaxed)
    }

    func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        try await SystemClock().sleep(until: deadline, tolerance: tolerance)
    }
}

/// Numbers that have not been given before.
final class Counting: Sendable {
    private let last = Atomic(0)

    func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}

/// The memory that the process takes; Linux only.
func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}

// MARK: Floors

extension Base {
    /// What a hold of a whole resource asks of the store, asked directly: a read and a commit of two records to create
    /// it, a read and a commit of one to confirm it.
    static let wholeHold = floor("store operations of a hold", reference: 7_000, hasSlot: false)
    /// The same for an interval, which is one scan and one record more.
    static let intervalHold = floor("store operations of an interval", reference: 12_000, hasSlot: true)

    private static func floor(_ name: String, reference: Double, hasSlot: Bool) -> Base {
        Base(name, reference: reference) {
            let hall = try await HoldHall.million()
            return { count in
                for _ in 0..<count { try await HoldFloor(hall: hall, number: hall.number.next()).book(hasSlot) }
            }
        }
    }
}

/// The records of a hold, written without a desk: the same spaces, as many writes, and names as long.
private struct HoldFloor {
    struct Item: Codable, Sendable {
        var holder: Int
        var state: Int
    }

    let hall: HoldHall
    let number: Int

    func book(_ hasSlot: Bool) async throws {
        let store: any RecordStore = hall.store
        let id = String(number, radix: 16)
        let name = String(repeating: "0", count: 16) + String(repeating: "0", count: 16 - id.count) + id
        let hold = RecordKey("hold.bench", name)
        let guarded = RecordKey("hold.bench.guards", "floor-\(number % 100_000)")
        let slot = RecordKey("hold.bench.slots", "floor-\(number % 100_000)\u{1E}0\(name)")
        let due = store.clock.now.advanced(by: .seconds(1_000_000))
        keep(try await store.read([guarded]))
        if hasSlot { keep(try await store.scan(Scan(slot.space, from: slot.name, until: slot.name + "~", limit: 4))) }
        var writes = [
            Write.put(hold, Item(holder: number, state: 0), expect: .any, due: due),
            .put(guarded, Item(holder: number, state: 0), expect: .any, due: hasSlot ? due : nil),
        ]
        if hasSlot { writes.append(.put(slot, Item(holder: number, state: 0), expect: .any)) }
        let revision = try await store.commit(Batch(writes))
        keep(try await store.read([hold]))
        writes = [.put(hold, Item(holder: number, state: 1), expect: .revision(revision))]
        if hasSlot { writes.append(.put(slot, Item(holder: number, state: 1), expect: .any)) }
        try await store.commit(Batch(writes, before: due))
    }
}

#if SQLite
import SQLiteStore

/// Holds on disk: each is created and confirmed, by so many tasks at once. Two durable commits, and a read before each.
let durableHoldRows: [Row] =
    [(1, 1.8), (8, 1.8), (64, 1.9), (512, 1.8)].map { tasks, ratio in
        Row("hold.sqlite.full.create+confirm.\(tasks)", base: .sqliteHolds(tasks: tasks), goal: Goal(ratio: ratio)) {
            try durableHolds(.full, by: tasks)
        }
    } + [
        Row("hold.sqlite.normal.create+confirm.1", base: .sqliteHolds(tasks: 1, "NORMAL"), goal: Goal(ratio: 2.3)) {
            try durableHolds(.normal, by: 1)
        }
    ]

private func durableHolds(_ durability: Durability, by tasks: Int) throws -> Row.Body {
    var storeOptions = SQLiteStoreOptions()
    storeOptions.durability = durability
    let store = try SQLiteStore(path: TemporaryFolder.file("holds"), options: storeOptions)
    let number = Counting()
    var options = HoldOptions()
    options.holdsPerHolder = nil
    let desk = try HoldDesk("bench", on: store, options: options)
    return { count in
        try await withThrowingTaskGroup { group in
            for task in 0..<tasks {
                group.addTask {
                    for _ in stride(from: task, to: count, by: tasks) {
                        let seat = UInt64(truncatingIfNeeded: number.next()) &* 0x9E37_79B9_7F4A_7C15 % 1_000_000
                        let item = HoldItem("seat-\(seat)", .whole, of: .pooled(.max))
                        let hold = try await desk.hold([item], by: "ann")
                        try await desk.confirm(hold.id)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
#else
let durableHoldRows: [Row] = []
#endif
