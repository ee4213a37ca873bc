import ErrorClassification
package import ResilienceCore
package import RetryOrchestrator

// What follows from an outcome: which event is recorded of it. Pure.
extension SagaProgress {
    /// The retry decision: how long to wait before another attempt, or `nil` for none.
    package typealias Wait = (RetryState) -> Duration?

    /// The limits of time that the machine does not know.
    package struct Limits {
        package var settleTime: Duration
        package var questionWait: Duration
        /// How long all attempts of the step, or its compensation, may take.
        package var elapsed: Duration?

        package init(settleTime: Duration, questionWait: Duration, elapsed: Duration? = nil) {
            self.settleTime = settleTime
            self.questionWait = questionWait
            self.elapsed = elapsed
        }
    }

    /// The event that an attempt is recorded with that failed.
    package func event(
        after failure: SagaFailure,
        of index: Int,
        _ limits: Limits,
        wait: Wait
    ) -> SagaEvent {
        let isAmbiguous = failure.classification?.isAmbiguous ?? true
        let rule = rules[index]
        var event = SagaEvent(.failed, at: failure.at, step: rule.name, failure: failure)
        switch failure.part {
        case .run where isAmbiguous && (rule.canAsk || !rule.isIdempotent):
            event.kind = .uncertain
            event.until = failure.at.advanced(by: limits.settleTime)
        case .compensate where isAmbiguous && !rule.undoIsIdempotent:
            event.kind = .undoUncertain
            event.until = failure.at.advanced(by: limits.settleTime)
        case .run, .compensate, .onFailure:
            if let delay = wait(retryState(of: index, limits)) {
                event.kind = failure.part.retrying
                event.until = failure.at.advanced(by: delay)
            } else if failure.part == .run, isAmbiguous || steps[index].mayHaveApplied {
                // No attempt is left, and one of them may have taken effect.
                event.kind = .uncertain
            } else {
                event.kind = failure.part.final
            }
        }
        return event
    }

    /// The event that an answer is recorded with: the step had no effect.
    package func eventAfterNotApplied(_ index: Int, at now: Timestamp, _ limits: Limits, wait: Wait) -> SagaEvent {
        let (rule, step) = (rules[index], steps[index])
        var event = SagaEvent(.retrying, at: now, step: rule.name, until: now)
        if step.failure != nil {
            // The wait began with the failure, long ago.
            guard let delay = wait(retryState(of: index, limits)) else { return failing(event, index) }
            event.until = now.advanced(by: delay)
        } else if step.attempts >= rule.attempts {
            return failing(event, index)
        }
        return event
    }

    /// The event that an answer is recorded with: the step's effect still stands, so it is undone again.
    package func eventAfterStillApplied(_ index: Int, at now: Timestamp, _ limits: Limits, wait: Wait) -> SagaEvent {
        let step = steps[index]
        var event = SagaEvent(.undoRetrying, at: now, step: rules[index].name, until: now)
        if step.failure != nil {
            guard let delay = wait(retryState(of: index, limits)) else {
                event.kind = .undoFailed
                event.failure = step.failure
                return event
            }
            event.until = now.advanced(by: delay)
        } else if step.attempts >= rules[index].undoAttempts {
            return self.event(.undoFailed, of: index, at: now)
        }
        return event
    }

    /// The event of a question that was not answered: the next one is asked later each time.
    package func eventAfterUnknown(_ kind: SagaEvent.Kind, _ index: Int, at now: Timestamp, _ limits: Limits) -> SagaEvent {
        let wait = limits.questionWait * (1 << min(steps[index].questions, 6))
        return SagaEvent(kind, at: now, step: rules[index].name, until: now.advanced(by: wait))
    }

    /// The event of a decision that needs no call, with what the step failed with last.
    package func event(_ kind: SagaEvent.Kind, of index: Int, at now: Timestamp, code: String? = nil) -> SagaEvent {
        let step = steps[index]
        let known = code == nil ? step.failure : nil
        let part: SagaFailure.Part
        let usual: String
        switch kind {
        case .handlerFailed: (part, usual) = (.onFailure, SagaFailureCode.attemptLimitExceeded)
        case .undoFailed:
            part = .compensate
            usual = step.state == .undoWaiting ? SagaFailureCode.attemptLimitExceeded : SagaFailureCode.outcomeUnknown
        default: (part, usual) = (.run, SagaFailureCode.outcomeUnknown)
        }
        let failure = SagaFailure(
            step: rules[index].name,
            part: part,
            error: code ?? usual,
            attempts: step.attempts,
            at: now
        )
        let counts = known.map { $0.part == part } ?? false
        return SagaEvent(kind, at: now, step: rules[index].name, failure: counts ? known : failure)
    }

    private func failing(_ event: SagaEvent, _ index: Int) -> SagaEvent {
        var event = event
        event.kind = .failed
        event.until = nil
        event.failure =
            steps[index].failure?.withoutEffect
            ?? SagaFailure(
                step: rules[index].name,
                part: .run,
                error: SagaFailureCode.attemptLimitExceeded,
                attempts: steps[index].attempts,
                at: event.at
            )
        return event
    }

    private func retryState(of index: Int, _ limits: Limits) -> RetryState {
        let step = steps[index]
        let deadline = limits.elapsed.flatMap { limit in step.firstAt?.advanced(by: limit) }
        return RetryState(attempts: step.attempts, deadline: deadline, previousDelay: step.previousWait)
    }
}

extension SagaFailure {
    /// The same, now that it is known to have had no effect.
    fileprivate var withoutEffect: SagaFailure {
        var failure = self
        failure.classification?.isAmbiguous = false
        return failure
    }
}

extension SagaFailure.Part {
    fileprivate var retrying: SagaEvent.Kind {
        switch self {
        case .run: .retrying
        case .onFailure: .handlerRetrying
        case .compensate: .undoRetrying
        }
    }

    fileprivate var final: SagaEvent.Kind {
        switch self {
        case .run: .failed
        case .onFailure: .handlerFailed
        case .compensate: .undoFailed
        }
    }
}
