/// Claims the due records of one space and hands each to a handler: the one loop behind every timer, queue and recovery.
///
/// At least once: a record is handled until its outcome is recorded, by this process or another. Several workers, in
/// one process or many, may work on the same space; each record is held by one of them at a time, under a ``Lease``.
/// An item whose delivery count passes ``WorkerOptions/maximumDeliveries`` and one that cannot be decoded are moved to
/// the space `parked/<space>` with their bytes. Order between items is not promised.
///
/// ```swift
/// let mails = Space<Mail>("example.mails")
/// let worker = try Worker(mails, on: store) { delivery in
///     try await send(delivery.value)  // throws: delivered again later
/// }                                   // returns: the record is deleted
/// await worker.run()                  // until the task is cancelled
/// ```
///
/// Idle, it waits for the store's hint and for the next due instant, whichever is earlier; it polls nothing. An error of
/// the store is an event and a wait, never the end of ``run()``.
public struct Worker<Value: Codable & Sendable>: Sendable {
    /// What is done with an item.
    ///
    /// A handler that returns without having settled the lease finishes it: the record is deleted. One that throws is
    /// delivered again after ``WorkerOptions/redelivery``. It is cancelled when its lease is lost.
    public typealias Handler = @Sendable (Delivery<Value>) async throws -> Void

    let space: Space<Value>
    let store: any RecordStore
    let options: WorkerOptions
    let observer: (any Observer)?
    let handler: Handler

    /// Creates a worker; nothing happens until ``run()``.
    ///
    /// - Throws: ``InvalidArgument`` if an option is out of range, or the name of the space, of which the parking space
    ///   needs 7 bytes more than the space itself.
    public init(
        _ space: Space<Value>,
        on store: any RecordStore,
        options: WorkerOptions = WorkerOptions(),
        observer: (any Observer)? = nil,
        handler: @escaping Handler
    ) throws(InvalidArgument) {
        try options.validate()
        _ = try SpaceName.checked(Self.parkingSpace(of: ""), space.name)
        self.space = space
        self.store = store
        self.options = options
        self.observer = observer
        self.handler = handler
    }

    /// Works until the task is cancelled.
    ///
    /// Then it claims nothing more, lets running handlers end within ``WorkerOptions/grace``, cancels those that have not,
    /// and gives back what is unfinished, due at once. It returns when all that is done; no task outlives it, but a
    /// handler that ignores cancellation for as long again.
    public func run() async {
        await WorkerRun(self).run()
    }

    /// The space to which items are moved that cannot be worked on.
    public static func parkingSpace(of space: String) -> String { "parked/\(space)" }
}

/// One item in the hands of a handler.
public struct Delivery<Value: Codable & Sendable>: Sendable {
    /// The record as it was claimed.
    public let record: Record
    /// What it holds.
    public let value: Value
    /// The hold on the record, and the writes that only its holder can make.
    public let lease: Lease

    /// The name of the item.
    public var name: String { record.key.name }
}

extension ResilienceEvent.Kind {
    /// A handler threw; the item is delivered again, unless its lease was settled before: then without due.
    /// Attributes: error, delivery, due.
    public static let handlerFailed = Self("worker.handlerFailed")
    /// An item was moved to the parking space. Attributes: reason.
    public static let parked = Self("worker.parked")
    /// A renewal was refused or came too late, and the handler is cancelled. Attributes: fence.
    public static let leaseLost = Self("worker.leaseLost")
    /// A holder's write was refused, since another holds the record or it is gone. Attributes: fence.
    public static let fenced = Self("worker.fenced")
    /// The store failed; the worker waits and goes on. Attributes: error, step.
    public static let storeFailed = Self("worker.storeFailed")
    /// The grace time ended with handlers still running. Attributes: running.
    public static let graceEnded = Self("worker.graceEnded")
}
