public import ErrorClassification
public import ResilienceCore

/// What is done after a failed attempt, and why.
public enum RetryDecision: Sendable, Hashable {
    /// Try again after that wait.
    case retry(after: Duration, RetryReason)
    /// Give up. `retryableAt` is when another try could make sense, where that is known.
    case stop(StopReason, retryableAt: Timestamp?)
}

/// Why an operation is tried again.
public enum RetryReason: String, Sendable, Hashable, Codable {
    /// The failure is of a kind that passes.
    case transient
    /// The other side has too much to do.
    case throttled
    /// It may have taken effect, and the operation is declared idempotent.
    case ambiguousIdempotent
    /// The policy asks for nothing but the number of attempts.
    case attemptsLeft
    /// The policy's predicate said so.
    case predicate
    /// The operation gave a result that the caller does not accept yet.
    case result
    /// A refused credential may have been renewed in the meantime.
    case credentialRefused
    /// Another bucket, or a mended one, is tried at once.
    case failedOver
}

/// Why an operation is not tried again.
public enum StopReason: String, Sendable, Hashable, Codable {
    /// The failure would only happen again.
    case notRetryable
    /// The failure is of no known kind.
    case unknown
    /// It may have taken effect, and the operation is not declared idempotent.
    case ambiguous
    /// The policy's predicate refused.
    case predicate
    /// All attempts of the policy are used up.
    case attemptsUsedUp
    /// The wait would have ended after the deadline or the elapsed limit.
    case deadline
    /// The other side asks for a longer wait than the policy allows.
    case retryAfterBeyondCeiling
    /// It is inside the operation of another retrier, which retries for both.
    case insideAnotherRetrier
    /// Retriers inside this call's operation, or around it, have used up the attempts that they share.
    case sharedAttemptsUsedUp
    /// Too few calls succeed to pay for another attempt.
    case budgetExhausted
    /// The attempt was cancelled after its timeout and did not end; there are never two at once.
    case attemptAbandoned
    /// A part of the output was delivered; another attempt would deliver it twice.
    case outputDelivered
    /// No bucket is left to fail over to.
    case bucketsExhausted
    /// The task was cancelled.
    case cancelled
}

/// How far a call has come: all that a decision needs to know of its past.
///
/// A retrier keeps it for the length of a call, a durable queue in the item.
public struct RetryState: Sendable, Hashable {
    /// How many attempts were made, the one that just failed included.
    public var attempts: Int
    /// No attempt begins at or after this instant.
    public var deadline: Timestamp?
    /// The wait before the last attempt, if there was one; decorrelated back-off grows from it.
    public var previousDelay: Duration?
    /// How many attempts were behind it when its back-off began anew, after a switch to another bucket.
    public var restartedAt = 0

    /// Creates the state of a call.
    public init(attempts: Int, deadline: Timestamp? = nil, previousDelay: Duration? = nil) {
        self.attempts = attempts
        self.deadline = deadline
        self.previousDelay = previousDelay
    }
}

extension RetryPolicy {
    /// What to do after an attempt failed: a pure function of its arguments.
    ///
    /// Retriers and durable queues decide by this one function. It never waits and never traps. A cancellation is no
    /// failure and must not be put to it.
    ///
    /// - Parameters:
    ///   - error: What the operation threw; only a policy with a predicate looks at it.
    ///   - classification: The verdict on the error.
    ///   - state: How far the call has come.
    ///   - now: The present instant; read only if the decision depends on it.
    ///   - generator: Drawn from for the jitter.
    public func decision(
        after error: any Error,
        _ classification: Classification,
        state: RetryState,
        now: @autoclosure () -> Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> RetryDecision {
        switch verdict(on: error, classification) {
        case .stops(let reason):
            return .stop(reason, retryableAt: nil)
        case .retries(let reason):
            let floor = classification.retryAfter
            let throttled = classification.isThrottling
            return schedule(reason, floor: floor, throttled: throttled, state: state, now: now(), using: &generator)
        }
    }

    /// What to do after an attempt gave a result that the caller does not accept yet: a pure function of its arguments.
    public func decisionAfterRejectedResult(
        state: RetryState,
        now: @autoclosure () -> Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> RetryDecision {
        schedule(.result, floor: nil, throttled: false, state: state, now: now(), using: &generator)
    }

    private enum Verdict {
        case retries(RetryReason)
        case stops(StopReason)
    }

    /// Whether the failure as such may be retried; limits come after.
    private func verdict(on error: any Error, _ classification: Classification) -> Verdict {
        if case .when(let predicate) = rule { return predicate(error) ? .retries(.predicate) : .stops(.predicate) }
        if classification.isAmbiguous, !isIdempotent { return .stops(.ambiguous) }
        if case .byAttemptsOnly = rule { return .retries(.attemptsLeft) }
        switch classification.disposition {
        case .retry, .retryAfter:
            if classification.isAmbiguous { return .retries(.ambiguousIdempotent) }
            return .retries(classification.isThrottling ? .throttled : .transient)
        case .failover, .reauthenticate, .fail, .treatAsDone:
            return .stops(classification.category == .unknown ? .unknown : .notRetryable)
        }
    }

    private func schedule(
        _ reason: RetryReason,
        floor: Duration?,
        throttled: Bool,
        state: RetryState,
        now: @autoclosure () -> Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> RetryDecision {
        guard state.attempts < attempts else {
            return .stop(.attemptsUsedUp, retryableAt: floor.map { now().advanced(by: $0) })
        }
        if let floor, floor > retryAfterCeiling {
            return .stop(.retryAfterBeyondCeiling, retryableAt: now().advanced(by: floor))
        }
        let delay = delay(throttled: throttled, floor: floor, state: state, using: &generator)
        if let deadline = state.deadline {
            let wake = now().advanced(by: delay)
            if wake >= deadline { return .stop(.deadline, retryableAt: wake) }
        }
        return .retry(after: delay, reason)
    }

    /// Capped by each back-off, and jittered after.
    private func delay(
        throttled: Bool,
        floor: Duration?,
        state: RetryState,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let (retry, previous) = (max(max(state.attempts, 0) - max(state.restartedAt, 0), 1), state.previousDelay)
        var delay = backoff.delay(beforeRetry: retry, previous: previous, using: &generator)
        if throttled {
            delay = max(delay, throttledBackoff.delay(beforeRetry: retry, previous: previous, using: &generator))
        }
        return jitter.apply(to: delay, notBefore: floor ?? .zero, using: &generator)
    }
}

extension Classification {
    /// Whether the other side has too much to do, and a short wait would only add to it.
    fileprivate var isThrottling: Bool {
        disposition == .retryAfter || category == .rateLimited || category == .overloaded
    }
}
