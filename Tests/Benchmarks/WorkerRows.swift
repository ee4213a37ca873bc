import ResilienceCore
import Synchronization

/// The worker on the store in memory: what an item costs, and that waiting costs nothing.
let workerRows: [Row] = [
    Row("worker.memory.item") {
        { count in try await handle(count, on: InMemoryStore()) }
    },
    Row("worker.memory.idle.wakeups", atMost: 0) { try await wakeups(waiting: 0) },
    Row("worker.memory.idle.wakeups.1e4waiting", atMost: 0) { try await wakeups(waiting: 10_000) },
]

private let items = Space<Int>("bench.items")

/// Puts `count` items that are due and works until all are handled; the puts are counted in.
private func handle(_ count: Int, on store: any RecordStore) async throws {
    for number in 0..<count {
        try await store.commit(Batch([items.put(number, at: "\(number)", expect: .absent, due: store.clock.now)]))
    }
    let (finished, end) = AsyncStream.makeStream(of: Void.self)
    let handled = Counter()
    let worker = try Worker(items, on: store) { _ in
        if handled.note() == count { end.yield() }
    }
    await withTaskGroup { group in
        group.addTask { await worker.run() }
        for await _ in finished { break }
        group.cancelAll()
    }
}

/// How often a worker that has nothing to do until in an hour looks at the store or at the clock, or goes to sleep
/// anew, within 1.2 seconds: long enough to meet one that looks once a second.
private func wakeups(waiting: Int) async throws -> Int {
    let clock = CountingClock()
    let store = CountingStore(base: InMemoryStore(clock: clock), counter: clock.counter)
    let later = clock.now.advanced(by: .seconds(3_600))
    for number in 0..<waiting {
        try await store.commit(Batch([items.put(number, at: "\(number)", expect: .absent, due: later)]))
    }
    let idle = clock.counter.value
    let worker = try Worker(items, on: store) { _ in }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await worker.run() }
        try await Task.sleep(for: .milliseconds(200))
        let before = clock.counter.value
        try await Task.sleep(for: .milliseconds(1_200))
        let after = clock.counter.value
        group.cancelAll()
        guard before > idle else { throw NeverRan() }
        return after - before
    }
}

private struct NeverRan: Error {}

private final class Counter: Sendable {
    private let total = Atomic(0)

    var value: Int { total.load(ordering: .relaxed) }

    @discardableResult
    func note() -> Int { total.add(1, ordering: .relaxed).newValue }
}

/// The system's clock, counting whoever asks it the time or sleeps on it.
private struct CountingClock: WallClock {
    let counter = Counter()

    var now: Timestamp {
        counter.note()
        return SystemClock().now
    }

    var minimumResolution: Duration { SystemClock().minimumResolution }

    func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        counter.note()
        try await SystemClock().sleep(until: deadline, tolerance: tolerance)
    }
}

/// A store that counts its calls.
private struct CountingStore: RecordStore {
    let base: InMemoryStore
    let counter: Counter

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        counter.note()
        return try await base.read(keys)
    }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        counter.note()
        return try await base.scan(scan)
    }

    @discardableResult
    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        counter.note()
        return try await base.commit(batch)
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        counter.note()
        return try await base.claim(claim)
    }

    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }
}
