extension Classification {
    /// Fits a rule's verdict to this failure: its code, its wait, how far the request came.
    mutating func adapt(to failure: Failure) {
        if code == nil { code = failure.code }
        switch failure.transmission {
        case .notSent: isAmbiguous = false
        case .sent: if category == .network || category == .timeout { isAmbiguous = true }
        case .unknown: break
        }
        if let wait = failure.retryAfter { take(wait: wait) }
    }

    /// Takes a wait that the system named.
    mutating func take(wait: Duration) {
        retryAfter = wait
        if disposition == .retry { disposition = .retryAfter }
    }
}
