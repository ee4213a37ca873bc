import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("Failed operations that come back to their queue", .timeLimit(.minutes(20)))
struct RedriveTests {
    private typealias Queue = RetryQueue<String, Int>

    private struct NodeError: FailureReporting {
        let message: String
        var transmission = Failure.Transmission.notSent
        var failure: Failure { Failure(source: "ethereum", message: message, transmission: transmission) }
    }

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

    /// Runs a queue with one item; `script` is told when nothing is under way any more and gives what to wait for next.
    private func run(
        idempotent: Bool = false,
        sweeps: Bool = false,
        operation: @escaping Queue.Operation,
        resolve: Queue.Resolver? = nil,
        _ script: @escaping @Sendable (Queue, InMemoryStore, @Sendable () async throws -> Void) async throws -> Void
    ) throws {
        _ = try Simulation.run(seed: 3) { sim in
            let store = InMemoryStore(clock: sim.clock)
            var options = RetryQueueOptions()
            (options.seed, options.firstAttempts.seed, options.retries.seed) = (1, 2, 3)
            options.sweepsTransientFailures = sweeps
            var policy = RetryPolicy.payment
            policy.isIdempotent = idempotent
            let queue = try Queue(
                "payments",
                on: store,
                policy: policy,
                classifier: .ethereum,
                options: options,
                operation: operation,
                resolve: resolve
            )
            try await queue.submit("first", id: "p")
            sim.task("worker") { await queue.run() }
            let settle: @Sendable () async throws -> Void = {
                repeat {
                    try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(10)), tolerance: nil)
                } while try await queue.counts().pending > 0
            }
            try await settle()
            try await script(queue, store, settle)
        }
    }

    @Test("One commit brings it back, with three new attempts and the same key; its success is a recovery")
    func success() throws {
        let calls = Calls()
        try run { _, attempt in
            guard calls.note(attempt) == 5 else { throw NodeError(message: "429 Too Many Requests") }
            return 42
        } _: { queue, store, settle in
            let failed = try #require(try await queue.failures.find("p"))
            #expect(failed.attempts == 3)
            let before = try #require(try await store.read(RecordKey("failed.payments", "p"))).revision
            try await queue.failures.redrive("p", by: "ann")
            let item = try #require(try await store.read(RecordKey("retry.payments.again", "p")))
            let record = try #require(try await store.read(RecordKey("failed.payments", "p")))
            #expect(item.revision == record.revision && record.revision > before)
            #expect(item.due == store.clock.now.advanced(by: .seconds(5)))
            guard case .pending? = try await queue.status(of: "p") else {
                Issue.record("not pending")
                return
            }
            try await settle()
            #expect(calls.all.map(\.number) == [1, 2, 3, 1, 2])
            #expect(Set(calls.all.map(\.idempotencyKey)) == ["payments/p"])
            let recovered = try #require(try await queue.failures.find("p"))
            #expect(recovered.status == .recovered)
            #expect(recovered.recovery?.kind == .manual)
            #expect(recovered.recovery?.by == "ann")
            guard case .succeeded(let outcome)? = try await queue.status(of: "p") else {
                Issue.record("not succeeded")
                return
            }
            #expect(outcome.output == 42)
            #expect(try await queue.counts() == (0, 1, 0))
        }
        #expect(calls.all.count == 5)
    }

    @Test(
        "What fails again with what passes is retryable again, anything else waits for a person",
        arguments: [
            ("429 Too Many Requests", FailedStatus.retryable, 6), ("invalid address checksum", .pendingReview, 4),
        ]
    )
    func failure(message: String, status: FailedStatus, calls expected: Int) throws {
        let calls = Calls()
        try run { _, attempt in
            throw NodeError(message: calls.note(attempt) <= 3 ? "429 Too Many Requests" : message)
        } _: { queue, _, settle in
            try await queue.failures.redrive("p", by: "ann")
            try await settle()
            let failed = try #require(try await queue.failures.find("p"))
            #expect(failed.status == status)
            #expect(failed.attempts == expected)
            #expect(failed.history.count == expected)
            #expect(try await queue.counts() == (0, 0, 1))
        }
    }

    @Test("A failure that does not pass is tried again only if that is forced")
    func force() throws {
        let calls = Calls()
        try run { _, attempt in
            guard calls.note(attempt) == 2 else { throw NodeError(message: "insufficient funds") }
            return 1
        } _: { queue, _, settle in
            await #expect(throws: FailedOperationError.notTransient(id: "p", code: "INSUFFICIENT_FUNDS")) {
                try await queue.failures.redrive("p", by: "ann")
            }
            #expect(try await queue.failures.find("p")?.status == .pendingReview)
            try await queue.failures.redrive("p", by: "ann", force: true)
            try await settle()
            #expect(try await queue.failures.find("p")?.status == .recovered)
        }
        #expect(calls.all.count == 2)
    }

    @Test("What may have taken effect is asked about before anything is sent again", arguments: [true, false])
    func ambiguousAsks(applied: Bool) throws {
        let calls = Calls()
        let questions = Mutex(0)
        try run { _, attempt in
            guard calls.note(attempt) == 2 else {
                throw NodeError(message: "request timed out", transmission: .sent)
            }
            return 2
        } resolve: { _, _ in
            let number = questions.withLock { count in
                count += 1
                return count
            }
            // The first ten, those of the first life, cannot tell.
            guard number > 10 else { return .unknown }
            return applied ? .applied(7) : .notApplied
        } _: { queue, _, settle in
            #expect(try await queue.failures.find("p")?.isAmbiguous == true)
            try await queue.failures.redrive("p", by: "ann")
            try await settle()
            guard case .succeeded(let outcome)? = try await queue.status(of: "p") else {
                Issue.record("not succeeded")
                return
            }
            #expect(outcome.output == (applied ? 7 : 2))
            #expect(outcome.recoveredAfterAmbiguity)
        }
        #expect(calls.all.count == (applied ? 1 : 2))
        #expect(questions.withLock { $0 } == 11)
    }

    @Test(
        "Nobody can tell: it comes back unsent, unless a person says that it had no effect",
        arguments: [true, false]
    )
    func ambiguousUnknowable(known: Bool) throws {
        let calls = Calls()
        try run { _, attempt in
            guard calls.note(attempt) == 2 else {
                throw NodeError(message: "request timed out", transmission: .sent)
            }
            return 2
        } _: { queue, _, settle in
            try await queue.failures.redrive("p", by: "ann", knownNotApplied: known)
            try await settle()
            #expect(try await queue.failures.find("p")?.status == (known ? .recovered : .pendingReview))
            #expect(try await queue.failures.find("p")?.isAmbiguous == true)
        }
        #expect(calls.all.count == (known ? 2 : 1))
    }

    @Test("A sweep brings back what is transient; the queue says when it is under way, and by whom it was recovered")
    func sweep() throws {
        let calls = Calls()
        let statuses = Mutex<[FailedStatus?]>([])
        let seen = Mutex<FailedOperations<String>?>(nil)
        try run(sweeps: true) { _, attempt in
            guard calls.note(attempt) == 4 else { throw NodeError(message: "429 Too Many Requests") }
            let failures = seen.withLock { $0 }
            let status = try await failures?.find("p")?.status
            statuses.withLock { $0.append(status) }
            return 1
        } _: { queue, store, settle in
            seen.withLock { $0 = queue.failures }
            #expect(try await queue.failures.find("p")?.status == .retryable)
            var options = FailedSweepOptions.payments
            (options.minimumAge, options.seed) = (.zero, 1)
            #expect(try await FailedSweep(queue.failures, options).once().redriven == 1)
            #expect(try await queue.failures.find("p")?.status == .retryScheduled)
            try await settle()
            let failed = try #require(try await queue.failures.find("p"))
            #expect(failed.status == .recovered)
            #expect(failed.recovery?.kind == .automatic)
            #expect(try await queue.failures.statistics(since: .distantPast).recoveredAutomatically == 1)
        }
        #expect(statuses.withLock { $0 } == [.retryInProgress])
    }

    @Test("What a sweep has brought back five times in vain goes to a person")
    func sweepGivesUp() throws {
        try run(sweeps: true) { _, _ in
            throw NodeError(message: "429 Too Many Requests")
        } _: { queue, _, settle in
            var options = FailedSweepOptions.payments
            (options.minimumAge, options.seed) = (.zero, 1)
            let sweep = try FailedSweep(queue.failures, options)
            for _ in 1...5 {
                #expect(try await sweep.once().redriven == 1)
                try await settle()
                #expect(try await queue.failures.find("p")?.status == .retryable)
            }
            let last = try await sweep.once()
            #expect((last.redriven, last.reviewed) == (0, 1))
            #expect(try await queue.failures.find("p")?.status == .pendingReview)
            #expect(try await queue.failures.find("p")?.attempts == 18)
        }
    }

    @Test("A note that is written while the success is recorded keeps neither from being recorded")
    func noteMeanwhile() throws {
        let calls = Calls()
        let seen = Mutex<FailedOperations<String>?>(nil)
        try run { _, attempt in
            guard calls.note(attempt) == 4 else { throw NodeError(message: "429 Too Many Requests") }
            let failures = seen.withLock { $0 }
            try await failures?.note("p", "under way", by: "bob")
            return 1
        } _: { queue, _, settle in
            seen.withLock { $0 = queue.failures }
            try await queue.failures.redrive("p", by: "ann")
            try await settle()
            let failed = try #require(try await queue.failures.find("p"))
            #expect(failed.status == .recovered)
            #expect(failed.notes.map(\.text) == ["under way"])
        }
    }
}
