import Foundation
import HoldTimer
import ResilienceCore
import Synchronization

/// A clock that a row can move on.
final class BenchClock: WallClock {
    private let moved = Atomic<Int64>(0)

    var now: Timestamp { SystemClock().now.advanced(by: .microseconds(moved.load(ordering: .relaxed))) }
    var minimumResolution: Duration { SystemClock().minimumResolution }

    func advance() { moved.add(2, ordering: .relaxed) }

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
func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

#if SQLite
import SQLiteStore

/// Holds on disk: each is created and confirmed, by so many tasks at once. Two durable commits.
let durableHoldRows: [Row] = [(1, 2.5), (8, 0.6), (64, 0.16), (512, 0.04)].map { tasks, ratio in
    Row("hold.sqlite.full.create+confirm.\(tasks)", base: .sqliteFull, goal: Goal(ratio: ratio)) {
        let store = try SQLiteStore(path: TemporaryFolder.file("holds"))
        let number = Counting()
        var options = HoldOptions()
        options.holdsPerHolder = nil
        let desk = try HoldDesk("bench", on: store, options: options)
        return { count in
            try await withThrowingTaskGroup { group in
                for task in 0..<tasks {
                    group.addTask {
                        for _ in stride(from: task, to: count, by: tasks) {
                            let hold = try await desk.hold([HoldItem("seat-\(number.next())", .whole)], by: "ann")
                            try await desk.confirm(hold.id)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
#else
let durableHoldRows: [Row] = []
#endif
