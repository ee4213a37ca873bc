import ResilienceCore

extension SagaOperations {
    /// Asks for a saga to be cancelled, as ``SagaRunner/cancel(_:by:)`` does.
    ///
    /// - Parameters:
    ///   - id: the saga.
    ///   - who: who asks, for the trail.
    /// - Returns: `false` if the saga has ended already.
    /// - Throws: ``SagaError/notFound(_:)``; `StoreError`; `CancellationError`.
    @discardableResult
    public func cancel(_ id: String, by who: String) async throws -> Bool {
        guard let isStored = try await requestCancel(id, by: who) else { throw SagaError.notFound(id) }
        return isStored
    }

    /// Has a step tried again that needs a person, as ``SagaRunner/retry(_:of:by:note:)`` does.
    ///
    /// What a step can do stands in the definition only: where there is nothing to try, the saga halts again as it was.
    ///
    /// - Parameters:
    ///   - step: the step.
    ///   - id: the saga.
    ///   - who: the operator.
    ///   - note: why.
    /// - Throws: ``SagaError/notFound(_:)``; ``SagaError/needsNoAttention(saga:step:)``; `StoreError`;
    ///   `CancellationError`.
    public func retry(_ step: String, of id: String, by who: String, note: String? = nil) async throws {
        try await mend(.operatorRetried, step, of: id, by: who, note, look)
    }

    /// Has a step left as it is that needs a person, as ``SagaRunner/skip(_:of:by:note:)`` does.
    ///
    /// - Parameters:
    ///   - step: the step.
    ///   - id: the saga.
    ///   - who: the operator.
    ///   - note: why.
    /// - Throws: as ``retry(_:of:by:note:)``.
    public func skip(_ step: String, of id: String, by who: String, note: String? = nil) async throws {
        try await mend(.operatorSkipped, step, of: id, by: who, note, look)
    }

    /// The state as it follows from the trail alone.
    private func look(at id: String) async throws -> (SagaProgress, SagaLog) {
        let log = try await log(of: id)
        return (SagaProgress(replaying: log.events), log)
    }

    /// Stores the request; `nil` if there is no such saga.
    func requestCancel(_ id: String, by who: String?) async throws -> Bool? {
        try await untilSettled { () async throws -> Bool?? in
            guard let head = try await records.heads.read(id, in: store) else { return .some(nil) }
            guard head.value.state == .running || head.value.state == .needsAttention else { return false }
            let now = store.clock.now
            let request = SagaRequest(by: who, at: now)
            // Whoever holds the saga meets the request at its next commit; if nobody does, it is due at once.
            let wake: Write =
                head.value.isWaiting
                ? .reschedule(head.record.key, expect: head.unchanged, due: now)
                : .verify(head.record.key, expect: head.unchanged)
            let put = records.requests.put(request, at: id, expect: .absent)
            guard let conflict = try await commit([put, wake]) else { return true }
            // A request that is there already is as good.
            let isThere = conflict.conflicts(at: put.key) ? try await store.read(put.key) != nil : false
            return isThere ? true : nil
        }
    }

    /// Records what an operator decided about a step, if a look at the saga says that it needs a person.
    func mend(
        _ kind: SagaEvent.Kind,
        _ step: String,
        of id: String,
        by who: String,
        _ note: String?,
        _ look: (String) async throws -> (SagaProgress, SagaLog)
    ) async throws {
        _ = try await untilSettled { () async throws -> Void? in
            guard let entry = try await records.heads.read(id, in: store) else { throw SagaError.notFound(id) }
            let (progress, log) = try await look(id)
            guard entry.value.state == .needsAttention, let index = progress.index(of: step),
                progress.needsAttention(index)
            else { throw SagaError.needsNoAttention(saga: id, step: step) }
            let now = store.clock.now
            var event = SagaEvent(kind, at: now, step: step)
            (event.by, event.note) = (who, note)
            var head = entry.value
            (head.state, head.progressAt, head.updatedAt) = (.running, 0, now)
            let line = AuditEntry(
                at: now,
                who: who,
                action: "\(kind == .operatorRetried ? "retry" : "skip") \(step)",
                from: progress.steps[index].state.rawValue,
                to: SagaState.running.rawValue,
                note: note
            )
            let writes = [
                records.heads.put(head, at: id, expect: entry.unchanged, due: now, clearingDeliveries: true),
                records.append([event], as: log.entries + 1, of: id),
                audit.append(line, to: id, as: try await audit.nextNumber(of: id)),
            ]
            return try await commit(writes) == nil ? () : nil
        }
    }

    /// Commits; gives the conflict if there was one.
    private func commit(_ writes: [Write]) async throws -> StoreError? {
        do {
            try await store.commitSettling(Batch(writes))
            return nil
        } catch {
            guard case .conflict = error else { throw error }
            return error
        }
    }

    /// Looks and writes again as long as others write in between, which cannot go on for ever.
    private func untilSettled<Result>(_ body: () async throws -> Result?) async throws -> Result {
        var wait = Duration.milliseconds(1)
        while true {
            if let result = try await surfacing(body) { return result }
            try await store.clock.pause(for: wait)
            wait = min(wait * 2, .seconds(1))
        }
    }
}
