import ResilienceCore
import ResilienceTesting
import Synchronization

/// Runs a test in a simulation: on one thread, the same each time, and a test that is stuck ends with what it waits for.
func simulated(_ body: @escaping @Sendable (Simulation) async throws -> Void) throws {
    _ = try Simulation.run(seed: 1, body)
}

extension Simulation {
    /// Returns when no other task can go on, for the simulation's own clock moves only then.
    ///
    /// A test that moves a `ManualClock` settles before each step: all that was to happen until then has happened.
    func settle() async throws { try await clock.pause(for: .microseconds(1)) }
}

/// Collects values from handlers and lets a test wait for a number of them.
final class Collector<Value: Sendable>: Sendable {
    private let state = Mutex<(values: [Value], waiters: [(Int, CheckedContinuation<Void, Never>)])>(([], []))

    var all: [Value] { state.withLock { $0.values } }

    func add(_ value: Value) {
        let ready = state.withLock { state in
            state.values.append(value)
            let count = state.values.count
            let ready = state.waiters.filter { $0.0 <= count }
            state.waiters.removeAll { $0.0 <= count }
            return ready
        }
        for (_, continuation) in ready { continuation.resume() }
    }

    func wait(for count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                if state.values.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if ready { continuation.resume() }
        }
    }
}

/// A gate that lets one waiting handler pass at each opening.
final class Gate: Sendable {
    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var most = 0
    }

    private let state = Mutex(State())
    private let arrivals = Collector<Void>()
    private let passed = Collector<Void>()

    var waiting: Int { state.withLock { $0.waiting.count } }
    var most: Int { state.withLock { $0.most } }

    /// Waits for an opening.
    func pass() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.waiting.append(continuation)
                state.most = max(state.most, state.waiting.count)
            }
            arrivals.add(())
        }
        passed.add(())
    }

    func arrive() { arrivals.add(()) }

    func waitUntilArrived(_ count: Int) async { await arrivals.wait(for: count) }

    func waitUntilSomeoneWaits() async {
        while waiting == 0 { await Task.yield() }
    }

    func waitUntilPassed(_ count: Int) async { await passed.wait(for: count) }

    func open() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }
}

/// Keeps the events and lets a test wait for a kind.
final class RecordedEvents: Observer {
    private let events = Collector<ResilienceEvent>()

    var all: [ResilienceEvent] { events.all }
    var kinds: [ResilienceEvent.Kind] { all.map(\.kind) }

    func observe(_ event: ResilienceEvent) { events.add(event) }

    func wait(for kind: ResilienceEvent.Kind) async {
        var seen = 0
        while !kinds.contains(kind) {
            seen += 1
            await events.wait(for: seen)
        }
    }
}

/// A store whose first claims fail.
struct FailsAtFirst: RecordStore {
    let inner: InMemoryStore
    let left: Counter

    final class Counter: Sendable {
        let value: Mutex<Int>
        init(_ value: Int) { self.value = Mutex(value) }
    }

    struct Down: Error {}

    init(_ inner: InMemoryStore, failures: Int) {
        self.inner = inner
        left = Counter(failures)
    }

    var clock: any WallClock { inner.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await inner.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await inner.scan(scan) }
    func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await inner.commit(batch) }
    func wakeups(in space: String) -> AsyncStream<Void> { inner.wakeups(in: space) }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        let fails = left.value.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
        if fails { throw .unavailable(Down()) }
        return try await inner.claim(claim)
    }
}

/// A store that is down, for writes or for reads, as long as a test wants.
final class FlakyStore: RecordStore {
    struct Down: Error {}

    private let inner: InMemoryStore
    private let state = Mutex((reads: false, writes: false))

    init(_ inner: InMemoryStore) { self.inner = inner }

    var clock: any WallClock { inner.clock }

    func fail(reads: Bool = false, writes: Bool = false) { state.withLock { $0 = (reads, writes) } }

    private func check(_ isDown: Bool) throws(StoreError) { if isDown { throw .unavailable(Down()) } }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try check(state.withLock { $0.reads })
        return try await inner.read(keys)
    }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try check(state.withLock { $0.reads })
        return try await inner.scan(scan)
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        try check(state.withLock { $0.writes })
        return try await inner.commit(batch)
    }
}
