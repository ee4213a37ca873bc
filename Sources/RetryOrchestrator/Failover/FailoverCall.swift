import ErrorClassification

/// How one call fails over. One task uses it: the one that makes the call.
@usableFromInline
final class FailoverCall {
    let scope: FailoverScope
    /// Whether the request is this call's own; a call inside shares that of the outermost.
    private let isOutermost: Bool
    private var counts = FailoverCounts()
    /// Over the request: of each bucket the last reason that is not `skipped`.
    private(set) var reasons: [String: FailoverReason] = [:]

    /// `nil` if the call around it fails over for it.
    init?(of source: any FailoverSource, leavesRetrying: Bool) {
        if let handler = source.current {
            guard !leavesRetrying else { return nil }
            scope = FailoverScope(source, handler, outer: FailoverScope.current)
            isOutermost = false
        } else {
            scope = FailoverScope(source, source.session(), outer: FailoverScope.current)
            isOutermost = true
            scope.handler.resetSession()
        }
    }

    @usableFromInline
    func succeeded() { if isOutermost { scope.handler.resetSession() } }

    var handler: any FailoverHandler { scope.handler }

    var rules: FailoverRules { FailoverRules.ofThisTask ?? scope.source.rules }

    func context(_ error: any Error, _ verdict: Classification) -> FailoverContext {
        let facts = (error as? any FailureReporting)?.failure
        return FailoverContext(
            triggeringStatus: facts?.status,
            classification: verdict,
            headers: facts?.headers ?? [:],
            authRetryTimeout: rules.authRetryTimeout
        )
    }

    /// What the handler is for after this failure.
    func step(after verdict: Classification, _ context: FailoverContext) -> FailoverStep {
        let step = counts.step(after: verdict, context, rules)
        // One bucket cannot be left for another, but its credential may be mended.
        return step == .failover && !context.isAuthentication && handler.buckets.count == 1 ? .none : step
    }

    /// Takes note of what the handler answered.
    func note(isMended: Bool) {
        for (bucket, reason) in handler.lastFailoverReasons where reason != .skipped || reasons[bucket] == nil {
            reasons[bucket] = reason
        }
        if isMended { counts.reset() }
    }

    func exhausted(_ error: any Error, _ call: RetryCall) -> AllBucketsExhaustedError {
        AllBucketsExhaustedError(
            providerName: scope.source.providerName,
            attemptedBuckets: handler.buckets,
            lastError: error,
            bucketFailureReasons: reasons,
            attempts: call.number,
            trail: call.watch?.trail ?? [],
            retryAfter: handler.retryableAt,
            redact: handler.redacted
        )
    }
}
