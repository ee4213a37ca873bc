/// Takes each incoming message once: its id and the work it brings are stored in one commit, and only then is it answered.
///
/// ```swift
/// let inbox = try Inbox<PaymentEvent>("payments", on: store)
/// switch try await inbox.receive(event.id, event) {
/// case .accepted, .duplicate: respond(200)  // stored: nothing is lost, nothing is done twice
/// }
/// ```
///
/// Check a message's signature before it is received. What ``receive(_:_:also:)`` throws was perhaps not stored: answer so
/// that the sender sends again.
public struct Inbox<Item: Codable & Sendable>: Sendable {
    /// The work items, due at once, for a worker: a record is named by the id of its message.
    public let items: Space<Item>
    private let ids: Space<Timestamp>
    private let store: any RecordStore
    private let retention: Duration
    private let observer: (any Observer)?

    /// Creates the face of an inbox; it keeps nothing itself.
    ///
    /// - Parameters:
    ///   - name: the inbox; its spaces are `inbox.` and this name, and for the ids `inbox-ids.` and this name.
    ///   - store: where it lies.
    ///   - retention: how long an id is remembered, at least. More than zero.
    ///   - observer: told of what fails in sweeps and in the worker.
    /// - Throws: `InvalidArgument` for a name or retention that is not allowed.
    public init(
        _ name: String,
        on store: any RecordStore,
        retention: Duration = .seconds(7 * 86_400),
        observer: (any Observer)? = nil
    ) throws(InvalidArgument) {
        items = Space(try SpaceName.checked("inbox.", name))
        ids = Space(try SpaceName.checked("inbox-ids.", name))
        self.store = store
        self.retention = try retention.positive("retention")
        self.observer = observer
    }

    /// What became of a message.
    public enum Receipt: Sendable, Hashable {
        /// Its id and its work are stored.
        case accepted
        /// It was stored before.
        case duplicate
    }

    /// Stores a message's id and its work, unless the id is there already.
    ///
    /// Of the same message received several times at once exactly one is accepted. Costs one commit; a duplicate costs a
    /// read more.
    ///
    /// - Parameters:
    ///   - id: the message's id, as its sender repeats it; 1 to 512 bytes.
    ///   - item: the work.
    ///   - writes: further writes of the same commit.
    /// - Throws: ``StoreError``, a conflict only if a further write conflicted; `CancellationError`.
    @discardableResult
    public func receive(_ id: String, _ item: Item, also writes: [Write] = []) async throws -> Receipt {
        do {
            return try await store(id, item, writes)
        } catch {
            throw error.surfaced
        }
    }

    /// The worker that does the work of the messages; an item is deleted when its handler returns.
    ///
    /// - Parameters:
    ///   - options: how much at once, how fast, and when it gives up on an item and parks it.
    ///   - handler: does the work. If it throws, the item is delivered again later.
    /// - Throws: `InvalidArgument` if an option is out of range.
    public func worker(
        options: WorkerOptions = WorkerOptions(),
        handler: @escaping Worker<Item>.Handler
    ) throws(InvalidArgument) -> Worker<Item> {
        try Worker(items, on: store, options: options, observer: observer, handler: handler)
    }

    /// Forgets ids past their retention.
    ///
    /// Several may run at once.
    ///
    /// - Throws: ``StoreError``; `CancellationError`.
    @discardableResult
    public func purge() async throws -> Int { try await sweeper.sweep() }

    /// The sweeper that purges, to be run as a service.
    public var sweeper: Sweeper { Sweeper(ids.name, on: store, observer: observer) }

    private func store(_ id: String, _ item: Item, _ writes: [Write]) async throws(StoreError) -> Receipt {
        let now = store.clock.now
        let arrival = [
            ids.put(now, at: id, expect: .absent, due: now.advanced(by: retention)),
            items.put(item, at: id, expect: .absent, due: now),
        ]
        // A second round only if the id was purged between the commit and the look.
        for _ in 0..<2 {
            do {
                try await store.commitSettling(Batch(arrival + writes))
                return .accepted
            } catch .conflict(let conflicts) {
                let error = StoreError.conflict(conflicts)
                guard error.conflicts(at: ids.key(id)) || error.conflicts(at: items.key(id)) else { throw error }
                // "Duplicate" ends the sender's efforts, so it is said only of what is seen in the store.
                let seen = try await store.read([ids.key(id), items.key(id)])
                if seen.contains(where: { $0 != nil }) { return .duplicate }
            }
        }
        throw .unavailable(Unsettled(id: id))
    }

    /// A message whose id is neither free nor there, twice in a row.
    private struct Unsettled: Error {
        let id: String
    }
}
