#if SQLite
import ResilienceCore
import SQLiteStore

/// The durable store: what a commit of one record costs, by so many tasks at once, compared with the least that a store with
/// one writer thread can do; where it does not wait for the disk, with one through sqlite3.
let sqliteRows: [Row] =
    [(1, 1.4), (8, 1.5), (64, 1.5)].map { tasks, ratio in
        Row("store.sqlite.full.commit.\(tasks)", base: .sqliteWriter(tasks: tasks), goal: Goal(ratio: ratio)) {
            let store = try openStore(.full)
            return { try await commit($0, by: tasks, on: store) }
        }
    } + [
        Row("store.sqlite.normal.commit.1", base: .sqliteNormal, goal: Goal(ratio: 2.5)) {
            let store = try openStore(.normal)
            return { try await commit($0, by: 1, on: store) }
        },
        Row("store.sqlite.read", base: .sqliteFull) {
            let store = try openStore(.full)
            try await commit(1_000, by: 1, on: store)
            return { count in
                for number in 0..<count { keep(try await store.read([key(number)])) }
            }
        },
    ]

private struct Item: Codable, Sendable {
    var holder: Int
    var state: Int
}

private func openStore(_ durability: Durability) throws -> any RecordStore {
    var options = SQLiteStoreOptions()
    options.durability = durability
    return try SQLiteStore(path: TemporaryFolder.file("store"), options: options)
}

/// One of a thousand names, as the driver's own row has it.
private func key(_ number: Int) -> RecordKey { RecordKey("bench.items", "item-\(number % 1_000)") }

/// Commits `count` batches of one record, shared out among tasks that each wait for one at a time.
private func commit(_ count: Int, by tasks: Int, on store: any RecordStore) async throws {
    try await withThrowingTaskGroup { group in
        for task in 0..<tasks {
            group.addTask {
                for number in stride(from: task, to: count, by: tasks) {
                    try await store.commit(Batch([.put(key(number), Item(holder: number, state: 1), expect: .any)]))
                }
            }
        }
        try await group.waitForAll()
    }
}
#else
let sqliteRows: [Row] = []
#endif
