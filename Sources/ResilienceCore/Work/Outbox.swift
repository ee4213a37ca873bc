/// A message that was put into an outbox together with the change that it tells of.
public struct OutboxMessage<Body: Codable & Sendable>: Codable, Sendable {
    /// The same for every delivery: a consumer that has seen it drops the message.
    public let id: String
    /// What the message is about: the name of an order, a hold, an account.
    public let subject: String
    /// The order of the messages about one subject: a consumer that has seen a greater one drops the message.
    ///
    /// It is the number of the subject's revision that the change replaced; 0 of a change that created the subject. A
    /// subject that is deleted and created again under the same name needs another subject here.
    public let sequence: UInt64
    /// When the change was made.
    public let at: Timestamp
    /// What is said.
    public let body: Body

    @inlinable
    init(id: String, subject: String, sequence: UInt64, at: Timestamp, body: Body) {
        self.id = id
        self.subject = subject
        self.sequence = sequence
        self.at = at
        self.body = body
    }
}

/// Messages that are put in the same commit as the change they tell of, and delivered at least once.
///
/// ```swift
/// let outbox = try Outbox<OrderEvent>("orders", on: store)
/// let paid = outbox.message(OrderEvent.paid, id: "\(order.name).paid", about: order.name, replacing: order.record.revision)
/// try await store.commit(Batch([orders.put(changed, at: order.name, expect: order.unchanged), paid]))
///
/// let worker = try outbox.worker { try await bus.publish($0) }
/// await worker.run()
/// ```
///
/// A message is deleted when its delivery returned. A crash between the two delivers it again: consumers tell repetitions
/// by ``OutboxMessage/id``, and older messages of a subject by ``OutboxMessage/sequence``. Order is not promised.
public struct Outbox<Body: Codable & Sendable>: Sendable {
    /// The messages that wait, each named by its id.
    public let messages: Space<OutboxMessage<Body>>
    @usableFromInline let store: any RecordStore

    /// Creates the face of an outbox; it keeps nothing itself.
    ///
    /// - Parameters:
    ///   - name: the outbox; its space is `outbox.` and this name.
    ///   - store: where the changes lie, and the messages with them.
    /// - Throws: `InvalidArgument` for a name that is not allowed.
    public init(_ name: String, on store: any RecordStore) throws(InvalidArgument) {
        messages = Space(try SpaceName.checked("outbox.", name))
        self.store = store
    }

    /// The write that puts a message, for the batch of the change.
    ///
    /// - Parameters:
    ///   - body: what is said.
    ///   - id: a name that the change determines, such as `order-17.paid`, never the time or a random number: while the
    ///     message waits, a second one of that id is a conflict. 1 to 512 bytes.
    ///   - subject: what it is about.
    ///   - revision: the subject's revision that the change replaces; `nil` if the change creates it.
    @inlinable
    public func message(
        _ body: Body,
        id: String,
        about subject: String,
        replacing revision: Revision?
    ) -> Write {
        let now = store.clock.now
        let sequence = revision?.rawValue ?? 0
        let message = OutboxMessage(id: id, subject: subject, sequence: sequence, at: now, body: body)
        return messages.put(message, at: id, expect: .absent, due: now)
    }

    /// The worker that delivers the messages and deletes what is delivered.
    ///
    /// - Parameters:
    ///   - options: how much at once, how fast, and when it gives up on a message and parks it.
    ///   - observer: told of what fails.
    ///   - deliver: hands a message on. If it throws, the message is delivered again later.
    /// - Throws: `InvalidArgument` if an option is out of range.
    public func worker(
        options: WorkerOptions = WorkerOptions(),
        observer: (any Observer)? = nil,
        delivering deliver: @escaping @Sendable (OutboxMessage<Body>) async throws -> Void
    ) throws(InvalidArgument) -> Worker<OutboxMessage<Body>> {
        try Worker(messages, on: store, options: options, observer: observer) { try await deliver($0.value) }
    }
}
