public import ResilienceCore

/// A provider on one line, with its units: for people.
public struct ProviderComparison: Sendable, Hashable {
    /// The provider.
    public let provider: String
    /// What may be expected of it.
    public let status: ProviderStatus
    /// Its success rate: `97.5%`.
    public let successRate: String
    /// Its mean response time: `812ms`.
    public let meanResponse: String
    /// Successes and all outcomes of the window: `39/40`.
    public let successTotal: String
    /// How long ago that was written, in minutes.
    public let minutesSinceCheck: Double

    init(_ health: ProviderHealthRecord, at now: Timestamp) {
        provider = health.provider
        status = health.status
        successRate = "\(health.successRate)%"
        meanResponse = "\(health.meanResponseMs)ms"
        successTotal = "\(health.successes)/\(health.total)"
        minutesSinceCheck = Double(health.checkedAt.duration(to: now).wholeMicroseconds) / 60_000_000
    }
}

/// How often a provider failed with a message.
public struct FailureCount: Sendable, Hashable {
    /// The provider.
    public let provider: String
    /// What it said; `nil` for nothing.
    public let message: String?
    /// How often.
    public let occurrences: Int
}

/// What was asked of a provider within an hour.
public struct HourlyVolume: Sendable, Hashable {
    /// The provider.
    public let provider: String
    /// The beginning of the hour, in UTC.
    public let hour: Timestamp
    /// Attempts.
    public let total: Int
    /// Those that succeeded.
    public let successful: Int
    /// Their mean response time in milliseconds, rounded.
    public let meanMs: Int64
}

/// How long an operation takes at a provider.
public struct OperationTime: Sendable, Hashable {
    /// The provider.
    public let provider: String
    /// The operation.
    public let operation: String
    /// The mean response time in milliseconds.
    public let meanMs: Double
    /// The longest one.
    public let longestMs: Int64
    /// Attempts.
    public let requests: Int
}

/// How a provider fared in one period, and what changed.
public struct ProviderTrend: Sendable, Hashable {
    /// The provider.
    public let provider: String
    /// The end of the period, not included.
    public let end: Timestamp
    /// Attempts.
    public let requests: Int
    /// Their success rate in percent; 0 if there were none.
    public let successRate: Double
    /// Their mean response time in milliseconds.
    public let meanMs: Double
    /// By how much the success rate changed since the last period with attempts, in points; `nil` if there is none.
    public let rateChange: Double?
    /// By how much the mean response time changed since then, in milliseconds.
    public let meanChange: Double?

    init(_ provider: String, endingAt end: Timestamp, _ sums: Sums, after previous: Sums?) {
        self.provider = provider
        self.end = end
        requests = sums.total
        successRate = sums.successRate
        meanMs = sums.meanMs
        let before = sums.total > 0 ? previous : nil
        rateChange = before.map { sums.successRate - $0.successRate }
        meanChange = before.map { sums.meanMs - $0.meanMs }
    }
}
