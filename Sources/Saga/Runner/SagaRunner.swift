public import ErrorClassification
public import ResilienceCore
public import RetryOrchestrator
import Synchronization

/// Runs sagas of one definition over a store, so that each of them ends in a known state, whatever crashes.
///
/// ```swift
/// let runner = try SagaRunner(trip, on: store)
/// switch try await runner.perform(Trip(to: "Oslo"), id: "trip-17") {
/// case .completed: break
/// case .compensated(let failures): print("not booked:", failures)
/// case .needsAttention(let failures): print("a person has to look:", failures)
/// }
/// ```
///
/// What is about to be done is recorded before it is done, and its outcome in the commit that records what is next: one
/// commit for each step. A saga whose process died is taken over by whoever runs ``run()`` or waits for it, when its
/// lease has ended. A worker that was presumed dead and comes back cannot record anything: its fence is stale.
///
/// Over an `InMemoryStore` it is the same, and lasts as long as the process.
public final class SagaRunner<Input: Codable & Sendable & Equatable>: Sendable {
    /// Is handed the alert of a saga that needs a person, at least once, while ``SagaRunner/run()`` runs. It was stored
    /// in the commit that brought the saga to its halt. If it throws, the alert is delivered again later, for about a week.
    ///
    /// Whoever brings a saga to its halt stores the alert, and only if it has a handler itself: give one to the runner of
    /// each process that may, also where it calls ``SagaRunner/perform(_:id:)`` only.
    public typealias AttentionHandler = @Sendable (ResilienceAlert) async throws -> Void

    /// What the sagas go by.
    public let definition: SagaDefinition<Input>
    /// What operators did, by the id of the saga: the trail `saga.<name>`.
    public var audit: AuditLog { operations.audit }

    let store: any RecordStore
    let classifier: ErrorClassifier
    let options: SagaOptions
    let observer: (any Observer)?
    let onAttention: AttentionHandler?
    let operations: SagaOperations
    let alerts: Outbox<ResilienceAlert>
    let timeouts: [Timeout?]
    let questionTimeout: Timeout?
    let board = SagaBoard()
    let generator: Mutex<SmallGenerator>

    /// Creates a runner; it keeps its state in the store.
    ///
    /// - Parameters:
    ///   - definition: the steps.
    ///   - store: where the sagas are; shared by all processes that run them.
    ///   - classifier: tells failures that pass, that last and that may have taken effect apart.
    ///   - options: limits of the worker and of questions.
    ///   - observer: is told of each event.
    ///   - onAttention: is handed an alert of each saga that needs a person; without one here, the halts that this runner
    ///     reaches are alerted nowhere.
    /// - Throws: `InvalidArgument` for an option out of range.
    public init(
        _ definition: SagaDefinition<Input>,
        on store: any RecordStore,
        classifier: ErrorClassifier = .standard,
        options: SagaOptions = SagaOptions(),
        observer: (any Observer)? = nil,
        onAttention: AttentionHandler? = nil
    ) throws(InvalidArgument) {
        try options.validate()
        self.definition = definition
        self.store = store
        self.classifier = classifier
        self.options = options
        self.observer = observer
        self.onAttention = onAttention
        operations = try SagaOperations(definition.name, on: store)
        alerts = try Outbox("saga.\(definition.name)", on: store)
        var timeouts: [Timeout?] = []
        for step in definition.steps {
            timeouts.append(try Self.timeout(step.timeout, of: step.name, on: store))
        }
        self.timeouts = timeouts
        questionTimeout = try Self.timeout(options.questionTimeout, of: "question", on: store)
        generator = Mutex(options.seed.map(SmallGenerator.init(seed:)) ?? .seededBySystem())
        // Made here once, so that options out of range are refused at construction.
        _ = try worker()
    }

    var records: SagaRecords { operations.records }

    private static func timeout(
        _ limit: Duration?,
        of name: String,
        on store: any RecordStore
    ) throws(InvalidArgument) -> Timeout? {
        guard let limit else { return nil }
        return try Timeout(limit, name: name, clock: store.clock)
    }

    // MARK: Starting

    /// Stores a saga, to be run by ``run()``, here or in another process.
    ///
    /// Starting the same again does nothing, also after it has ended, until its retention is over.
    ///
    /// - Parameters:
    ///   - input: what it is about.
    ///   - id: its identity, 1 to 200 bytes without NUL and `|`.
    /// - Throws: ``SagaError/idInUse(_:)`` if the id stands for another input; `InvalidArgument` for the id; `StoreError`;
    ///   `CancellationError`.
    @discardableResult
    public func start(_ input: Input, id: String) async throws -> Submission {
        try SagaRecords.checked(id)
        let now = store.clock.now
        var head = SagaHead(version: definition.version, startedAt: now, updatedAt: now)
        head.isWaiting = true
        let writes = [
            records.heads.put(head, at: id, expect: .absent, due: now),
            .put(records.input(of: id), input, expect: .absent),
            records.append([started(at: now)], as: 1, of: id),
        ]
        // An id that was purged between the commit and the look is started again.
        while true {
            do {
                try await store.commitSettling(Batch(writes))
                return .accepted
            } catch {
                guard case .conflict = error else { throw error.surfaced }
            }
            if try await isThere(input, id) { return .alreadySubmitted }
            try await store.clock.pause(for: .milliseconds(10))
        }
    }

    func started(at now: Timestamp) -> SagaEvent {
        var event = SagaEvent(.started, at: now)
        event.steps = definition.steps.map(\.name)
        event.pivot = definition.steps.first(where: \.isPivot)?.name
        return event
    }

    /// Whether a saga of that id is there; throws if it has another input.
    func isThere(_ input: Input, _ id: String) async throws -> Bool {
        let record = try await surfacing { try await store.read(records.input(of: id)) }
        guard let record else { return false }
        guard try record.value.get(Input.self) == input else { throw SagaError.idInUse(id) }
        return true
    }

    // MARK: Working

    /// Runs what was started, resumes what another process left, delivers alerts and purges what ended long ago, until
    /// the task is cancelled; then it ends as `Worker.run()` does.
    public func run() async {
        // The same construction succeeded in the initialiser.
        guard let worker = try? worker() else { return }
        var messenger: Worker<OutboxMessage<ResilienceAlert>>?
        if let onAttention {
            var options = options.worker
            // A pager may be away for days, and who is not told of a halt does not look.
            options.maximumDeliveries = 10_000
            messenger = try? alerts.worker(options: options, observer: observer) { try await onAttention($0.body) }
        }
        await withTaskGroup(of: Void.self) { [messenger] group in
            group.addTask { await worker.run() }
            if let messenger { group.addTask { await messenger.run() } }
        }
    }

    private func worker() throws(InvalidArgument) -> Worker<SagaHead> {
        var options = options.worker
        // Claims without progress are counted in the saga itself: its poison is a halt, not a parked record.
        options.maximumDeliveries = 10_000
        return try Worker(records.heads, on: store, options: options, observer: observer) { [self] delivery in
            switch delivery.value.state {
            case .completed, .compensated: try await purge(delivery)
            case .running, .needsAttention:
                var drive = try await takeUp(delivery.name, delivery.value, delivery.lease)
                _ = try await drive.go()
            }
        }
    }

    /// Takes up a saga that was claimed.
    ///
    /// One that this process does not understand is given back for a minute, and throws. That says nothing against its
    /// steps, so the claim does not count: a process with another definition goes on from where it is.
    func takeUp(_ id: String, _ head: SagaHead, _ lease: Lease) async throws -> SagaDrive<Input> {
        do {
            return try await SagaDrive(self, id, head, lease)
        } catch {
            switch error {
            // What another process has written may decode there only.
            case StoreError.invalid: break
            case is StoreError, is CancellationError: throw error
            default: break
            }
            var head = head
            (head.isWaiting, head.progressAt) = (true, 0)
            // If this fails too, it is free when the lease ends.
            try? await lease.release(head, due: store.clock.now.advanced(by: .seconds(60)))
            throw error
        }
    }

    /// Deletes a saga whose retention is over, as its holder: the id may stand for another one by the time a commit arrives.
    ///
    /// The record that is claimed goes last, and the input with it: who finds the one finds the other.
    private func purge(_ delivery: Delivery<SagaHead>) async throws {
        var scan = Scan.prefix("\(delivery.name)|", in: records.log)
        scan.limit = 200
        let input = records.input(of: delivery.name)
        var page = try await store.scan(scan)
        while page.count == scan.limit {
            try await delivery.lease.keep(also: page.filter { $0.key != input }.map { .delete($0.key, expect: .any) })
            page = try await store.scan(scan)
        }
        let last = page.map { Write.delete($0.key, expect: .any) }
        try await delivery.lease.finish(also: last + [records.requests.delete(delivery.name, expect: .any)])
    }
}
