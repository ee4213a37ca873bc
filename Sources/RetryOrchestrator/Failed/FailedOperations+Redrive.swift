import ErrorClassification
import ResilienceCore

extension FailedOperations {
    /// Brings one back to its queue, with all its attempts, under the same idempotency key.
    ///
    /// If it may have taken effect, the queue first finds out, as after a crash: it asks its resolver, or sends the same
    /// key again where the operation is idempotent; where it can do neither, it gives the operation up again unsent.
    /// One commit puts the item and the status; a crash leaves both or none.
    ///
    /// - Parameters:
    ///   - id: which: one that awaits review or is retryable.
    ///   - who: the person; in the audit trail.
    ///   - force: whether a failure that does not pass by itself is tried again all the same.
    ///   - knownNotApplied: that the person has made sure that it had no effect: then it is sent at once.
    ///   - delay: not before this is over; zero or more.
    /// - Throws: ``FailedOperationError``, `InvalidArgument`, and the errors of the store.
    @discardableResult
    public func redrive(
        _ id: String,
        by who: String,
        force: Bool = false,
        knownNotApplied: Bool = false,
        after delay: Duration = .seconds(5),
        note: String? = nil
    ) async throws -> FailedOperation<Payload> {
        guard delay >= .zero else { throw InvalidArgument(field: "delay", value: delay, allowed: "zero or more") }
        return try await bringBack(id, as: .retryInProgress, by: who, note: note) { operation, now in
            let passes = operation.classification?.disposition.resends ?? false
            guard passes || force else {
                throw FailedOperationError.notTransient(id: id, code: operation.code)
            }
            return RetryRedrive(kind: .manual, by: who, knownNotApplied: knownNotApplied, due: now.advanced(by: delay))
        }
    }

    func bringBack(
        _ id: String,
        as status: FailedStatus,
        by who: String,
        note: String? = nil,
        _ decide: (FailedOperation<Payload>, Timestamp) throws -> RetryRedrive
    ) async throws -> FailedOperation<Payload> {
        try await change(id, by: who, action: "redrive", note: note) { operation, now in
            guard operation.status.next.contains(status), operation.status != .retryScheduled else {
                throw FailedOperationError.illegalTransition(id: id, from: operation.status, to: status)
            }
            let redrive = try decide(operation, now)
            let item = RetryItem(operation, redrive: redrive, at: now)
            operation.status = status
            operation.redrives += 1
            operation.lastRedriveAt = now
            return [.put(queued(id), item, expect: .absent, due: redrive.due)]
        }
    }
}

/// That an item was brought back from the failed operations, and by whom.
struct RetryRedrive: Sendable {
    var kind: FailedRecovery.Kind
    var by: String
    var knownNotApplied = false
    var due: Timestamp
}

extension RetryItem {
    /// The item of a failed operation that is tried again: its attempts begin anew, what it may have done does not.
    init(_ failed: FailedOperation<Payload>, redrive: RetryRedrive, at now: Timestamp) {
        self.init(failed.payload, submittedAt: failed.submittedAt)
        redriven = Redriven(kind: redrive.kind, by: redrive.by, at: now)
        history = failed.history
        guard failed.isAmbiguous, !redrive.knownNotApplied else { return }
        let last = failed.history.last
        // An intent without an outcome, as after a crash: the queue finds out before anything is sent.
        intent = Intent(
            attempt: last?.number ?? failed.attempts,
            at: last?.startedAt ?? failed.failedAt,
            fence: Revision(rawValue: 0)
        )
        hadAmbiguity = true
    }
}
