import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct StoreExamples {
    @Test func aRecordIsPutAndDeletedAtItsRevision() async throws {
        // example
        let store = InMemoryStore()
        let key = RecordKey("example.greetings", "first")
        let revision = try await store.commit(Batch([.put(key, "hello", expect: .absent)]))
        try await store.commit(Batch([.delete(key, expect: .revision(revision))]))
        // end
        #expect(try await store.read(key) == nil)
    }

    @Test func theStoreInMemory() async throws {
        // example
        let store = InMemoryStore()
        try await store.commit(Batch([.put(RecordKey("example", "a"), 1, expect: .absent)]))
        // end
        #expect(try await store.read(RecordKey("example", "a"))?.value.get(Int.self) == 1)
    }

    @Test func theTypedFaceOfASpace() async throws {
        let store = InMemoryStore()
        // example
        struct Greeting: Codable, Sendable { var text: String }
        let greetings = Space<Greeting>("example.greetings")

        try await store.commit(Batch([greetings.put(Greeting(text: "hello"), at: "first", expect: .absent)]))
        let entry = try await greetings.read("first", in: store)
        // end
        #expect(entry?.value.text == "hello")
    }

    @Test func aScanByTag() async throws {
        let store = InMemoryStore()
        for (name, code) in [("a", "RATE_LIMIT"), ("b", "TIMEOUT")] {
            let key = RecordKey("failed.payments", name)
            try await store.commit(Batch([.put(key, 1, expect: .absent, tags: ["c=\(code)|0001"])]))
        }
        // example
        let failed = try await store.scan(Scan("failed.payments", by: .tag, from: "c=RATE_LIMIT|",
            until: "c=RATE_LIMIT}"))
        // end
        #expect(failed.map(\.key.name) == ["a"])
    }

    @Test func aCommitThatSettles() async throws {
        let orders = Space<Order>("example.orders")
        let order = Order(id: "17")
        let store = SimulatedStore(
            InMemoryStore(),
            faults: try .none.injecting(.replyLost, at: .commit, number: 1),
            seed: 1
        )
        // example
        try await store.commitSettling(Batch([orders.put(order, at: order.id, expect: .absent)]))
        // end
        #expect(try await orders.read("17", in: store)?.value == order)
        #expect(store.faultCounts[.replyLost] == 1)
    }
}

@Suite(.timeLimit(.minutes(20))) struct TimeExamples {
    @Test func aDelayIsCappedAndThenJittered() throws {
        // example
        let backoff = try Backoff.exponential(base: .milliseconds(50), cap: .seconds(20))
        var generator = SmallGenerator.seededBySystem()
        let delay = Jitter.full.apply(to: backoff.delay(beforeRetry: 3, using: &generator), using: &generator)
        // end
        #expect((.zero ... .milliseconds(200)).contains(delay))
    }

    @Test func proportionalJitter() throws {
        var generator = SmallGenerator(seed: 1)
        // example
        let jitter = try Jitter.proportional(0.3)
        let delay = jitter.apply(to: .seconds(30), using: &generator)    // 21 to 39 seconds
        // end
        #expect((.seconds(21) ... .seconds(39)).contains(delay))
    }

    @Test func aDeadline() {
        let clock = ManualClock(now: Timestamp(seconds: 100))
        // example
        let deadline = clock.now.advanced(by: .seconds(300))
        // end
        #expect(deadline == Timestamp(seconds: 400))
    }

    @Test func anObserver() {
        // example
        struct Printer: Observer {
            func observe(_ event: ResilienceEvent) { print(event.at, event.kind, event.subject) }
        }
        // end
        let observer: any Observer = Printer()
        observer.observe(ResilienceEvent(.parked, at: Timestamp(seconds: 0), subject: "example"))
    }
}
