/// What stands at an idempotency key, and what it means for the next caller; pure.
///
/// Absent → in progress (due at the end of the owner's lease) → completed (due at the end of its retention) → absent. An
/// owner that gives up goes back to absent. A lapsed lease is taken over by a delivery, which moves the revision and so
/// shuts the old owner out; a lapsed retention is replaced like a record that is absent.
struct IdempotencyRecord<Outcome: Codable & Sendable>: Codable, Sendable {
    var fingerprint: String
    /// How long the outcome is kept, in microseconds; of a key that nobody completed, how long after its last lease.
    var retention: Int64
    var completion: Completion?

    /// The outcome in a box of its own, so that an outcome of `nil` is told from none.
    struct Completion: Codable, Sendable {
        var outcome: Outcome
    }

    /// What the next caller is to do.
    enum Decision {
        case replace
        case takeOver
        case replay(Outcome)
        case inProgress(until: Timestamp)
        case mismatch
    }

    /// The decision for a caller with `fingerprint` who found this value with that due time.
    func decision(for fingerprint: String, due: Timestamp?, now: Timestamp) -> Decision {
        let due = due ?? .distantFuture
        guard !isOver(due: due, now: now) else { return .replace }
        guard Bytes.equal(self.fingerprint, fingerprint) else { return .mismatch }
        if let completion { return .replay(completion.outcome) }
        return due > now ? .inProgress(until: due) : .takeOver
    }

    /// Whether nobody needs this record any more.
    func isOver(due: Timestamp, now: Timestamp) -> Bool {
        let end = completion == nil ? due.advanced(by: .microseconds(retention)) : due
        return end <= now
    }
}
