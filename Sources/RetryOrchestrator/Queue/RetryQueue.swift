public import ErrorClassification
public import ResilienceCore
import Synchronization

/// A durable queue of operations that may fail: each is submitted once by id, tried under a policy across crashes, and
/// ends with exactly one recorded outcome, or among the failed operations.
///
/// Every attempt is an intent that is committed before the call and an outcome that is committed after it. A crash
/// between the two leaves an intent without an outcome, and so does a failure that may have taken effect. Such an attempt
/// is never sent again blindly: the caller's `resolve` query is asked what became of it; without one it is sent again
/// with the same key if the policy declares the operation idempotent, else it is given up as ambiguous.
///
/// ```swift
/// let queue = try RetryQueue<Payment, Receipt>("payments", on: store, policy: .payment, classifier: .ethereum) {
///     payment, attempt in
///     try await gateway.pay(payment, key: attempt.idempotencyKey)
/// } resolve: { payment, attempt in
///     try await gateway.receipt(of: payment).map { .applied($0) } ?? .notApplied
/// }
/// try await queue.submit(payment, id: payment.id)
/// await queue.run()  // until cancelled
/// ```
///
/// Any number of processes may run the same queue over one store. A worker that was presumed dead and comes back cannot
/// record anything: its fence is stale.
public struct RetryQueue<Payload: Codable & Sendable & Equatable, Output: Codable & Sendable>: Sendable {
    /// Makes the call of one attempt; returns its result or throws what it failed with.
    public typealias Operation = @Sendable (Payload, QueuedAttempt) async throws -> Output
    /// Asks what became of an attempt whose outcome is not known. An error counts as ``Resolution/unknown``.
    public typealias Resolver = @Sendable (Payload, QueuedAttempt) async throws -> Resolution<Output>
    /// Gives further writes for the commit that records a success: a message to publish, a change of the caller's own.
    ///
    /// If the store refuses one of them, it is asked again, three times in all. Then the item ends among the failed
    /// operations with ``FailureCode/successNotRecorded``, since it took effect and its success could not be recorded.
    public typealias SuccessWrites = @Sendable (Payload, QueueOutcome<Payload, Output>) -> [Write]

    /// The label of an operation's failure: `instant`, `batch`.
    public typealias Context = @Sendable (Payload) -> String

    /// The name: its records are in the spaces `retry.<name>`, `retry.<name>.again`, `retry.<name>.done` and
    /// `failed.<name>`.
    public let name: String
    /// What was given up.
    public let failures: FailedOperations<Payload>

    let store: any RecordStore
    let policy: RetryPolicy
    let classifier: ErrorClassifier
    let options: RetryQueueOptions
    let observer: (any Observer)?
    let operation: Operation
    let resolve: Resolver?
    let onSuccess: SuccessWrites?
    let context: Context?
    let alerts: FailureAlerts<Payload>?
    let notices: FailureNotifier<Payload>?
    let attemptTimeout: Timeout?
    let questionTimeout: Timeout?
    let rules: QueueRules
    let generator: SharedGenerator

    /// First attempts.
    let first: Space<RetryItem<Payload>>
    /// Everything later: items with an attempt behind them.
    let again: Space<RetryItem<Payload>>
    let done: Space<QueueOutcome<Payload, Output>>

    /// Creates a queue; nothing happens until something is submitted and ``run()`` is called.
    ///
    /// - Parameters:
    ///   - name: what its spaces are named by; the same in every process that shares the queue.
    ///   - store: where the items are.
    ///   - policy: attempts, waits, and whether the operation is idempotent under its key.
    ///   - classifier: what tells transient failures, permanent ones and ambiguous ones apart.
    ///   - options: limits of the workers and of questions.
    ///   - observer: is told of each decision.
    ///   - alerts: tells people of what is given up; never in the way of the queue.
    ///   - notices: tells other systems of what is given up: a notice is stored in the same commit.
    ///   - context: the label of each operation's failure; by default that of the options.
    ///   - operation: the call.
    ///   - resolve: the query that tells whether an attempt took effect.
    ///   - onSuccess: further writes for the commit that records a success.
    /// - Throws: ``InvalidArgument`` for an option out of range.
    public init(
        _ name: String,
        on store: any RecordStore,
        policy: RetryPolicy = .payment,
        classifier: ErrorClassifier,
        options: RetryQueueOptions = RetryQueueOptions(),
        observer: (any Observer)? = nil,
        alerts: FailureAlerts<Payload>? = nil,
        notices: FailureNotifier<Payload>? = nil,
        context: Context? = nil,
        operation: @escaping Operation,
        resolve: Resolver? = nil,
        onSuccess: SuccessWrites? = nil
    ) throws(InvalidArgument) {
        try options.validate()
        guard (1...400).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw InvalidArgument(field: "name", value: name, allowed: "1...400 bytes without NUL")
        }
        self.name = name
        self.store = store
        self.policy = policy
        self.classifier = classifier
        self.options = options
        self.observer = observer
        self.operation = operation
        self.resolve = resolve
        self.onSuccess = onSuccess
        self.context = context
        self.alerts = alerts
        self.notices = notices
        failures = FailedOperations(name, on: store)
        first = Space("retry.\(name)")
        again = Space("retry.\(name).again")
        done = Space("retry.\(name).done")
        generator = SharedGenerator(seed: options.seed)
        attemptTimeout = try options.attemptTimeout.map { limit throws(InvalidArgument) in
            try Timeout(limit, name: "attemptTimeout", clock: store.clock)
        }
        questionTimeout = try options.questionTimeout.map { limit throws(InvalidArgument) in
            try Timeout(limit, name: "questionTimeout", clock: store.clock)
        }
        rules = QueueRules(
            attemptLimit: policy.attempts,
            deliveryLimit: options.deliveryLimit,
            isIdempotent: policy.isIdempotent,
            elapsedLimit: policy.elapsedLimit,
            canAsk: resolve != nil,
            settleTime: options.settleTime,
            questionLimit: options.questionLimit,
            questionWait: options.questionWait
        )
        // Both are made here once, so that options out of range are refused at construction.
        _ = try worker(of: first, options.firstAttempts)
        _ = try worker(of: again, options.retries)
    }

    // MARK: Submitting

    /// Stores an operation, to be done at least once and recorded exactly once.
    ///
    /// Submitting the same payload again under its id does nothing, also after it has succeeded or failed.
    ///
    /// - Parameters:
    ///   - payload: what is to be done.
    ///   - id: its identity, 1 to 512 bytes: names the record and the idempotency key.
    ///   - due: not before this instant; at once if `nil`.
    /// - Throws: ``RetryQueueError/idInUse(_:)`` if the id stands for another payload, ``RetryQueueError/parked(_:)`` if
    ///   its item was parked, `CancellationError`, and the errors of the store.
    @discardableResult
    public func submit(_ payload: Payload, id: String, due: Timestamp? = nil) async throws -> Submission {
        // An id that was purged between the commit and the look is submitted again.
        while try await !insert(submission(of: payload, id: id, due: due)) {
            guard let held = try await held(id) else { continue }
            guard held == payload else { throw RetryQueueError.idInUse(id) }
            return .alreadySubmitted
        }
        return .accepted
    }

    /// Commits; `false` on a conflict.
    private func insert(_ writes: [Write]) async throws -> Bool {
        do {
            try await store.commitSettling(Batch(writes))
        } catch {
            guard case .conflict = error else { throw error.surfaced }
            return false
        }
        return true
    }

    /// Stores many operations, some hundred in a commit.
    ///
    /// - Returns: what became of each, in order.
    /// - Throws: as ``submit(_:id:due:)``; what was stored before stays stored, and submitting all again is harmless.
    @discardableResult
    public func submit(contentsOf items: [(id: String, payload: Payload)]) async throws -> [Submission] {
        var results: [Submission] = []
        results.reserveCapacity(items.count)
        for start in stride(from: 0, to: items.count, by: 150) {
            let chunk = items[start..<min(start + 150, items.count)]
            if try await insertAll(chunk) {
                results.append(contentsOf: chunk.map { _ in .accepted })
            } else {
                for item in chunk { results.append(try await submit(item.payload, id: item.id)) }
            }
        }
        return results
    }

    /// Commits all of them together; `false` if one of their ids was used before, or twice.
    private func insertAll(_ items: ArraySlice<(id: String, payload: Payload)>) async throws -> Bool {
        guard Set(items.map(\.id)).count == items.count else { return false }
        return try await insert(items.flatMap { submission(of: $0.payload, id: $0.id, due: nil) })
    }

    private func submission(of payload: Payload, id: String, due: Timestamp?) -> [Write] {
        let now = store.clock.now
        return [
            first.put(RetryItem(payload, submittedAt: now), at: id, expect: .absent, due: due ?? now),
            again.verify(id, expect: .absent),
            done.verify(id, expect: .absent),
            failures.space.verify(id, expect: .absent),
        ] + parked(id).map { .verify($0, expect: .absent) }
    }

    /// Where a worker parks an item that it cannot work on. Its attempts are not known, so its id stays taken.
    private func parked(_ id: String) -> [RecordKey] {
        [first, again].map { RecordKey(Worker<RetryItem<Payload>>.parkingSpace(of: $0.name), id) }
    }

    private func held(_ id: String) async throws -> Payload? {
        let status: QueueStatus<Payload, Output>?
        do { status = try await self.status(of: id) } catch { throw error.surfaced }
        switch status {
        case .pending(let item, _): return item.payload
        case .succeeded(let outcome): return outcome.payload
        case .failed(let failed): return failed.payload
        case .parked: throw RetryQueueError.parked(id)
        case nil: return nil
        }
    }

    // MARK: Looking

    /// Where an item is; `nil` if its id was never submitted, or its outcome is past its retention.
    public func status(of id: String) async throws(StoreError) -> QueueStatus<Payload, Output>? {
        let keys = [first.key(id), again.key(id), done.key(id), failures.space.key(id)] + parked(id)
        let records = try await store.read(keys)
        if let record = records[2] { return .succeeded(try record.value.get()) }
        if let record = records[0] ?? records[1] { return .pending(try record.value.get(), due: record.due) }
        if let record = records[3] { return .failed(try record.value.get()) }
        if let record = records[4] ?? records[5] { return .parked(record.key) }
        return nil
    }

    /// How many items wait or are under way, have succeeded, and were given up and not recovered since.
    ///
    /// What was brought back from the failed operations counts as pending and as failed until it succeeds. Each number is of an instant of its own: an item that moves meanwhile may be counted twice, never left out.
    public func counts() async throws(StoreError) -> (pending: Int, succeeded: Int, failed: Int) {
        let pending = try await store.count(Scan(first.name)) + store.count(Scan(again.name))
        let failed = try await failures.count() - failures.count(.init(status: .recovered))
        return (pending, try await store.count(Scan(done.name)), failed)
    }

    // MARK: Working

    /// Works on the queue until the task is cancelled; then ends as ``Worker/run()`` does.
    public func run() async {
        // The same construction succeeded in the initialiser.
        guard let newcomers = try? worker(of: first, options.firstAttempts),
            let others = try? worker(of: again, options.retries)
        else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await newcomers.run() }
            group.addTask { await others.run() }
            group.addTask { await purge() }
        }
    }

    /// Deletes the outcomes that are past their retention, now and then.
    private func purge() async {
        let interval = max(min(options.retention / 10, .seconds(3_600)), .seconds(1))
        try? await Sweeper(done.name, on: store, observer: observer).run(every: interval)
    }

    private func worker(
        of space: Space<RetryItem<Payload>>,
        _ options: WorkerOptions
    ) throws(InvalidArgument) -> Worker<RetryItem<Payload>> {
        var options = options
        // The machine counts deliveries itself: poison becomes a failed operation, not a parked record.
        options.maximumDeliveries = 10_000
        return try Worker(space, on: store, options: options, observer: observer) { delivery in
            try await QueueDelivery(queue: self, delivery: delivery).handle()
        }
    }
}

/// A generator that tasks share.
final class SharedGenerator: Sendable {
    private let state: Mutex<SmallGenerator>

    init(seed: UInt64?) { state = Mutex(seed.map(SmallGenerator.init(seed:)) ?? .seededBySystem()) }

    func use<Result: Sendable>(_ body: (inout SmallGenerator) -> Result) -> Result {
        state.withLock { body(&$0) }
    }
}
