import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Synchronization

extension SagaRunner {
    /// What is recorded of an error that a closure of a step threw.
    func failure(_ error: any Error, of step: String, _ part: SagaFailure.Part, attempts: Int) -> SagaFailure {
        SagaFailure(
            step: step,
            part: part,
            error: "\(type(of: error))",
            message: (error as? StepRefusal)?.message,
            classification: verdict(on: error),
            attempts: attempts,
            at: store.clock.now
        )
    }

    func verdict(on error: any Error) -> Classification {
        switch error {
        case let refusal as StepRefusal: return refusal.classification
        case is RefundNotRecorded:
            return Classification(.unavailable, .retry, isAmbiguous: true, rule: "saga.refund")
        case is SagaError: return Classification(.configuration, .fail, isAmbiguous: false, rule: "saga.error")
        case let error as StoreError:
            // Nothing came of that one batch; what the step did elsewhere before it, the error does not say.
            switch error {
            case .conflict: return Classification(.conflict, .retry, isAmbiguous: true, rule: "saga.store")
            case .late: return Classification(.conflict, .retry, isAmbiguous: false, rule: "saga.store")
            case .unavailable, .indeterminate:
                return Classification(.unavailable, .retry, isAmbiguous: true, rule: "saga.store")
            case .cancelled: return Classification(.cancelled, .fail, isAmbiguous: true, rule: "saga.cancelled")
            // Also an input or output that cannot be read, before anything was done.
            case .invalid: return Classification(.validation, .fail, isAmbiguous: false, rule: "saga.store")
            }
        // Called off by somebody inside of the step, at some point of it.
        case is CancellationError: return Classification(.cancelled, .fail, isAmbiguous: true, rule: "saga.cancelled")
        default: return classifier.verdict(on: error)
        }
    }

    /// The policy's decision, with the store in the place of the sleeping task.
    func wait(
        _ policy: RetryPolicy,
        after error: any Error,
        _ verdict: Classification,
        _ state: RetryState,
        at now: Timestamp
    ) -> Duration? {
        let decision = generator.withLock { generator in
            policy.decision(after: error, verdict, state: state, now: now, using: &generator)
        }
        switch decision {
        case .retry(let delay, _): return delay
        // A saga can wait longer than a task.
        case .stop(.retryAfterBeyondCeiling, let back?):
            if let deadline = state.deadline, back >= deadline { return nil }
            return max(now.duration(to: back), .zero)
        case .stop: return nil
        }
    }

    // MARK: Telling

    func report(_ events: [SagaEvent], of id: String, _ progress: SagaProgress) {
        guard let observer else { return }
        for event in events {
            var facts = ["event": event.kind.rawValue]
            facts["step"] = event.step
            facts["attempt"] = event.attempt.map { "\($0)" }
            facts["error"] = event.failure?.error
            facts["code"] = event.failure?.code
            facts["until"] = event.until.map { "\($0)" }
            facts["state"] = event.state?.rawValue
            observer.observe(ResilienceEvent(.sagaRecorded, at: event.at, subject: id, facts))
            guard event.state == .needsAttention else { continue }
            observer.observe(ResilienceEvent(.sagaNeedsAttention, at: event.at, subject: id, faults(progress)))
        }
    }

    private func faults(_ progress: SagaProgress) -> [String: String] {
        let named = progress.failures.map { ($0.step, $0.code ?? $0.error) }
        return Dictionary(named) { first, _ in first }
    }

    /// The alert that goes into the commit of a halt, if there is someone to deliver it to.
    func alert(_ id: String, entry: Int, at now: Timestamp, _ progress: SagaProgress) -> Write? {
        guard onAttention != nil else { return nil }
        let steps = progress.failures.map { "\($0.step) (\($0.code ?? $0.error))" }
        let alert = ResilienceAlert(
            "saga.needsAttention",
            .high,
            code: progress.failures.last?.code,
            subject: id,
            at: now,
            message: "\(definition.name): \(steps.joined(separator: ", "))",
            attributes: faults(progress)
        )
        return alerts.message(alert, id: "\(id).\(entry)", about: id, replacing: nil)
    }
}
