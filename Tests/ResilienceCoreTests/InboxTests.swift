import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct InboxTests {
    let clock = ManualClock()
    let store: InMemoryStore
    let inbox: Inbox<String>

    init() throws {
        store = InMemoryStore(clock: clock)
        inbox = try Inbox("payments", on: store)
    }

    @Test func S29_aWebhookTwiceHasOneEffectAndTheSecondIsAnsweredDuplicate() async throws {
        #expect(try await inbox.receive("evt-1", "paid") == .accepted)
        #expect(try await inbox.receive("evt-1", "paid") == .duplicate)
        #expect(try await store.count(Scan(inbox.items.name)) == 1)
        try await handleAll(expecting: 1)
        #expect(try await inbox.receive("evt-1", "paid") == .duplicate)
        #expect(try await store.count(Scan(inbox.items.name)) == 0)
    }

    @Test func S31_whatWasAcceptedBeforeACrashIsHandledOnceAfterIt() async throws {
        #expect(try await inbox.receive("evt-1", "paid") == .accepted)
        // The process ends here; another one opens the same store.
        let restarted = try Inbox<String>("payments", on: store)
        #expect(try await restarted.receive("evt-1", "paid") == .duplicate)
        try await handleAll(expecting: 1)
    }

    @Test func anIdIsRememberedForItsRetention() async throws {
        try await inbox.receive("evt-1", "paid")
        try await handleAll(expecting: 1)
        clock.advance(by: .seconds(7 * 86_400 - 1))
        #expect(try await inbox.purge() == 0)
        #expect(try await inbox.receive("evt-1", "paid") == .duplicate)
        clock.advance(by: .seconds(1))
        #expect(try await inbox.purge() == 1)
        #expect(try await inbox.receive("evt-1", "paid") == .accepted)
    }

    @Test func aConflictElsewhereIsNoDuplicateAndStoresNothing() async throws {
        let other = RecordKey("example", "a")
        try await store.commit(Batch([.put(other, 1, expect: .absent)]))
        await #expect(throws: StoreError.self) {
            try await inbox.receive("evt-1", "paid", also: [.put(other, 2, expect: .absent)])
        }
        #expect(try await inbox.receive("evt-1", "paid", also: [.delete(other, expect: .any)]) == .accepted)
    }

    @Test func whatIsNotAllowedIsRefused() async throws {
        #expect(throws: InvalidArgument.self) { try Inbox<Int>("", on: store) }
        #expect(throws: InvalidArgument.self) { try Inbox<Int>("a", on: store, retention: .zero) }
        await #expect(throws: StoreError.self) { try await inbox.receive("", "paid") }
    }

    /// Runs a worker until nothing is left, and checks how many items it was given.
    private func handleAll(expecting count: Int) async throws {
        let handled = Mutex(0)
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        let worker = try inbox.worker { delivery in
            #expect(delivery.value == "paid")
            try await delivery.lease.finish()
            handled.withLock { $0 += 1 }
            continuation.yield()
        }
        let running = Task { await worker.run() }
        var waiting = ended.makeAsyncIterator()
        for _ in 0..<count { await waiting.next() }
        running.cancel()
        await running.value
        #expect(handled.withLock { $0 } == count)
        #expect(try await store.count(Scan(inbox.items.name)) == 0)
    }
}
