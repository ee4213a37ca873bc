package import ErrorClassification
package import ResilienceCore

/// What a delivery of an item does, and what its outcome means: pure, without clock, store or suspension.
///
/// An item is in one of three states. *Ready*: no intent (next: called, or given up). *Called*: an intent without an
/// outcome (next: ready after a failure, done, asked about, given up). *Asked about*: the intent's outcome is being found
/// out (next: done, ready, asked about again, given up).
package struct QueueMachine<Payload: Codable & Sendable> {
    package private(set) var item: RetryItem<Payload>
    private let rules: QueueRules

    package init(item: RetryItem<Payload>, rules: QueueRules) {
        self.item = item
        self.rules = rules
    }

    /// What to do with an item that was delivered.
    package enum Action {
        /// Write the intent of this attempt, then call.
        case call(attempt: Int)
        /// Ask what became of the intent.
        case ask(RetryItem<Payload>.Intent)
        /// Move it to the failed operations.
        case giveUp(GivenUp)
    }

    /// The retry decision on a failure with that verdict: how long to wait, or `nil` for not at all.
    package typealias Wait = (RetryState, Classification) -> Duration?

    /// What to record of an outcome.
    package enum Ending {
        /// The item stays, due after this wait.
        case wait(Duration)
        /// The item becomes a failed operation.
        case giveUp(GivenUp)
    }

    /// Why an item is given up.
    package struct GivenUp {
        package var code: String
        package var classification: Classification?
        package var isAmbiguous: Bool
    }

    /// A delivery begins.
    package mutating func delivered(times: Int, at now: Timestamp) -> Action {
        if times > rules.deliveryLimit { return .giveUp(gaveUp(code: FailureCode.poison)) }
        guard let intent = item.intent else {
            guard item.attempts < rules.attemptLimit else { return .giveUp(gaveUp(code: nil)) }
            return .call(attempt: item.attempts + 1)
        }
        if rules.canAsk { return .ask(intent) }
        guard rules.isIdempotent, item.attempts < rules.attemptLimit else {
            close(.unresolved, at: now)
            return .giveUp(gaveUp(code: nil, isAmbiguous: true))
        }
        // The callee knows the key, so sending again applies it once.
        leaveOpen(at: now)
        return .call(attempt: item.attempts + 1)
    }

    /// The call is about to be made: this is what the intent's commit stores.
    package mutating func begin(attempt: Int, fence: Revision, at now: Timestamp) {
        item.attempts = attempt
        item.questions = 0
        item.intent = .init(attempt: attempt, at: now, fence: fence, failure: nil)
    }

    /// The call, or a question about it, returned a result.
    package mutating func succeeded(_ outcome: StoredAttempt.Outcome, at now: Timestamp) {
        if outcome == .foundApplied { item.hadAmbiguity = true }
        close(outcome, at: now)
    }

    /// The call failed.
    package mutating func failed(
        _ classification: Classification,
        _ message: String? = nil,
        at now: Timestamp,
        wait: Wait
    ) -> Ending {
        item.intent?.message = message
        if classification.isAmbiguous, rules.canAsk || !rules.isIdempotent {
            item.intent?.failure = classification
            // The next delivery asks, or gives up, from the same place as after a crash.
            return .wait(rules.canAsk ? rules.settleTime : .zero)
        }
        if classification.isAmbiguous {
            leaveOpen(with: classification, at: now)
        } else {
            close(.failed, with: classification, at: now)
        }
        return retry(after: classification, wait: wait)
    }

    /// The resolver says that the attempt had no effect.
    package mutating func notApplied(at now: Timestamp, wait: Wait) -> Ending {
        var failure = item.intent?.failure
        failure?.isAmbiguous = false
        item.hadAmbiguity = true
        close(.foundNotApplied, with: item.intent?.failure, at: now)
        guard let failure else {
            // A crash cut the attempt off: nothing speaks against another one.
            return item.attempts < rules.attemptLimit ? .wait(.zero) : .giveUp(gaveUp(code: nil))
        }
        return retry(after: failure, wait: wait)
    }

    /// The resolver does not know, or failed.
    package mutating func stillUnknown(at now: Timestamp) -> Ending {
        item.questions += 1
        guard item.questions < rules.questionLimit else {
            close(.unresolved, with: item.intent?.failure, at: now)
            return .giveUp(gaveUp(code: nil, isAmbiguous: true))
        }
        return .wait(rules.questionWait * (1 << min(item.questions - 1, 6)))
    }

    private mutating func retry(after failure: Classification, wait: Wait) -> Ending {
        let state = RetryState(
            attempts: item.attempts,
            deadline: rules.elapsedLimit.map((item.redriven?.at ?? item.submittedAt).advanced),
            previousDelay: item.previousWait.map { .microseconds($0) }
        )
        guard let delay = wait(state, failure) else { return .giveUp(gaveUp(code: failure.code)) }
        item.previousWait = delay.wholeMicroseconds
        return .wait(delay)
    }

    /// Ends an attempt of an idempotent operation that may have taken effect. Sending it again is safe, but until one
    /// succeeds the item may have been done: also when the later attempts fail for reasons of their own.
    private mutating func leaveOpen(with failure: Classification? = nil, at now: Timestamp) {
        item.hadAmbiguity = true
        item.mayHaveApplied = true
        close(.resent, with: failure, at: now)
    }

    private mutating func close(
        _ outcome: StoredAttempt.Outcome,
        with failure: Classification? = nil,
        at now: Timestamp
    ) {
        guard let intent = item.intent else { return }
        item.remember(
            StoredAttempt(
                number: intent.attempt,
                startedAt: intent.at,
                endedAt: now,
                failure: failure ?? intent.failure,
                message: intent.message,
                outcome: outcome
            )
        )
        item.intent = nil
        item.questions = 0
    }

    private func gaveUp(code: String?, isAmbiguous: Bool = false) -> GivenUp {
        let last = item.intent?.failure ?? item.history.last?.failure
        let isAmbiguous = isAmbiguous || item.intent != nil || item.mayHaveApplied
        let fallback = isAmbiguous ? FailureCode.outcomeUnknown : FailureCode.attemptLimitExceeded
        let named = last.map { $0.code ?? FailureCode.unknown }
        return GivenUp(
            code: code ?? named ?? fallback,
            classification: last,
            isAmbiguous: isAmbiguous
        )
    }
}
