public import ResilienceCore

/// What another system is told of an operation that was given up.
public struct FailureNotice<Payload: Codable & Sendable>: Codable, Sendable {
    /// The same for every delivery: who has seen it drops it.
    public let id: String
    /// The id of the operation.
    public let operation: String
    /// What was to be done.
    public let payload: Payload
    /// What it failed with.
    public let code: String
    /// Whether it may have taken effect.
    public let isAmbiguous: Bool
    /// The label of the operation.
    public let context: String
    /// How many attempts were made.
    public let attempts: Int
    /// When it was given up.
    public let at: Timestamp
}

/// Tells other systems of what a queue gives up, by context: durable, repeated until it is taken, and never in the way of
/// the queue.
///
/// The notice is stored in the commit that stores the failure, and delivered by ``run()``, in any process. A handler that
/// throws is called again later; one that keeps throwing parks the notice after ``WorkerOptions/maximumDeliveries``.
///
/// ```swift
/// let notifier = try FailureNotifier<Payment>("payments", on: store, handlers: [
///     "batch": { notice in try await batches.rollBack(notice.operation) },
///     "instant": { notice in try await payouts.markFailed(notice.operation, notice.code) },
/// ])
/// ```
public struct FailureNotifier<Payload: Codable & Sendable>: Sendable {
    /// Takes a notice; at least once, so it must bear repetition by ``FailureNotice/id``.
    public typealias Handler = @Sendable (FailureNotice<Payload>) async throws -> Void

    private let notices: Space<FailureNotice<Payload>>
    private let store: any RecordStore
    private let worker: Worker<FailureNotice<Payload>>

    /// Creates a notifier; hand it to the queue, and run it.
    ///
    /// - Parameters:
    ///   - name: that of the queue: notices are in the space `notices.<name>`.
    ///   - store: that of the queue.
    ///   - handlers: by context.
    ///   - otherwise: takes what no handler is for; by default nothing is told.
    ///   - options: how much at once, how fast, and when it gives up on a notice.
    ///   - observer: told of what fails.
    /// - Throws: `InvalidArgument` for an option or a name out of range.
    public init(
        _ name: String,
        on store: any RecordStore,
        handlers: [String: Handler],
        otherwise: @escaping Handler = { _ in },
        options: WorkerOptions = WorkerOptions(),
        observer: (any Observer)? = nil
    ) throws(InvalidArgument) {
        self.store = store
        notices = Space("notices.\(name)")
        worker = try Worker(notices, on: store, options: options, observer: observer) { delivery in
            try await (handlers[delivery.value.context] ?? otherwise)(delivery.value)
        }
    }

    /// Delivers until the task is cancelled.
    public func run() async { await worker.run() }

    /// The write that stores a notice. An operation that is given up again after a redrive replaces one that still waits.
    func notice(of failed: FailedOperation<Payload>) -> Write {
        let notice = FailureNotice(
            id: "\(failed.id).\(failed.updatedAt.microseconds)",
            operation: failed.id,
            payload: failed.payload,
            code: failed.code,
            isAmbiguous: failed.isAmbiguous,
            context: failed.context,
            attempts: failed.attempts,
            at: failed.updatedAt
        )
        return notices.put(notice, at: failed.id, expect: .any, due: failed.updatedAt, clearingDeliveries: true)
    }
}
