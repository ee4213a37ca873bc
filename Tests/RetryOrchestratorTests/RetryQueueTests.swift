import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("The durable retry queue")
struct RetryQueueTests {
    private typealias Queue = RetryQueue<String, Int>

    private struct NodeError: FailureReporting {
        let message: String
        var failure: Failure { Failure(source: "ethereum", message: message, transmission: .sent) }
    }

    /// What the operation of a test saw.
    private final class Calls: Sendable {
        private let state = Mutex<[QueuedAttempt]>([])
        var all: [QueuedAttempt] { state.withLock { $0 } }

        func note(_ attempt: QueuedAttempt) -> Int {
            state.withLock { state in
                state.append(attempt)
                return state.count
            }
        }
    }

    /// Runs the queue in a simulation until nothing is pending, and gives what a test wants to know.
    private func drained<Value: Sendable>(
        idempotent: Bool = false,
        observer: (any Observer)? = nil,
        payloads: [String] = ["first"],
        change: @escaping @Sendable (inout RetryQueueOptions) -> Void = { _ in },
        operation: @escaping Queue.Operation,
        resolve: Queue.Resolver? = nil,
        onSuccess: Queue.SuccessWrites? = nil,
        _ look: @escaping @Sendable (Queue, InMemoryStore) async throws -> Value
    ) throws -> Value {
        try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            var options = RetryQueueOptions()
            (options.seed, options.firstAttempts.seed, options.retries.seed) = (1, 2, 3)
            options.context = "test"
            change(&options)
            var policy = RetryPolicy.payment
            policy.isIdempotent = idempotent
            let queue = try Queue(
                "payments",
                on: store,
                policy: policy,
                classifier: .ethereum,
                options: options,
                observer: observer,
                operation: operation,
                resolve: resolve,
                onSuccess: onSuccess
            )
            for (number, payload) in payloads.enumerated() { try await queue.submit(payload, id: "id-\(number)") }
            sim.task("worker") { await queue.run() }
            while try await queue.counts().pending > 0 {
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(10)), tolerance: nil)
            }
            return try await look(queue, store)
        }.value
    }

    private static func outcome(_ queue: Queue, _ id: String = "id-0") async throws -> QueueOutcome<String, Int>? {
        guard case .succeeded(let outcome)? = try await queue.status(of: id) else { return nil }
        return outcome
    }

    private static func failure(_ queue: Queue, _ id: String = "id-0") async throws -> FailedOperation<String>? {
        guard case .failed(let failed)? = try await queue.status(of: id) else { return nil }
        return failed
    }

    @Test("P9: a success on the second attempt is an ordinary success, 60 s later, and nothing is stored as failed")
    func successOnTheSecondAttempt() throws {
        let calls = Calls()
        let (outcome, failed) = try drained { _, attempt in
            guard calls.note(attempt) == 2 else { throw NodeError(message: "429 Too Many Requests") }
            return 42
        } _: { queue, _ in
            (try await Self.outcome(queue), try await queue.failures.count())
        }
        #expect(outcome?.output == 42)
        #expect(outcome?.attempts == 2)
        #expect(outcome?.history.map(\.outcome) == [.failed, .succeeded])
        #expect(outcome.map { $0.submittedAt.duration(to: $0.finishedAt) } == .seconds(60))
        #expect(failed == 0)
        #expect(Set(calls.all.map(\.idempotencyKey)) == ["payments/id-0"])
        #expect(calls.all.map(\.number) == [1, 2])
        #expect(calls.all[0].fence < calls.all[1].fence)
    }

    @Test("P1, P2, P3: three attempts 60 s apart, then stored for review with the code and the attempts")
    func threeAttemptsThenStored() throws {
        let calls = Calls()
        let failed = try drained { _, attempt in
            _ = calls.note(attempt)
            throw NodeError(message: "429 Too Many Requests")
        } _: { queue, _ in
            try await Self.failure(queue)
        }
        #expect(calls.all.map(\.number) == [1, 2, 3])
        #expect(calls.all.map(\.left) == [2, 1, 0])
        #expect(failed?.code == "RATE_LIMIT_EXCEEDED")
        #expect(failed?.status == .pendingReview)
        #expect(failed?.attempts == 3)
        #expect(failed?.context == "test")
        #expect(failed?.isAmbiguous == false)
        #expect(failed.map { $0.submittedAt.duration(to: $0.failedAt) } == .seconds(120))
    }

    @Test("A permanent failure is stored at once")
    func permanentFailure() throws {
        let calls = Calls()
        let failed = try drained { _, attempt in
            _ = calls.note(attempt)
            throw NodeError(message: "insufficient funds for gas * price + value")
        } _: { queue, _ in
            try await Self.failure(queue)
        }
        #expect(calls.all.count == 1)
        #expect(failed?.code == "INSUFFICIENT_FUNDS")
    }

    @Test("An ambiguous attempt that took effect is found, and never sent again")
    func ambiguousFoundApplied() throws {
        let calls = Calls()
        let outcome = try drained { _, attempt in
            _ = calls.note(attempt)
            throw NodeError(message: "request timed out")
        } resolve: { _, _ in
            .applied(7)
        } _: { queue, _ in
            try await Self.outcome(queue)
        }
        #expect(calls.all.count == 1)
        #expect(outcome?.output == 7)
        #expect(outcome?.recoveredAfterAmbiguity == true)
    }

    @Test("An attempt that takes too long is cancelled and ambiguous: its outcome is asked for, and the item goes on")
    func attemptTimeout() throws {
        let calls = Calls()
        let failed = try drained(change: { $0.attemptTimeout = .seconds(5) }) { _, attempt in
            _ = calls.note(attempt)
            try await Task.sleep(until: .distantFuture, clock: SystemClock())
            return 0
        } resolve: { _, _ in
            .notApplied
        } _: { queue, store in
            (try await Self.failure(queue), store.clock.now)
        }
        #expect(calls.all.count == 3, "it did not take effect, so it is tried again")
        #expect(failed.0?.classification?.category == .timeout)
        #expect(failed.0?.isAmbiguous == false)
        let history = try #require(failed.0?.history)
        #expect(history.allSatisfy { $0.startedAt.duration(to: $0.endedAt) >= .seconds(5) })
    }

    @Test("A question that takes too long is one that was not answered")
    func questionTimeout() throws {
        let questions = Calls()
        let failed = try drained(change: { ($0.questionTimeout, $0.questionLimit) = (.seconds(5), 3) }) { _, _ in
            throw NodeError(message: "request timed out")
        } resolve: { _, attempt in
            _ = questions.note(attempt)
            try await Task.sleep(until: .distantFuture, clock: SystemClock())
            return .unknown
        } _: { queue, _ in
            try await Self.failure(queue)
        }
        #expect(questions.all.count == 3)
        #expect(failed?.isAmbiguous == true)
    }

    @Test("A resolver that fails is asked again, and the item ends as ambiguous when it never knows")
    func resolverFails() throws {
        let calls = Calls()
        let questions = Calls()
        let failed = try drained { _, attempt in
            _ = calls.note(attempt)
            throw NodeError(message: "request timed out")
        } resolve: { _, attempt in
            _ = questions.note(attempt)
            throw NodeError(message: "connection refused by RPC endpoint")
        } _: { queue, _ in
            try await Self.failure(queue)
        }
        #expect(calls.all.count == 1)
        #expect(questions.all.count == 10)
        #expect(failed?.isAmbiguous == true)
    }

    @Test("Without resolver and key an ambiguous attempt is stored as ambiguous, after one call")
    func ambiguousWithoutResolver() throws {
        let calls = Calls()
        let failed = try drained { _, attempt in
            _ = calls.note(attempt)
            throw NodeError(message: "request timed out")
        } _: { queue, _ in
            try await Self.failure(queue)
        }
        #expect(calls.all.count == 1)
        #expect(failed?.code == "NETWORK_TIMEOUT")
        #expect(failed?.isAmbiguous == true)
    }

    @Test("An idempotent operation is sent again with the same key")
    func idempotentIsSentAgain() throws {
        let calls = Calls()
        let outcome = try drained(idempotent: true) { _, attempt in
            guard calls.note(attempt) == 3 else { throw NodeError(message: "request timed out") }
            return 1
        } _: { queue, _ in
            try await Self.outcome(queue)
        }
        #expect(outcome?.attempts == 3)
        #expect(outcome?.recoveredAfterAmbiguity == true)
        #expect(Set(calls.all.map(\.idempotencyKey)).count == 1)
    }

    @Test("Writes for the success stand in the commit that records it")
    func writesForTheSuccess() throws {
        let (revision, other) = try drained { _, _ in
            5
        } onSuccess: { payload, outcome in
            [.put(RecordKey("test.published", payload), outcome.output, expect: .absent)]
        } _: { _, store in
            let keys = [RecordKey("retry.payments.done", "id-0"), RecordKey("test.published", "first")]
            let records = try await store.read(keys)
            return (records[0]?.revision, records[1]?.revision)
        }
        #expect(revision != nil)
        #expect(revision == other)
    }

    @Test("The same submission again does nothing; another payload under its id is refused, whatever became of it")
    func submittingTwice() throws {
        try drained(payloads: ["good", "bad"]) { payload, _ in
            if payload == "bad" { throw NodeError(message: "invalid address checksum") }
            return 1
        } _: { queue, _ in
            #expect(try await queue.submit("good", id: "id-0") == .alreadySubmitted)
            #expect(try await queue.submit("bad", id: "id-1") == .alreadySubmitted)
            for id in ["id-0", "id-1"] {
                await #expect(throws: RetryQueueError.idInUse(id)) { try await queue.submit("other", id: id) }
            }
            let counts = try await queue.counts()
            #expect(counts == (0, 1, 1))
        }
    }

    @Test("Many at once: each is accepted once, also when some stand twice")
    func submittingMany() throws {
        try drained(payloads: []) { _, _ in
            1
        } _: { queue, _ in
            let items = (0..<450).map { (id: "many-\($0)", payload: "p\($0)") }
            let first = try await queue.submit(contentsOf: items)
            #expect(first.allSatisfy { $0 == .accepted })
            let again = try await queue.submit(contentsOf: items.suffix(10) + [("new", "n"), ("new", "n")])
            #expect(again == Array(repeating: .alreadySubmitted, count: 10) + [.accepted, .alreadySubmitted])
        }
    }

    @Test("The failed operations are found by status and by code, oldest first, in pages")
    func failedOperationsAreListed() throws {
        try drained(payloads: (0..<7).map { $0 % 2 == 0 ? "address" : "funds" }) { payload, _ in
            throw NodeError(message: payload == "funds" ? "insufficient funds" : "invalid address checksum")
        } _: { queue, _ in
            #expect(try await queue.failures.count() == 7)
            #expect(try await queue.failures.count(.init(status: .pendingReview, code: "INSUFFICIENT_FUNDS")) == 3)
            #expect(try await queue.failures.list(.init(status: .recovered)).operations.isEmpty)
            var page = try await queue.failures.list(.init(status: .pendingReview), limit: 3)
            var names = page.operations.map(\.id)
            while let next = page.next {
                page = try await queue.failures.list(.init(status: .pendingReview), after: next, limit: 3)
                names += page.operations.map(\.id)
            }
            #expect(names.sorted() == (0..<7).map { "id-\($0)" })
        }
    }

    @Test("An outcome is forgotten after its retention, and its id with it")
    func retention() throws {
        _ = try Simulation.run(seed: 1) { sim in
            var options = RetryQueueOptions()
            options.retention = .seconds(600)
            let queue = try Queue(
                "payments",
                on: InMemoryStore(clock: sim.clock),
                classifier: .ethereum,
                options: options,
                operation: { _, _ in 1 }
            )
            try await queue.submit("first", id: "id-0")
            sim.task("worker") { await queue.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(599)), tolerance: nil)
            let before = try await queue.counts()
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(120)), tolerance: nil)
            let after = try await queue.counts()
            #expect(before == (0, 1, 0))
            #expect(after == (0, 0, 0))
            #expect(try await queue.submit("other", id: "id-0") == .accepted)
        }
    }

    @Test("Every event of an item is told")
    func events() throws {
        let observer = RecordingObserver()
        _ = try drained(observer: observer) { _, attempt in
            if attempt.number == 1 { throw NodeError(message: "429 Too Many Requests") }
            throw NodeError(message: "request timed out")
        } resolve: { _, _ in
            .applied(1)
        } _: { queue, _ in
            true
        }
        let kinds = observer.events.map(\.kind)
        #expect(
            kinds.filter { $0.rawValue.hasPrefix("queue.") } == [
                .queueScheduled, .queueAmbiguous, .queueScheduled, .queueResolved, .queueSucceeded,
            ]
        )
    }

    @Test("Options out of range are refused at construction")
    func options() {
        let wrong: [(String, (inout RetryQueueOptions) -> Void)] = [
            ("deliveryLimit", { $0.deliveryLimit = 0 }), ("questionLimit", { $0.questionLimit = 1_001 }),
            ("settleTime", { $0.settleTime = .seconds(-1) }), ("questionWait", { $0.questionWait = .seconds(90_000) }),
            ("retention", { $0.retention = .zero }), ("concurrency", { $0.retries.concurrency = 0 }),
        ]
        for (field, change) in wrong {
            var options = RetryQueueOptions()
            change(&options)
            let error = #expect(throws: InvalidArgument.self) {
                try Queue("q", on: InMemoryStore(), classifier: .ethereum, options: options, operation: { _, _ in 1 })
            }
            #expect(error?.field == field)
        }
    }
}
