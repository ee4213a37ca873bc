public import ResilienceCore

/// The health of one provider as it stands in the store, for reports and other programs: that of its last window with a
/// request in it. A provider of which nothing is known has none, and keeps the one it had.
public struct ProviderHealthRecord: Sendable, Hashable, Codable {
    /// The provider.
    public var provider: String
    /// What may be expected of it; not `unknown`.
    public var status: ProviderStatus
    /// Of the window, in percent.
    public var successRate: Double
    /// The mean of the window in milliseconds, rounded.
    public var meanResponseMs: Int64
    /// Outcomes in the window.
    public var total: Int
    /// Those that succeeded.
    public var successes: Int
    /// Those that failed by the provider's own fault.
    public var failures: Int
    /// When it last succeeded.
    public var lastSuccessAt: Timestamp?
    /// When it last failed.
    public var lastFailureAt: Timestamp?
    /// When this was written.
    public var checkedAt: Timestamp
    /// When the provider was first seen.
    public var createdAt: Timestamp

    /// `nil` where there is nothing to tell.
    init?(_ snapshot: ProviderSnapshot, createdAt: Timestamp, at now: Timestamp) {
        guard let health = snapshot.health else { return nil }
        provider = snapshot.name
        status = snapshot.status
        // As a number with two digits behind the point, which is how it is shown.
        successRate = (health.successRate * 100).rounded() / 100
        meanResponseMs = Int64(health.meanMilliseconds.rounded())
        total = health.count
        successes = health.successes
        failures = health.failures
        lastSuccessAt = snapshot.lastSuccess
        lastFailureAt = snapshot.lastFailure
        checkedAt = now
        self.createdAt = createdAt
    }
}
