import ErrorClassification
import ResilienceCore

// The loop's way through a failover handler. Calls without one never come here.

extension Retrier {
    /// Runs an attempt inside the session of its request, unless that was cancelled.
    @usableFromInline
    func inSession<Success>(_ call: RetryCall, _ attempt: () async throws -> Success) async throws -> Success {
        try Task.checkCancellation()
        return try await FailoverScope.$current.withValue(call.failover?.scope) {
            switch call.shown {
            case .alone: try await attempt()
            case .inside: try await RetryContext.$current.withValue(.inside, operation: attempt)
            case .sharing: try await sharing(call, attempt)
            }
        }
    }

    /// What ``next(_:after:)`` does, once the handler was asked where it can help.
    @usableFromInline
    @inline(never)
    func nextBucket(_ call: inout RetryCall, after error: any Error) async throws -> Duration? {
        guard let failover = call.failover, type(of: error) != CancellationError.self, !Task.isCancelled else {
            return try next(&call, after: error)
        }
        let verdict = classifier.verdict(on: error)
        let context = failover.context(error, verdict)
        failover.handler.attemptFailed(error, context)
        guard canFailOver(error) else { return try next(&call, after: error) }
        switch failover.step(after: verdict, context) {
        case .none:
            if context.isQuota { failover.handler.limitReached(context) }
            return try next(&call, after: error)
        case .retryOnce:
            guard isAllowed(call) else { return try next(&call, after: error) }
            let handler = failover.handler
            try await asked(call) { await handler.authenticationFailed(context) }
            return try again(&call, after: error, verdict, .credentialRefused)
        case .failover: break
        }
        if verdict.isAmbiguous, !policy.isIdempotent { return try next(&call, after: error) }
        let handler = failover.handler
        let isMended = try await asked(call) { try await handler.tryFailover(context) } ?? false
        failover.note(isMended: isMended)
        guard isMended else {
            if let watch = call.watch {
                report(.stop(.bucketsExhausted, retryableAt: handler.retryableAt), verdict, call, watch)
            }
            throw failover.exhausted(error, call)
        }
        return try again(&call, after: error, verdict, .failedOver)
    }

    /// What was delivered in part or may be under way is not sent elsewhere.
    private func canFailOver(_ error: any Error) -> Bool {
        type(of: error) != AfterOutput.self && type(of: error) != AllBucketsExhaustedError.self
            && PolicyError(cast: error) == nil
    }

    private func isAllowed(_ call: RetryCall) -> Bool {
        !call.leavesRetrying && call.number < policy.attempts && call.deadline.map { clock.now < $0 } ?? true
    }

    /// Asks the handler, and stops waiting for its answer if the call is cancelled. `nil` if it threw.
    private func asked<Answer: Sendable>(
        _ call: RetryCall,
        _ question: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer? {
        do {
            return try await abandonable(on: clock, question)
        } catch {
            guard Task.isCancelled else { return nil }
            if let watch = call.watch { report(.stop(.cancelled, retryableAt: nil), nil, call, watch) }
            throw CancellationError()
        }
    }

    /// Tries again at once, if there is an attempt left. The budget of retries is not asked: what is called now has
    /// not failed.
    private func again(
        _ call: inout RetryCall,
        after error: any Error,
        _ verdict: Classification,
        _ reason: RetryReason
    ) throws -> Duration? {
        var decision = RetryDecision.retry(after: .zero, reason)
        if !isAllowed(call) {
            let isLast = !call.leavesRetrying && call.number >= policy.attempts
            decision = .stop(
                call.leavesRetrying ? .insideAnotherRetrier : isLast ? .attemptsUsedUp : .deadline,
                retryableAt: nil
            )
        } else if let scope = call.scope, !scope.takeRetry() {
            decision = .stop(.sharedAttemptsUsedUp, retryableAt: nil)
        }
        if let watch = call.watch { report(decision, verdict, call, watch) }
        guard case .retry = decision else { throw error }
        call.token = nil
        if reason == .failedOver { call.restartedAt = call.number }
        proceed(&call, after: .zero, verdict)
        call.previousDelay = nil
        return nil
    }
}
