import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("A durable retry queue at its edges")
struct RetryQueueEdgeTests {
    private typealias Queue = RetryQueue<String, Int>

    private struct NodeError: FailureReporting {
        let message: String
        var retryAfter: Duration?
        var failure: Failure {
            Failure(source: "ethereum", message: message, transmission: .sent, retryAfter: retryAfter)
        }
    }

    /// Lets a queue with one submitted item work for a day, and gives where the item is then.
    private func status(
        policy: RetryPolicy = .payment,
        observer: RecordingObserver = RecordingObserver(),
        on store: @escaping @Sendable (SimulatedClock) async throws -> InMemoryStore = { InMemoryStore(clock: $0) },
        operation: @escaping Queue.Operation,
        resolve: Queue.Resolver? = nil,
        onSuccess: Queue.SuccessWrites? = nil
    ) throws -> QueueStatus<String, Int>? {
        try Simulation.run(seed: 1) { sim in
            let queue = try Queue(
                "payments",
                on: try await store(sim.clock),
                policy: policy,
                classifier: .ethereum,
                observer: observer,
                operation: operation,
                resolve: resolve,
                onSuccess: onSuccess
            )
            try await queue.submit("first", id: "id-0")
            sim.task("worker") { await queue.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(86_400)), tolerance: nil)
            return try await queue.status(of: "id-0")
        }.value
    }

    // MARK: Writes for the success

    private static let published = RecordKey("test.published", "first")

    private static func withOnePublished(_ clock: SimulatedClock) async throws -> InMemoryStore {
        let store = InMemoryStore(clock: clock)
        try await store.commit(Batch([.put(published, "before", expect: .absent)]))
        return store
    }

    @Test(
        "A success whose writes are refused is called once and becomes a failed operation that says so",
        arguments: [
            Write.put(published, "now", expect: .absent),
            Write.put(RecordKey("test.published", "not\u{0}allowed"), "now", expect: .absent),
        ]
    )
    func successWritesRefused(write: Write) throws {
        let calls = RecordingObserver()
        let observer = RecordingObserver()
        let status = try status(observer: observer, on: Self.withOnePublished) { _, attempt in
            calls.observe(ResilienceEvent(.init("call"), at: .distantPast, subject: attempt.id))
            return 1
        } resolve: { _, _ in
            .applied(1)
        } onSuccess: { _, _ in
            [write]
        }
        guard case .failed(let failed)? = status else {
            Issue.record("\(String(describing: status))")
            return
        }
        #expect(failed.code == FailureCode.successNotRecorded)
        #expect(failed.isAmbiguous)
        #expect(failed.history.last?.outcome == .succeeded)
        #expect(calls.events.count == 1)
        #expect(observer.events.count { $0.kind == .queueSuccessRefused } == 3)
    }

    @Test("Writes for a success that are refused once are asked for again")
    func successWritesRefusedOnce() throws {
        let asked = RecordingObserver()
        let status = try status(on: Self.withOnePublished) { _, _ in
            1
        } onSuccess: { _, _ in
            asked.observe(ResilienceEvent(.init("asked"), at: .distantPast, subject: ""))
            let name = asked.events.count == 1 ? "first" : "second"
            return [.put(RecordKey("test.published", name), "now", expect: .absent)]
        }
        guard case .succeeded? = status else {
            Issue.record("\(String(describing: status))")
            return
        }
    }

    // MARK: Ids

    @Test("The id of an item that could not be read stays taken, and says where the item is")
    func parkedItem() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let queue = try Queue("payments", on: store, classifier: .ethereum, operation: { _, _ in 1 })
            for space in ["retry.payments", "retry.payments.again"] {
                // What an older version of the program left behind, perhaps after its call was made.
                try await store.commit(Batch([.put(RecordKey(space, space), 7, expect: .absent, due: sim.clock.now)]))
            }
            sim.task("worker") { await queue.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            for space in ["retry.payments", "retry.payments.again"] {
                await #expect(throws: RetryQueueError.parked(space)) { try await queue.submit("again", id: space) }
                guard case .parked(let key)? = try await queue.status(of: space) else {
                    Issue.record("not parked")
                    continue
                }
                #expect(key == RecordKey("parked/\(space)", space))
            }
        }
    }

    @Test("Composed and decomposed ids are two, one of 512 bytes is accepted, longer and empty ones are refused")
    func oddIDs() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let queue = try Queue("payments", on: store, classifier: .ethereum, operation: { _, _ in 1 })
            let long = String(repeating: "ü", count: 256)
            let items = ["\u{E9}", "e\u{301}", long].map { (id: $0, payload: $0) }
            #expect(try await queue.submit(contentsOf: items) == [.accepted, .accepted, .accepted])
            for id in ["", long + "x", "a\u{0}b"] {
                await #expect(throws: StoreError.self) { try await queue.submit("x", id: id) }
            }
            sim.task("worker") { await queue.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            #expect(try await queue.counts() == (0, 3, 0))
        }
    }

    @Test(
        "A name that no store takes is refused at construction",
        arguments: ["", "a\u{0}b", String(repeating: "x", count: 401)]
    )
    func names(name: String) {
        let error = #expect(throws: InvalidArgument.self) {
            try Queue(name, on: InMemoryStore(), classifier: .ethereum, operation: { _, _ in 1 })
        }
        #expect(error?.field == "name")
    }

    // MARK: Limits

    @Test("An item is not kept for a Retry-After that lies behind its elapsed limit")
    func retryAfterBehindTheLimit() throws {
        let policy = try RetryPolicy(attempts: 3, elapsedLimit: .seconds(3_600))
        for (wait, attempts) in [(7_200, 1), (1_800, 2)] {
            let status = try status(policy: policy) { _, attempt in
                throw NodeError(
                    message: "429 Too Many Requests",
                    retryAfter: attempt.number == 1 ? .seconds(wait) : .seconds(7_200)
                )
            }
            guard case .failed(let failed)? = status else {
                Issue.record("\(String(describing: status))")
                return
            }
            #expect(failed.attempts == attempts)
            #expect(failed.submittedAt.duration(to: failed.failedAt) < .seconds(3_600))
        }
    }

    @Test("Failed operations are found by code alone")
    func listedByCode() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let queue = try Queue("payments", on: InMemoryStore(clock: sim.clock), classifier: .ethereum) {
                payload,
                _ in
                throw NodeError(message: payload)
            }
            for (number, payload) in ["insufficient funds", "invalid address checksum", "insufficient funds"]
                .enumerated()
            {
                try await queue.submit(payload, id: "id-\(number)")
            }
            sim.task("worker") { await queue.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            let found = try await queue.failures.list(.init(code: "INSUFFICIENT_FUNDS")).operations
            #expect(found.map(\.id).sorted() == ["id-0", "id-2"])
            #expect(try await queue.failures.count(.init(code: "INSUFFICIENT_FUNDS")) == 2)
            #expect(try await queue.failures.count(.init(code: "NONE")) == 0)
        }
    }
}
