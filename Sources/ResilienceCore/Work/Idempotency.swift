/// Work that is done once per key, its outcome recorded in the same commit as its effect and given to whoever repeats it.
///
/// ```swift
/// let charges = try Idempotency<Receipt>("charges", on: store, retention: .seconds(72 * 3600))
/// let answer = try await charges.run("order-17", fingerprint: "EUR 20.00") { ticket in
///     try await gateway.charge("order-17", euros: 20)
/// }
/// print(answer.outcome, answer.replayed)
/// ```
///
/// The key names what is wanted (who, which operation, on what, which request of theirs) and never holds the current
/// time: a repetition would then have a key of its own. The fingerprint is a digest of the content, by which a key that
/// is used again for something else is told from a repetition.
///
/// One caller at a time holds the key, by a lease. If its process dies, the lease ends and the next caller takes over;
/// should the first come back, its commit is refused. A foreign effect may therefore happen more than once, its recorded
/// outcome is one: give the callee the same key.
public struct Idempotency<Outcome: Codable & Sendable>: Sendable {
    let space: Space<IdempotencyRecord<Outcome>>
    let store: any RecordStore
    let lease: Duration
    private let retention: Duration
    private let observer: (any Observer)?

    /// Rounds of looking and writing before a key that changes each time is given up.
    private static var rounds: Int { 64 }

    /// Creates the face of a set of keys; it keeps nothing itself.
    ///
    /// - Parameters:
    ///   - name: the set; its space is `idempotency.` and this name.
    ///   - store: where the keys lie.
    ///   - lease: how long an owner may be silent before the next caller takes over. More than zero.
    ///   - retention: how long an outcome is kept. More than zero; a call may say otherwise.
    ///   - observer: told of takeovers, lost leases and keys that could not be freed.
    /// - Throws: `InvalidArgument` for a name, lease or retention that is not allowed.
    public init(
        _ name: String,
        on store: any RecordStore,
        lease: Duration = .seconds(30),
        retention: Duration = .seconds(24 * 3600),
        observer: (any Observer)? = nil
    ) throws(InvalidArgument) {
        space = Space(try SpaceName.checked("idempotency.", name))
        self.store = store
        self.lease = try lease.positive("lease")
        self.retention = try retention.positive("retention")
        self.observer = observer
    }

    /// What a caller is to do about a key.
    public enum Begin: Sendable {
        /// Do the work, and complete or abandon the ticket.
        case proceed(Ticket)
        /// It was done: this is its outcome.
        case replay(Outcome)
        /// Another caller is at it, until then at least; ask again later.
        case inProgress(until: Timestamp)
        /// The key was used for something else.
        case mismatch
    }

    /// Takes the key, or says why not.
    ///
    /// Of callers that come at once exactly one proceeds. Costs one commit for a new key, else a commit and a read.
    ///
    /// - Parameters:
    ///   - key: what is wanted, without the time; 1 to 512 bytes.
    ///   - fingerprint: a digest of the content.
    ///   - retention: how long the outcome of this call is kept, instead of the default. More than zero.
    /// - Throws: `InvalidArgument` for the retention; ``StoreError``; `CancellationError`.
    public func begin(_ key: String, fingerprint: String, retention: Duration? = nil) async throws -> Begin {
        let kept = try (retention ?? self.retention).positive("retention")
        let record = IdempotencyRecord<Outcome>(fingerprint: fingerprint, retention: kept.wholeMicroseconds)
        do {
            return try await begin(key, record)
        } catch {
            throw error.surfaced
        }
    }

    /// Deletes outcomes past their retention, and keys that nobody completed as long after their last lease.
    ///
    /// Several may run at once.
    ///
    /// - Throws: ``StoreError``; `CancellationError`.
    @discardableResult
    public func purge() async throws -> Int { try await sweeper.sweep() }

    /// The sweeper that purges, to be run as a service.
    public var sweeper: Sweeper {
        Sweeper(space.name, on: store, observer: observer) { record, now in
            let value = try record.value.get(IdempotencyRecord<Outcome>.self)
            guard let due = record.due, value.isOver(due: due, now: now) else { return [] }
            return Sweeper.deleting(record, at: now)
        }
    }

    private func begin(_ key: String, _ record: IdempotencyRecord<Outcome>) async throws(StoreError) -> Begin {
        var found: Space<IdempotencyRecord<Outcome>>.Entry?
        var latest = StoreError.conflict([])
        for _ in 0..<Self.rounds {
            let now = store.clock.now
            let until = now.advanced(by: lease)
            let write: Write
            var takeovers = 0
            if let found {
                switch found.value.decision(for: record.fingerprint, due: found.record.due, now: now) {
                case .replay(let outcome): return .replay(outcome)
                case .inProgress(let end): return .inProgress(until: end)
                case .mismatch: return .mismatch
                case .replace:
                    write = space.put(record, at: key, expect: found.unchanged, due: until, clearingDeliveries: true)
                case .takeOver:
                    write = Write(space.key(key), expect: found.unchanged, effect: .deliver(until: until))
                    takeovers = found.record.deliveries + 1
                }
            } else {
                write = space.put(record, at: key, expect: .absent, due: until)
            }
            do {
                let fence = try await store.commitSettling(Batch([write]))
                guard store.clock.now < until else {
                    // It took so long that the lease has ended: someone else may be at it by now.
                    found = try await space.read(key, in: store)
                    continue
                }
                let owned = Ticket(
                    write.key,
                    fence: fence,
                    takeovers: takeovers,
                    until: until,
                    record: record,
                    in: self
                )
                if takeovers > 0 { note(.idempotencyTakenOver, owned) }
                return .proceed(owned)
            } catch .conflict(let conflicts) {
                latest = .conflict(conflicts)
                found = try await space.read(key, in: store)
            }
        }
        throw latest
    }

    func note(_ kind: ResilienceEvent.Kind, _ ticket: Ticket, _ error: (any Error)? = nil) {
        guard let observer else { return }
        var attributes = ["space": space.name, "takeovers": "\(ticket.takeovers)"]
        if let error { attributes["error"] = "\(type(of: error))" }
        observer.observe(ResilienceEvent(kind, at: store.clock.now, subject: ticket.key.name, attributes))
    }
}

/// Why work of an idempotency key was not done, or its outcome not recorded.
public enum IdempotencyError: Error, Hashable, Sendable {
    /// Another caller is at it, until then at least.
    case inProgress(key: String, until: Timestamp)
    /// The key was used before, for something else.
    case mismatch(key: String)
    /// The lease ended and another caller may have taken over; nothing was recorded.
    case lost(key: String)
}

extension ResilienceEvent.Kind {
    /// A key was taken over from an owner whose lease had ended without an outcome.
    public static let idempotencyTakenOver = Self("idempotency.takenOver")
    /// A lease could not be renewed; the work goes on, and its outcome is refused if someone has taken over.
    public static let idempotencyRenewalFailed = Self("idempotency.renewalFailed")
    /// The key of work that failed could not be freed; it is free when its lease ends.
    public static let idempotencyAbandonFailed = Self("idempotency.abandonFailed")
}
