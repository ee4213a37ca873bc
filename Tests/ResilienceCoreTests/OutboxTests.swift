import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct OutboxTests {
    let clock = ManualClock()
    let store: InMemoryStore
    let outbox: Outbox<String>
    let orders = Space<String>("orders")

    init() throws {
        store = InMemoryStore(clock: clock)
        outbox = try Outbox("orders", on: store)
    }

    @Test func aMessageStandsOrFallsWithItsChange() async throws {
        let created = outbox.message("created", id: "o1.created", about: "o1", replacing: nil)
        try await store.commit(Batch([orders.put("new", at: "o1", expect: .absent), created]))
        let lost = outbox.message("created again", id: "o1.again", about: "o1", replacing: nil)
        await #expect(throws: StoreError.self) {
            try await store.commit(Batch([orders.put("new", at: "o1", expect: .absent), lost]))
        }
        #expect(try await outbox.messages.scan(Scan("-"), in: store).map(\.name) == ["o1.created"])
    }

    @Test func messagesOfASubjectAreOrderedByItsRevisions() async throws {
        let created = outbox.message("created", id: "o1.created", about: "o1", replacing: nil)
        let first = try await store.commit(Batch([orders.put("new", at: "o1", expect: .absent), created]))
        let paid = outbox.message("paid", id: "o1.paid", about: "o1", replacing: first)
        let second = try await store.commit(Batch([orders.put("paid", at: "o1", expect: .revision(first)), paid]))
        let sent = outbox.message("sent", id: "o1.sent", about: "o1", replacing: second)
        try await store.commit(Batch([orders.put("sent", at: "o1", expect: .revision(second)), sent]))
        let messages = try await outbox.messages.scan(Scan("-"), in: store).map(\.value)
        #expect(messages.sorted { $0.sequence < $1.sequence }.map(\.body) == ["created", "paid", "sent"])
        #expect(Set(messages.map(\.sequence)).count == 3)
    }

    @Test func aMessageIsDeliveredAgainUntilItsDeliveryReturns() throws {
        try simulated { sim in
            try await store.commit(Batch([outbox.message("paid", id: "o1.paid", about: "o1", replacing: nil)]))
            let tries = Mutex<[String]>([])
            let (delivered, continuation) = AsyncStream.makeStream(of: Void.self)
            let worker = try outbox.worker { message in
                let count = tries.withLock { tries in
                    tries.append(message.id)
                    return tries.count
                }
                if count < 3 { throw Unexpected() }
                continuation.yield()
            }
            let running = sim.task("running") { await worker.run() }
            // Without time passing nothing is redelivered; let it pass as the worker waits for it.
            let ticking = sim.task("ticking") {
                while !Task.isCancelled {
                    try await sim.settle()
                    clock.advance(by: .seconds(5))
                }
            }
            var waiting = delivered.makeAsyncIterator()
            await waiting.next()
            running.cancel()
            try await running.value
            ticking.cancel()
            #expect(tries.withLock { $0 } == ["o1.paid", "o1.paid", "o1.paid"])
            #expect(try await store.count(Scan(outbox.messages.name)) == 0)
        }
    }
}
