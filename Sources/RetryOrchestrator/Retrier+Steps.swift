import ErrorClassification
public import ResilienceCore

// The steps of a call, out of line: the loop itself is inlined into its callers.

extension Retrier {
    @usableFromInline
    func begin(_ key: CallKey, deadline: Timestamp?, isRecorded: Bool) -> RetryCall {
        let context = policy.nesting == .ignored ? RetryContext.alone : RetryContext.current
        var (scope, shown) = (nil as AttemptScope?, RetryContext.alone)
        var leavesRetrying = false
        switch (policy.nesting, context) {
        case (.ignored, _): break
        case (.oneAttempt, .alone): shown = .inside
        case (.sharesAttempts, .alone):
            (scope, shown) = (AttemptScope(retries: policy.attempts - 1), .sharing)
        case (.sharesAttempts, .sharing): scope = AttemptScope.current
        case (.oneAttempt, _), (.sharesAttempts, .inside): leavesRetrying = true
        }
        let retries = leavesRetrying ? 0 : policy.attempts - 1
        let elapsed = policy.elapsedLimit.map { ElapsedLimit($0, deadline: deadline, on: clock) }
        var call = RetryCall(
            key: key,
            deadline: elapsed?.deadline(on: clock) ?? deadline,
            shown: shown,
            attemptsLeft: min(retries, scope?.retries ?? .max),
            usesBudget: !leavesRetrying && budget != nil,
            scope: scope,
            leavesRetrying: leavesRetrying,
            watch: isRecorded || observer != nil ? CallWatch(began: clock.now) : nil
        )
        call.elapsed = elapsed
        if let failover { call.failover = FailoverCall(of: failover, leavesRetrying: leavesRetrying) }
        return call
    }

    /// Runs an attempt of the outermost call, which shares its attempts with those inside.
    @usableFromInline
    func sharing<Success>(_ call: RetryCall, _ attempt: () async throws -> Success) async throws -> Success {
        try await RetryContext.$current.withValue(.sharing) {
            try await AttemptScope.$current.withValue(call.scope, operation: attempt)
        }
    }

    /// What to do after a failure: gives the wait before the next attempt, `nil` for none, or throws what the call throws.
    @usableFromInline
    @inline(never)
    func next(_ call: inout RetryCall, after error: any Error) throws -> Duration? {
        let kind = ErrorKind(error)
        guard kind != .cancellation, !Task.isCancelled else {
            refund(&call)
            if let watch = call.watch { report(.stop(.cancelled, retryableAt: nil), nil, call, watch) }
            throw CancellationError()
        }
        let classification = kind == .other ? classifier.classify(error) : classifier.verdict(on: error)
        if let elapsed = call.elapsed { call.deadline = elapsed.deadline(on: clock) }
        var generator = generator(for: call)
        var decision =
            stop(after: error, kind)
            ?? policy.decision(after: error, classification, state: call.state, now: clock.now, using: &generator)
        if case .retry(let delay, _) = decision { decision = restricted(decision, delay, &call) }
        if let watch = call.watch { report(decision, classification, call, watch) }
        guard case .retry(let delay, _) = decision else { throw error }
        proceed(&call, after: delay, classification)
        return delay > .zero ? delay : nil
    }

    /// The wait before the next attempt after a result that was not accepted; `nil` if there is no next one.
    @usableFromInline
    @inline(never)
    func nextAfterRejection(_ call: inout RetryCall) -> Duration? {
        if let elapsed = call.elapsed { call.deadline = elapsed.deadline(on: clock) }
        var generator = generator(for: call)
        var decision = policy.decisionAfterRejectedResult(state: call.state, now: clock.now, using: &generator)
        if case .retry(let delay, _) = decision { decision = restricted(decision, delay, &call) }
        if let watch = call.watch { report(decision, nil, call, watch) }
        guard case .retry(let delay, _) = decision else {
            // What was not accepted is no success and pays for nothing.
            call.usesBudget = false
            return nil
        }
        proceed(&call, after: delay, nil)
        return delay
    }

    /// Waits, and begins the next attempt.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, before or during the wait.
    @usableFromInline
    @inline(never)
    func wait(_ delay: Duration, _ call: RetryCall) async throws {
        do {
            try await clock.pause(for: delay)
        } catch {
            if let budget, let token = call.token { budget.giveBack(token) }
            call.watch?.stop = .cancelled
            if let observer { observer.observe(.retryStopped(.cancelled, nil, nil, call, name, at: clock.now)) }
            throw CancellationError()
        }
        if let watch = call.watch { watch.began = clock.now }
    }

    @usableFromInline
    @inline(never)
    func succeeded(_ call: RetryCall, _ watch: CallWatch) {
        // A result that was never accepted has its record and its event.
        guard watch.stop == nil else { return }
        let now = clock.now
        watch.record(call, nil, nil, at: now)
        observer?.observe(.retrySucceeded(call, name, at: now))
    }
}

extension Retrier {
    /// A generator of the call's own for this decision: no lock, and the same draws for the same calls.
    private func generator(for call: RetryCall) -> SmallGenerator {
        var mixed = SmallGenerator(seed: nonce ^ call.key.number)
        return SmallGenerator(seed: mixed.next() &+ UInt64(truncatingIfNeeded: call.number))
    }

    /// What ends the call whatever the policy says.
    private func stop(after error: any Error, _ kind: ErrorKind) -> RetryDecision? {
        switch kind {
        // The attempt may still be under way, and there are never two.
        case .policy where PolicyError(cast: error)?.code == .attemptAbandoned:
            .stop(.attemptAbandoned, retryableAt: nil)
        case .afterOutput: .stop(.outputDelivered, retryableAt: nil)
        case .cancellation, .policy, .other: nil
        }
    }

    /// Makes the call one attempt older.
    func proceed(_ call: inout RetryCall, after delay: Duration, _ classification: consuming Classification?) {
        call.number += 1
        call.attemptsLeft = policy.attempts - call.number
        if let scope = call.scope { call.attemptsLeft = min(call.attemptsLeft, scope.retries) }
        call.previous = classification
        call.previousDelay = delay
    }

    /// The decision to retry, once the calls around and inside this one and the budget were asked.
    private func restricted(_ decision: RetryDecision, _ delay: Duration, _ call: inout RetryCall) -> RetryDecision {
        if call.leavesRetrying {
            return .stop(.insideAnotherRetrier, retryableAt: clock.now.advanced(by: delay))
        }
        if call.usesBudget, let budget {
            call.token = budget.take(at: clock.uptime)
            if call.token == nil { return .stop(.budgetExhausted, retryableAt: clock.now.advanced(by: delay)) }
        }
        if let scope = call.scope, !scope.takeRetry() {
            refund(&call)
            return .stop(.sharedAttemptsUsedUp, retryableAt: clock.now.advanced(by: delay))
        }
        return decision
    }

    /// Gives back what the present attempt was paid with.
    private func refund(_ call: inout RetryCall) {
        guard let budget, let token = call.token else { return }
        budget.giveBack(token)
        call.token = nil
    }

    func report(
        _ decision: RetryDecision,
        _ classification: Classification?,
        _ call: RetryCall,
        _ watch: CallWatch
    ) {
        let now = clock.now
        watch.record(call, decision, classification, at: now)
        watch.began = now
        guard let observer else { return }
        switch decision {
        case .retry(let delay, let reason):
            observer.observe(.retryScheduled(after: delay, reason, classification, call, name, at: now))
        case .stop(let reason, let instant):
            observer.observe(.retryStopped(reason, instant, classification, call, name, at: now))
        }
    }
}

/// The errors that mean something to a retrier itself, told by one look at the type.
private enum ErrorKind {
    case cancellation, policy, afterOutput, other

    init(_ error: any Error) {
        let type = ObjectIdentifier(type(of: error))
        if type == ObjectIdentifier(CancellationError.self) {
            self = .cancellation
        } else if type == ObjectIdentifier(PolicyError.self) {
            self = .policy
        } else {
            self = type == ObjectIdentifier(AfterOutput.self) ? .afterOutput : .other
        }
    }
}
