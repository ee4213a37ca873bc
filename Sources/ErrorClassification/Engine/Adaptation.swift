import ResilienceCore

extension Classification {
    /// Fits a rule's verdict to this failure: its code, how far the request came, what the reply says about a wait.
    ///
    /// A failure that adds nothing leaves the rule's own verdict, without a copy.
    @inline(__always)
    mutating func adapt(to failure: borrowing Failure, clock: any WallClock) {
        if code == nil { code = failure.code }
        if failure.mayChange(self) { fields.adapt(to: failure, clock: clock) }
    }
}

extension Failure {
    /// Whether it may say what the verdict of its rule does not.
    @inline(__always)
    fileprivate borrowing func mayChange(_ verdict: Classification) -> Bool {
        if !headers.isEmpty || retryAfter != nil { return true }
        if !message.isEmpty, verdict.category.mayNameWait { return true }
        switch transmission {
        case .notSent: return verdict.isAmbiguous
        case .sent: return !verdict.isAmbiguous && verdict.category.isOfTheWay
        case .unknown: return false
        }
    }
}

extension Classification.Fields {
    fileprivate mutating func adapt(to failure: borrowing Failure, clock: any WallClock) {
        switch failure.transmission {
        case .notSent: isAmbiguous = false
        case .sent: if category.isOfTheWay { isAmbiguous = true }
        case .unknown: break
        }
        if !failure.headers.isEmpty {
            let happened = failure.at
            take(RetryHint(headers: failure.headers, now: happened ?? clock.now))
        }
        if let wait = failure.retryAfter { take(wait: wait) }
        if category.mayNameWait, retryAfter == nil, ignoredHint == nil, !failure.message.isEmpty {
            if let wait = MessageWait.find(in: failure.message) { take(wait: wait) }
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

extension Category {
    /// Whether it happened on the way, where a request that was sent may have arrived.
    fileprivate var isOfTheWay: Bool { self == .network || self == .timeout }

    /// Only these are sent again later, and their messages say when.
    fileprivate var mayNameWait: Bool {
        switch self {
        case .rateLimited, .quotaExhausted, .overloaded, .unavailable: true
        default: false
        }
    }
}
