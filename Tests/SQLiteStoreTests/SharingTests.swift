#if SQLite
import Dispatch
import ResilienceCore
import ResilienceTesting
import Testing

@testable import SQLiteStore

@Suite(.timeLimit(.minutes(20))) struct SharingTests {
    private let clock = ManualClock()
    private let file: TemporaryFile

    init() throws { file = try TemporaryFile() }

    private func open(_ change: (inout SQLiteStoreOptions) -> Void = { _ in }) throws -> SQLiteStore {
        var options = SQLiteStoreOptions()
        change(&options)
        return try SQLiteStore(path: file.path, clock: clock, options: options)
    }

    private func put(_ name: String, due: Timestamp? = nil) -> Batch {
        Batch([.put(RecordKey("test", name), name, expect: .absent, due: due)])
    }

    private func isUnavailable(_ reason: SQLiteStoreError.Reason, _ error: StoreError?) -> Bool {
        guard case .unavailable(let cause) = error else { return false }
        return (cause as? SQLiteStoreError)?.reason == reason
    }

    @Test(arguments: [Durability.full, .normal])
    func twoStoresCountOnOneFileWithoutLosingAStep(_ durability: Durability) async throws {
        let stores = try (0..<2).map { _ in try open { $0.durability = durability } }
        let key = RecordKey("test", "counter")
        try await stores[0].commit(Batch([.put(key, 0, expect: .absent)]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let store = stores[task % 2]
                    var left = 25
                    while left > 0 {
                        guard let record = try await store.read(key) else { return }
                        let next = try record.value.get(Int.self) + 1
                        do {
                            try await store.commit(Batch([.put(key, next, expect: .revision(record.revision))]))
                            left -= 1
                        } catch StoreError.conflict {}
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[1].read(key)?.value.get(Int.self) == 200)
    }

    @Test func aLockThatIsKeptMakesTheStoreUnavailable() async throws {
        let store = try open { $0.lockWait = .milliseconds(20) }
        let other = try Connection(path: file.path, creating: false, vfs: nil)
        try other.execute("BEGIN IMMEDIATE")
        let error = await #expect(throws: StoreError.self) { try await store.commit(put("a")) }
        #expect(isUnavailable(.busy, error))
        #expect(try await store.read(RecordKey("test", "a")) == nil)
        try other.execute("ROLLBACK")
        try await store.commit(put("a"))
    }

    @Test func aCallThatWaitsForItsTurnCanBeCancelled() async throws {
        let store = try open()
        let (began, continuation) = AsyncStream.makeStream(of: Void.self)
        let release = DispatchSemaphore(value: 0)
        let taken = Task {
            try await store.commit(put("taken")) { _ in
                continuation.yield()
                release.wait()
            }
        }
        _ = await began.first { true }
        for _ in 0..<20 {
            let waiting = Task { try await store.commit(put("waiting")) }
            await Task.yield()
            waiting.cancel()
            let error = await #expect(throws: StoreError.self) { try await waiting.value }
            guard case .cancelled = error else { Issue.record("\(String(describing: error))"); break }
        }
        release.signal()
        _ = try await taken.value
        #expect(try await store.read(RecordKey("test", "waiting")) == nil)
    }

    @Test func ownCommitsWakeListenersOfTheirSpaceAtOnce() async throws {
        let store = try open { $0.sharedByProcesses = false }
        var hints = store.wakeups(in: "test").makeAsyncIterator()
        var others = store.wakeups(in: "other").makeAsyncIterator()
        try await store.commit(put("a", due: clock.now))
        #expect(await hints.next() != nil)
        #expect(clock.sleeperCount == 0)
        await store.close()
        #expect(await others.next() == nil)
        #expect(await hints.next() == nil)
    }

    @Test func commitsOfOthersWakeListenersWithinASecond() async throws {
        let (store, other) = (try open(), try open())
        #expect(clock.sleeperCount == 0)
        let hints = store.wakeups(in: "test")
        await clock.waitForSleepers()
        // The first look only takes note of what is there.
        clock.advance(by: .seconds(1))
        await clock.waitForSleepers()
        try await other.commit(put("a", due: clock.now))
        clock.advance(by: .seconds(1))
        var iterator = hints.makeAsyncIterator()
        #expect(await iterator.next() != nil)
    }

    @Test func nobodyLooksWhenNobodyListens() async throws {
        let store = try open()
        let listening = Task { for await _ in store.wakeups(in: "test") {} }
        await clock.waitForSleepers()
        listening.cancel()
        await listening.value
        while clock.sleeperCount > 0 { await Task.yield() }
    }

    @Test func anIDIsForgottenAfterAnHour() async throws {
        let store = try open()
        var batch = Batch([.put(RecordKey("test", "a"), "a", expect: .any)])
        batch.id = CommitID(origin: 7, number: 1)
        let first = try await store.commit(batch)
        clock.advance(by: .seconds(3_599))
        #expect(try await store.commit(batch) == first)
        clock.advance(by: .seconds(2))
        try await store.commit(put("b"))
        #expect(try await store.commit(batch) != first)
    }

    @Test func markersDoNotPileUp() async throws {
        let store = try open()
        for number in 0..<50 { try await store.commit(put("n\(number)")) }
        let connection = try Connection(path: file.path, creating: false, vfs: nil)
        #expect(try connection.integer("SELECT count(*) FROM meta WHERE kind = 'commit'") == 1)
    }

    @Test func aClosedStoreRefusesAndItsFilesAreGone() async throws {
        let store = try open()
        try await store.commit(put("a"))
        await store.close()
        await store.close()
        #expect(file.files == ["store.db"])
        let writing = await #expect(throws: StoreError.self) { try await store.commit(put("b")) }
        #expect(isUnavailable(.closed, writing))
        let reading = await #expect(throws: StoreError.self) { try await store.scan(Scan("test")) }
        #expect(isUnavailable(.closed, reading))
    }

    @Test func aStoreThatNobodyHoldsEndsItsThreads() async throws {
        try await open().commit(put("a"))
        // The last connection removes the log when it closes.
        while file.files != ["store.db"] { await Task.yield() }
    }
}
#endif
