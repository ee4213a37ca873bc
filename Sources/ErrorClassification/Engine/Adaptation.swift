import ResilienceCore

extension Classification {
    /// Fits a rule's verdict to this failure: its code, how far the request came, what the reply says about a wait.
    @inline(__always)
    mutating func adapt(to failure: borrowing Failure, clock: any WallClock) {
        if code == nil { code = failure.code }
        switch failure.transmission {
        case .notSent: isAmbiguous = false
        case .sent: if category == .network || category == .timeout { isAmbiguous = true }
        case .unknown: break
        }
        if !failure.headers.isEmpty {
            let happened = failure.at
            take(RetryHint(headers: failure.headers, now: happened ?? clock.now))
        }
        if let wait = failure.retryAfter { take(wait: wait) }
        if mayNameWait, retryAfter == nil, ignoredHint == nil, !failure.message.isEmpty {
            if let wait = MessageWait.find(in: failure.message) { take(wait: wait) }
        }
    }

    /// Only these are sent again later, and their messages say when.
    private var mayNameWait: Bool {
        switch category {
        case .rateLimited, .quotaExhausted, .overloaded, .unavailable: true
        default: false
        }
    }

    private mutating func take(_ hint: RetryHint) {
        if let wait = hint.wait { take(wait: wait) }
        if hint.wait == nil, category == .rateLimited || category == .quotaExhausted, let reset = hint.reset {
            take(wait: reset)
        }
        switch hint.wantsRetry {
        case false: if disposition == .retry || disposition == .retryAfter { disposition = .fail }
        case true: if disposition == .fail { disposition = .retry }
        case nil: break
        }
        ignoredHint = hint.ignored.first.map { "\($0.name): \($0.value)" }
    }

    /// Takes a wait that the system named.
    private mutating func take(wait: Duration) {
        retryAfter = wait
        if disposition == .retry { disposition = .retryAfter }
    }
}
