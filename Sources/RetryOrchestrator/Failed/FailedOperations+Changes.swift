public import ResilienceCore

extension FailedOperations {
    /// Moves one to another status, by hand.
    ///
    /// From `retryScheduled` it is taken out of its queue in the same commit.
    ///
    /// - Parameters:
    ///   - id: which.
    ///   - status: ``FailedStatus/retryable``, ``FailedStatus/pendingReview`` or ``FailedStatus/cancelled``. The others
    ///     are reached by ``redrive(_:by:force:knownNotApplied:after:)`` and ``recover(_:proof:by:note:)``.
    ///   - who: the person; in the audit trail.
    ///   - note: why.
    /// - Throws: ``FailedOperationError``, and the errors of the store.
    @discardableResult
    public func move(
        _ id: String,
        to status: FailedStatus,
        by who: String,
        note: String? = nil
    ) async throws -> FailedOperation<Payload> {
        try await change(id, by: who, action: "move", note: note) { operation, _ in
            guard operation.status.next.contains(status), [.retryable, .pendingReview, .cancelled].contains(status)
            else { throw FailedOperationError.illegalTransition(id: id, from: operation.status, to: status) }
            let wasQueued = operation.status == .retryScheduled
            let mayBeQueued = operation.status == .retryInProgress
            operation.status = status
            if wasQueued { return [.delete(queued(id), expect: .any)] }
            // An item that its queue still has ends there; one that it lost is the person's.
            return mayBeQueued ? [.verify(queued(id), expect: .absent)] : []
        }
    }

    /// Records that one has succeeded after all, outside of its queue.
    ///
    /// - Parameters:
    ///   - id: which.
    ///   - proof: what shows it, such as the hash of a transaction: not empty.
    ///   - who: the person; in the audit trail.
    ///   - note: what else there is to say.
    /// - Throws: ``FailedOperationError``, `InvalidArgument` for an empty proof, and the errors of the store.
    @discardableResult
    public func recover(
        _ id: String,
        proof: String,
        by who: String,
        note: String? = nil
    ) async throws -> FailedOperation<Payload> {
        guard (1...1_000).contains(proof.utf8.count) else {
            throw InvalidArgument(field: "proof", value: proof.utf8.count, allowed: "1...1000 bytes")
        }
        return try await change(id, by: who, action: "recover", note: note) { operation, now in
            // While it is being tried again the queue alone knows whether it succeeds.
            guard operation.status.next.contains(.recovered), operation.status != .retryInProgress else {
                throw FailedOperationError.illegalTransition(id: id, from: operation.status, to: .recovered)
            }
            operation.status = .recovered
            operation.recovery = FailedRecovery(kind: .manual, by: who, at: now, proof: proof)
            return []
        }
    }

    /// Adds a note.
    ///
    /// - Throws: ``FailedOperationError/notFound(_:)``, `InvalidArgument`, and the errors of the store.
    @discardableResult
    public func note(_ id: String, _ text: String, by who: String) async throws -> FailedOperation<Payload> {
        try await change(id, by: who, action: "note", note: text) { _, _ in [] }
    }

    /// Who did what to one, oldest first.
    public func trail(of id: String) async throws -> [AuditLog.Line] { try await audit().entries(of: id) }

    // MARK: One commit

    func audit() throws(InvalidArgument) -> AuditLog { try AuditLog(space.name, on: store) }

    /// Where the queue keeps what it tries again.
    func queued(_ id: String) -> RecordKey { RecordKey("retry.\(name).again", id) }

    /// Reads one, changes it and commits; looks again if another was faster.
    ///
    /// - Parameter body: changes it and gives further writes, or throws why not.
    func change(
        _ id: String,
        by who: String,
        action: String,
        note: String?,
        _ body: (inout FailedOperation<Payload>, Timestamp) throws -> [Write]
    ) async throws -> FailedOperation<Payload> {
        guard (1...200).contains(who.utf8.count) else {
            throw InvalidArgument(field: "who", value: who, allowed: "1...200 bytes")
        }
        if let note, !(1...4_000).contains(note.utf8.count) {
            throw InvalidArgument(field: "note", value: note.utf8.count, allowed: "1...4000 bytes")
        }
        guard (1...StoreLimits.nameBytes).contains(id.utf8.count), !id.utf8.contains(0) else {
            throw FailedOperationError.notFound(id)
        }
        let audit = try audit()
        for _ in 1...100 {
            let found: Space<FailedOperation<Payload>>.Entry?
            do { found = try await space.read(id, in: store) } catch { throw error.surfaced }
            guard let entry = found else { throw FailedOperationError.notFound(id) }
            let now = store.clock.now
            var operation = entry.value
            let more = try body(&operation, now)
            if let note { operation.note(note, by: who, at: now) }
            operation.updatedAt = now
            let line = AuditEntry(
                at: now,
                who: who,
                action: action,
                from: entry.value.status.rawValue,
                to: operation.status.rawValue,
                note: note
            )
            let appended = audit.append(line, to: id, as: try await audit.nextNumber(of: id))
            do {
                try await store.commitSettling(Batch([update(operation, of: entry), appended] + more))
                return operation
            } catch {
                guard case .conflict = error else { throw error.surfaced }
                // What is in the queue stays there however often one looks.
                if error.conflicts(at: queued(id)) { throw FailedOperationError.inQueue(id: id) }
            }
        }
        throw FailedOperationError.contended(id: id)
    }
}
