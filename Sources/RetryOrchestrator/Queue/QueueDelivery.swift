import ErrorClassification
import ResilienceCore

/// One delivery of a queued item: asks the machine, makes the call or the question, commits what came of it.
struct QueueDelivery<Payload: Codable & Sendable & Equatable, Output: Codable & Sendable> {
    let queue: RetryQueue<Payload, Output>
    let delivery: Delivery<RetryItem<Payload>>

    private var lease: Lease { delivery.lease }
    private var now: Timestamp { queue.store.clock.now }

    func handle() async throws {
        if delivery.value.redriven != nil { try await beginRedrive() }
        var machine = QueueMachine(item: delivery.value, rules: queue.rules)
        switch machine.delivered(times: lease.deliveries, at: now) {
        case .giveUp(let reason): try await giveUp(machine.item, reason)
        case .ask(let intent): try await ask(about: intent, &machine)
        case .call(let attempt): try await call(attempt, &machine)
        }
    }

    // MARK: Calling

    private func call(_ number: Int, _ machine: inout QueueMachine<Payload>) async throws {
        machine.begin(attempt: number, fence: lease.fence, at: now)
        try await lease.save(machine.item)
        let output: Output
        do {
            let (operation, payload, attempt) = (queue.operation, machine.item.payload, attempt(number))
            output = try await within(queue.attemptTimeout) { try await operation(payload, attempt) }
        } catch let error as CancellationError {
            // Not an outcome: the intent stands, and the next delivery finds out what became of it.
            throw error
        } catch {
            return try await failed(error, &machine)
        }
        machine.succeeded(.succeeded, at: now)
        try await succeed(machine.item, output)
    }

    private func failed(_ error: any Error, _ machine: inout QueueMachine<Payload>) async throws {
        let verdict = queue.classifier.verdict(on: error)
        let ending = machine.failed(verdict, message(of: error), at: now) { wait($0, after: $1, error) }
        if verdict.isAmbiguous {
            report(.queueAmbiguous, ["code": verdict.code ?? verdict.category.rawValue, "rule": verdict.rule])
        }
        try await end(machine.item, ending)
    }

    /// Makes a call of the caller's own, no longer than a timeout if there is one.
    private func within<Result: Sendable>(
        _ timeout: Timeout?,
        _ call: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let timeout else { return try await call() }
        return try await timeout.run(call)
    }

    private func message(of error: any Error) -> String? {
        let text = Failure(describing: error).message
        let limit = StoredAttempt.messageBytes
        return text.isEmpty
            ? nil : text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    }

    private func attempt(_ number: Int) -> QueuedAttempt {
        QueuedAttempt(
            id: delivery.name,
            number: number,
            left: max(queue.rules.attemptLimit - number, 0),
            idempotencyKey: "\(queue.name)/\(delivery.name)",
            fence: lease.fence,
            broughtBackAt: delivery.value.redriven?.at
        )
    }

    /// The policy's decision, with the store in the place of the sleeping task: how long the item waits, or not at all.
    private func wait(_ state: RetryState, after verdict: Classification, _ error: any Error) -> Duration? {
        let policy = queue.policy
        let instant = now
        let decision = queue.generator.use { generator in
            policy.decision(after: error, verdict, state: state, now: instant, using: &generator)
        }
        switch decision {
        case .retry(let delay, _): return delay
        // A queue can wait longer than a task: the item stays until the other side wants it back.
        case .stop(.retryAfterBeyondCeiling, let back?):
            if let deadline = state.deadline, back >= deadline { return nil }
            return max(instant.duration(to: back), .zero)
        case .stop: return nil
        }
    }

    // MARK: Asking

    private func ask(about intent: RetryItem<Payload>.Intent, _ machine: inout QueueMachine<Payload>) async throws {
        switch try await answer(about: intent) {
        case .applied(let output):
            machine.succeeded(.foundApplied, at: now)
            report(.queueResolved, ["answer": "applied", "attempt": "\(intent.attempt)"])
            try await succeed(machine.item, output)
        case .notApplied:
            let ending = machine.notApplied(at: now) { wait($0, after: $1, FoundNotApplied()) }
            report(.queueResolved, ["answer": "not applied", "attempt": "\(intent.attempt)"])
            try await end(machine.item, ending)
        case .unknown:
            let ending = machine.stillUnknown(at: now)
            report(.queueResolved, ["answer": "unknown", "attempt": "\(intent.attempt)"])
            try await end(machine.item, ending)
        }
    }

    private func answer(about intent: RetryItem<Payload>.Intent) async throws -> Resolution<Output> {
        guard let resolve = queue.resolve else { return .unknown }
        do {
            let (payload, attempt) = (delivery.value.payload, attempt(intent.attempt))
            return try await within(queue.questionTimeout) { try await resolve(payload, attempt) }
        } catch let error as CancellationError {
            throw error
        } catch {
            return .unknown
        }
    }

    // MARK: Recording

    private func succeed(_ item: RetryItem<Payload>, _ output: Output) async throws {
        let outcome = QueueOutcome(
            payload: item.payload,
            output: output,
            attempts: item.attempts,
            recoveredAfterAmbiguity: item.hadAmbiguity,
            submittedAt: item.submittedAt,
            finishedAt: now,
            history: item.history
        )
        let expiry = now.advanced(by: queue.options.retention)
        let record = queue.done.put(outcome, at: delivery.name, expect: .absent, due: expiry)
        for _ in 1...3 {
            let more = queue.onSuccess?(item.payload, outcome) ?? []
            do {
                try await finish(item, also: [record] + more) { $0.recover(item.redriven, at: now) }
                return report(.queueSucceeded, ["attempts": "\(item.attempts)"])
            } catch {
                guard isRefusal(error, of: more) else { throw error }
                report(.queueSuccessRefused, ["error": "\(error)"])
            }
        }
        // It took effect. To ask or to send again would end at the same refusal, so a person must see it.
        let reason = QueueMachine<Payload>.GivenUp(
            code: FailureCode.successNotRecorded,
            classification: nil,
            isAmbiguous: true
        )
        try await giveUp(item, reason)
    }

    /// Whether the result, or a write of the caller's own, is what the store refused: not the fence.
    private func isRefusal(_ error: StoreError, of more: [Write]) -> Bool {
        guard !error.conflicts(at: lease.key) else { return false }
        switch error {
        case .invalid: return true
        case .conflict(let conflicts): return conflicts.contains { more.map(\.key).contains($0.key) }
        case .late, .indeterminate, .cancelled, .unavailable: return false
        }
    }

    private func end(_ item: RetryItem<Payload>, _ ending: QueueMachine<Payload>.Ending) async throws {
        switch ending {
        case .giveUp(let reason): try await giveUp(item, reason)
        case .wait(let delay): try await putBack(item, after: delay)
        }
    }

    private func putBack(_ item: RetryItem<Payload>, after delay: Duration) async throws {
        let due = now.advanced(by: delay)
        if delivery.record.key.space == queue.again.name {
            try await lease.release(item, due: due)
        } else {
            try await lease.finish(also: [queue.again.put(item, at: delivery.name, expect: .absent, due: due)])
        }
        report(.queueScheduled, ["attempts": "\(item.attempts)", "due": "\(due)"])
    }

    private func giveUp(_ item: RetryItem<Payload>, _ reason: QueueMachine<Payload>.GivenUp) async throws {
        var failed = FailedOperation(
            id: delivery.name,
            payload: item.payload,
            code: reason.code,
            classification: reason.classification,
            isAmbiguous: reason.isAmbiguous,
            context: queue.context?(item.payload) ?? queue.options.context,
            attempts: item.attempts,
            history: item.history,
            submittedAt: item.submittedAt,
            failedAt: now
        )
        if queue.options.sweepsTransientFailures, failed.isTransient { failed.status = .retryable }
        do {
            try await giveUp(item, failed)
        } catch {
            // Not stored, and so it will be done again; but someone should hear of it now. Who lost it has nothing to say.
            if (error as? StoreError)?.conflicts(at: lease.key) != true { queue.alerts?.report(failed) }
            throw error
        }
        queue.alerts?.report(failed)
        report(
            .queueGaveUp,
            [
                "attempts": "\(item.attempts)", "code": reason.code, "ambiguous": "\(reason.isAmbiguous)",
                "context": failed.context,
            ]
        )
    }

    private func giveUp(_ item: RetryItem<Payload>, _ failed: FailedOperation<Payload>) async throws {
        let notice = queue.notices.map { [$0.notice(of: failed)] } ?? []
        let insertion = [queue.failures.insertion(of: failed)]
        do {
            try await finish(item, also: notice, ifNew: insertion) { $0.fail(again: failed) }
        } catch {
            // A notice that cannot be stored does not keep the failure from being stored.
            guard !notice.isEmpty, case .invalid = error else { throw error }
            try await finish(item, also: [], ifNew: insertion) { $0.fail(again: failed) }
        }
    }

    // MARK: Redrives

    /// An item that a sweep brought back is under way from here on: nobody can take it out of the queue any more.
    private func beginRedrive() async throws {
        guard let entry = try await queue.failures.space.read(delivery.name, in: queue.store),
            entry.value.status == .retryScheduled
        else { return }
        var failed = entry.value
        failed.status = .retryInProgress
        failed.updatedAt = now
        try await lease.save(delivery.value, also: [queue.failures.update(failed, of: entry)])
    }

    /// Deletes the item, and changes the failed operation that it was brought back from in the same commit.
    private func finish(
        _ item: RetryItem<Payload>,
        also writes: [Write],
        ifNew insertion: [Write] = [],
        _ change: (inout FailedOperation<Payload>) -> Void
    ) async throws(StoreError) {
        guard item.redriven != nil else { return try await lease.finish(also: writes + insertion) }
        var rounds = 0
        while true {
            var more = insertion
            if let entry = try await failedOperation() {
                var failed = entry.value
                change(&failed)
                more = [queue.failures.update(failed, of: entry)]
            }
            do {
                return try await lease.finish(also: writes + more)
            } catch {
                // Someone noted something meanwhile: what happened is recorded all the same.
                rounds += 1
                guard error.conflicts(at: queue.failures.space.key(delivery.name)), !error.conflicts(at: lease.key),
                    rounds < 100
                else { throw error }
            }
        }
    }

    /// Read although the handler may be cancelled: an outcome is being recorded.
    private func failedOperation() async throws(StoreError) -> Space<FailedOperation<Payload>>.Entry? {
        let (space, store, name) = (queue.failures.space, queue.store, delivery.name)
        do {
            return try await shielded { try await space.read(name, in: store) }
        } catch {
            throw error as? StoreError ?? .unavailable(error)
        }
    }

    private func report(_ kind: ResilienceEvent.Kind, _ attributes: @autoclosure () -> [String: String]) {
        guard let observer = queue.observer else { return }
        observer.observe(ResilienceEvent(kind, at: now, subject: lease.key.description, attributes()))
    }
}

/// What an attempt failed with that a question showed to have had no effect: its own error is long gone.
struct FoundNotApplied: Error {}
