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

/// How much a failure matters to the people who run the system.
public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Expected in daily work; count it.
    case low
    /// Look at it when it piles up.
    case medium
    /// Look at it soon.
    case high
    /// Wake somebody.
    case critical

    /// `low` comes first.
    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        case .critical: 3
        }
    }
}
