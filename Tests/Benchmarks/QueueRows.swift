import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Synchronization
#if SQLite
import SQLiteStore
#endif

/// The durable retry queue: what an item costs from its submission to its recorded outcome. Each is submitted, claimed,
/// announced by its intent, called, and finished.
let queueRows: [Row] =
    [
        Row("queue.memory.item", goal: .perSecond(15_000)) {
            { count in try await work(through: count, on: InMemoryStore()) }
        }
    ] + durableQueueRows

#if SQLite
private let durableQueueRows: [Row] = [
    Row("queue.sqlite.full.item", goal: .perSecond(15_000)) {
        // Open all the while: what opening and closing cost is not an item's.
        let store = try SQLiteStore(path: TemporaryFolder.file("queue"))
        let runs = Atomic(0)
        return { count in
            try await work(through: count, on: store, run: runs.add(1, ordering: .relaxed).newValue)
        }
    }
]
#else
private let durableQueueRows: [Row] = []
#endif

private struct Job: Codable, Sendable, Equatable {
    var account: String
    var amount: Int
}

/// Works through `count` items whose ids are new in each run.
private func work(through count: Int, on store: any RecordStore, run: Int = 0) async throws {
    let (finished, end) = AsyncStream.makeStream(of: Void.self)
    let done = Atomic(0)
    var options = RetryQueueOptions()
    options.firstAttempts.concurrency = 256
    let queue = try RetryQueue<Job, Int>("bench", on: store, classifier: .ethereum, options: options) { job, _ in
        job.amount
    } onSuccess: { _, _ in
        if done.add(1, ordering: .relaxed).newValue == count { end.yield() }
        return []
    }
    try await queue.submit(contentsOf: (0..<count).map { ("item-\(run)-\($0)", Job(account: "a-\($0)", amount: $0)) })
    await withTaskGroup { group in
        group.addTask { await queue.run() }
        for await _ in finished { break }
        group.cancelAll()
    }
}
