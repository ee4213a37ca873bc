public import ErrorClassification
public import ResilienceCore

/// Takes webhooks: checks the signature, stores each message once together with its work, and only then says so.
///
/// ```swift
/// let webhooks = try Webhooks<PaymentEvent>("stripe", on: store) { body, signature in
///     try verify(body, signature)  // throws: refused
///     return decode(body)
/// } id: {
///     $0.id
/// } handler: { event, attempt in
///     try await settle(event)      // throws: tried again, then among the failed operations
/// }
/// switch try await webhooks.receive(body, signature: signature) {
/// case .accepted, .duplicate: try await respond(200)
/// case .refused: try await respond(400)
/// }
/// ```
///
/// What ``receive(_:signature:)`` throws was perhaps not stored: answer 500, so that the sender sends again. An id is
/// remembered in an `Inbox`; the work is that of a ``RetryQueue``, so what cannot be done ends in ``failures`` and can be
/// brought back from there, by a person or a ``FailedSweep``. Nothing is lost because it did not seem critical.
public struct Webhooks<Event: Codable & Sendable & Equatable>: Sendable {
    /// Checks the signature of a body and decodes it; throws if either is wrong.
    public typealias Opening = @Sendable (_ body: [UInt8], _ signature: String) throws -> Event
    /// Does the work of an event; it may be called more than once.
    public typealias Handler = @Sendable (Event, QueuedAttempt) async throws -> Void

    private let inbox: Inbox<Event>
    private let queue: RetryQueue<Event, Bool>
    private let open: Opening
    private let id: @Sendable (Event) -> String
    private let handOver: Worker<Event>
    private let clock: any WallClock
    private let observer: (any Observer)?

    /// The events whose work was given up.
    public var failures: FailedOperations<Event> { queue.failures }

    /// Creates the face of a set of webhooks; nothing is handled until ``run()``.
    ///
    /// - Parameters:
    ///   - name: names the inbox and the queue: `inbox.<name>`, `retry.<name>`, `failed.<name>`.
    ///   - store: where they are.
    ///   - retention: how long an id is remembered. More than zero.
    ///   - policy: how often the work is tried. Without a resolver it is sent again after a crash only if the policy
    ///     declares it idempotent, which handlers of messages delivered at least once have to be.
    ///   - classifier: tells failures of the work apart.
    ///   - options: limits of the workers: those of first attempts are the inbox's too. By default a ``FailedSweep`` may
    ///     bring back what failed with an error that passes.
    ///   - observer: is told of what is refused and of what the queue does.
    ///   - open: checks the signature and decodes.
    ///   - id: the id by which the sender repeats a message, 1 to 512 bytes.
    ///   - handler: does the work.
    /// - Throws: `InvalidArgument` for a name, retention or option that is not allowed.
    public init(
        _ name: String,
        on store: any RecordStore,
        retention: Duration = .seconds(7 * 86_400),
        policy: RetryPolicy = .webhook,
        classifier: ErrorClassifier = .standard,
        options: RetryQueueOptions = .webhook,
        observer: (any Observer)? = nil,
        open: @escaping Opening,
        id: @escaping @Sendable (Event) -> String,
        handler: @escaping Handler
    ) throws(InvalidArgument) {
        let inbox = try Inbox<Event>(name, on: store, retention: retention, observer: observer)
        let queue = try RetryQueue<Event, Bool>(
            name,
            on: store,
            policy: policy,
            classifier: classifier,
            options: options,
            observer: observer,
            operation: { event, attempt in
                try await handler(event, attempt)
                return true
            }
        )
        var handing = options.firstAttempts
        // What was answered is not put aside because the store was away for a while.
        handing.maximumDeliveries = 10_000
        handOver = try inbox.worker(options: handing) { try await Self.submit($0, to: queue) }
        (self.inbox, self.queue, self.open, self.id, self.observer) = (inbox, queue, open, id, observer)
        clock = store.clock
    }

    /// Hands a message over to the queue. One whose id stands for another message there is for a person.
    private static func submit(_ message: Delivery<Event>, to queue: RetryQueue<Event, Bool>) async throws {
        do {
            try await queue.submit(message.value, id: message.name)
        } catch RetryQueueError.idInUse {
            let now = queue.store.clock.now
            let failed = FailedOperation(
                id: "\(message.name).\(now.microseconds)",
                payload: message.value,
                code: FailureCode.idInUse,
                attempts: 0,
                submittedAt: now,
                failedAt: now
            )
            try await message.lease.finish(also: [queue.failures.insertion(of: failed)])
        }
    }

    /// What to answer the sender.
    public enum Answer: Sendable, Hashable {
        /// Stored: 200.
        case accepted
        /// Stored before: 200.
        case duplicate
        /// The signature or the body is wrong, and nothing was stored: 400.
        case refused
    }

    /// Takes a message.
    ///
    /// - Parameters:
    ///   - body: its bytes, as they were signed.
    ///   - signature: what the sender says of them.
    /// - Throws: `StoreError`; `CancellationError`. Answer so that the sender sends again.
    public func receive(_ body: [UInt8], signature: String) async throws -> Answer {
        let event: Event
        do {
            event = try open(body, signature)
        } catch {
            observer?.observe(
                ResilienceEvent(.webhookRefused, at: clock.now, subject: queue.name, ["error": "\(type(of: error))"])
            )
            return .refused
        }
        switch try await inbox.receive(id(event), event) {
        case .accepted: return .accepted
        case .duplicate: return .duplicate
        }
    }

    /// Works through what came in and forgets ids past their retention, until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await handOver.run() }
            group.addTask { await queue.run() }
            // Ends by cancellation only.
            group.addTask { try? await inbox.sweeper.run(every: .seconds(3_600)) }
        }
    }
}

extension RetryPolicy {
    /// Work of webhooks: 3 attempts, 1 s apart and doubling; declared idempotent.
    public static var webhook: RetryPolicy {
        var policy = RetryPolicy.default
        (policy.backoff, policy.isIdempotent) = (.throttled, true)
        return policy
    }
}

extension RetryQueueOptions {
    /// The defaults, but that what failed with an error that passes may be brought back by a ``FailedSweep``.
    public static var webhook: RetryQueueOptions {
        var options = RetryQueueOptions()
        options.sweepsTransientFailures = true
        return options
    }
}

extension ResilienceEvent.Kind {
    /// A webhook was refused: its signature or body is wrong. Attributes: error.
    public static let webhookRefused = Self("webhook.refused")
}
