public import ResilienceCore

/// What a provider said of its quota: so many more calls, and when there is another one.
public struct Allowance: Sendable, Hashable {
    /// Calls that were left when it answered.
    public var remaining: Int
    /// When at least one more is allowed, if none is left.
    public var resetsAt: Timestamp

    /// So many calls left, and when there are more.
    public init(remaining: Int, resetsAt: Timestamp) {
        self.remaining = max(remaining, 0)
        self.resetsAt = resetsAt
    }
}

/// How one call to a provider ended.
public struct ProviderOutcome: Sendable, Hashable {
    /// What became of it. Only the first three count for the provider's health.
    public enum Kind: Sendable, Hashable {
        /// It did what was asked.
        case success
        /// A failure of the provider's own, a timeout included.
        case failure
        /// It had too much to do (503); until when it asked to be left alone, if it did. Counts as a failure.
        case overloaded(until: Timestamp?)
        /// It is sold out.
        case stockOut
        /// We called too often (429); until when it asked to be left alone, if it did.
        case limited(until: Timestamp?)
        /// Our quota or balance there is spent; until when, if it said so.
        case quota(until: Timestamp?)
        /// It refused our credentials.
        case refused
        /// The request itself was wrong.
        case callerMistake
        /// The caller gave up.
        case cancelled
        /// The fault was on our side: no network, or no descriptors, memory or connections left.
        case localNetwork
    }

    /// What became of it.
    public var kind: Kind
    /// When the answer was there.
    public var ended: Timestamp
    /// How long it took, on a clock that no correction steps.
    public var elapsed: Duration { didSet { microseconds = elapsed.wholeMicroseconds } }
    /// The same in microseconds: each policy needs it, and to divide a duration costs more than the rest of a record.
    private(set) var microseconds: Int64
    /// What the answer said of the quota, if it did.
    public var allowance: Allowance?

    /// An outcome.
    public init(_ kind: Kind, ended: Timestamp, elapsed: Duration, allowance: Allowance? = nil) {
        self.kind = kind
        self.ended = ended
        self.elapsed = elapsed
        microseconds = elapsed.wholeMicroseconds
        self.allowance = allowance
    }

    /// An outcome of a call that began then, its time held to zero to an hour.
    init(_ kind: Kind, began: Timestamp, elapsed: Duration, allowance: Allowance? = nil) {
        self.kind = kind
        self.allowance = allowance
        let exact = elapsed.wholeMicroseconds
        microseconds = min(max(exact, 0), 3_600_000_000)
        self.elapsed = microseconds == exact ? elapsed : .microseconds(microseconds)
        ended = Timestamp(microseconds: Numbers.sum(began.microseconds, microseconds))
    }

    /// When the call began, in microseconds.
    var began: Int64 { Numbers.time(from: microseconds, to: ended.microseconds) }

    /// Whether it is a success; `nil` where it says nothing about the provider's health.
    public var health: Bool? {
        switch kind {
        case .success: true
        case .failure, .overloaded: false
        case .stockOut, .limited, .quota, .refused, .callerMistake, .cancelled, .localNetwork: nil
        }
    }
}
