public import ResilienceCore

/// The health of one provider as it stands in the store, for reports and other programs.
public struct ProviderHealthRecord: Sendable, Hashable, Codable {
    /// The provider.
    public var provider: String
    /// What may be expected of it.
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

    init(_ snapshot: ProviderSnapshot, createdAt: Timestamp, at now: Timestamp) {
        provider = snapshot.name
        status = snapshot.status
        // As a number with two digits behind the point, which is how it is shown.
        successRate = ((snapshot.health?.successRate ?? 100) * 100).rounded() / 100
        meanResponseMs = Int64((snapshot.health?.meanMilliseconds ?? 0).rounded())
        total = snapshot.health?.count ?? 0
        successes = snapshot.health?.successes ?? 0
        failures = snapshot.health?.failures ?? 0
        lastSuccessAt = snapshot.lastSuccess
        lastFailureAt = snapshot.lastFailure
        checkedAt = now
        self.createdAt = createdAt
    }
}
