public import ResilienceCore

/// What may be done about a failure.
public enum Disposition: String, Sendable, Hashable, Codable, CaseIterable {
    /// Try again after a back-off.
    case retry
    /// Try again, not before the time that was named or is usual.
    case retryAfter
    /// Try elsewhere: another account, node or provider.
    case failover
    /// Get a new credential, then try again.
    case reauthenticate
    /// Give up: the same request will fail again.
    case fail
    /// Go on as if it had succeeded: what was asked for is the case already.
    case treatAsDone

    /// Whether the request is sent again, now or later, here or elsewhere.
    public var resends: Bool {
        switch self {
        case .retry, .retryAfter, .failover, .reauthenticate: true
        case .fail, .treatAsDone: false
        }
    }
}

/// How much a failure matters to the people who run the system: the severity of alerts.
public typealias Severity = ResilienceAlert.Severity
