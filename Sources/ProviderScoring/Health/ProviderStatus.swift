internal import ResilienceCore

/// What may be expected of a provider, by its window.
public enum ProviderStatus: String, Sendable, Hashable, CaseIterable, Codable {
    /// Nothing is known of it: it has not been called, or not for longer than the window reaches.
    case unknown
    /// It succeeds often enough and fast enough.
    case healthy
    /// It fails too often, or is too slow.
    case degraded
    /// It fails more often than it succeeds.
    case unavailable
}

/// Where healthy ends and unavailable begins.
///
/// Under ``unavailableBelow`` a provider is unavailable; else under ``healthyFrom``, or slower than ``slowAbove`` on
/// average, it is degraded; else it is healthy. What equals a limit is on its better side.
///
/// ```swift
/// let thresholds = try HealthThresholds(healthyFrom: 95)
/// ```
public struct HealthThresholds: Sendable, Hashable {
    /// Success rate in percent under which a provider is unavailable.
    public let unavailableBelow: Double
    /// Success rate in percent from which a provider is healthy.
    public let healthyFrom: Double
    /// Mean response time above which a provider is degraded.
    public let slowAbove: Duration

    private let slowMilliseconds: Double

    /// Percentages in 0...100, `unavailableBelow` at most `healthyFrom`; `slowAbove` above zero. Throws ``InvalidArgument``.
    public init(
        unavailableBelow: Double = 50,
        healthyFrom: Double = 90,
        slowAbove: Duration = .milliseconds(5_000)
    ) throws {
        guard (0...100).contains(healthyFrom) else {
            throw InvalidArgument(field: "healthyFrom", value: healthyFrom, allowed: "0...100")
        }
        guard unavailableBelow >= 0, unavailableBelow <= healthyFrom else {
            throw InvalidArgument(field: "unavailableBelow", value: unavailableBelow, allowed: "0...healthyFrom")
        }
        guard slowAbove > .zero else { throw InvalidArgument(field: "slowAbove", value: slowAbove, allowed: "above zero") }
        self.init(checked: unavailableBelow, healthyFrom, slowAbove)
    }

    private init(checked unavailableBelow: Double, _ healthyFrom: Double, _ slowAbove: Duration) {
        self.unavailableBelow = unavailableBelow
        self.healthyFrom = healthyFrom
        self.slowAbove = slowAbove
        slowMilliseconds = slowAbove / .milliseconds(1)
    }

    /// 50 and 90 percent, 5,000 milliseconds.
    public static let standard = HealthThresholds(checked: 50, 90, .milliseconds(5_000))

    /// The status of a provider with this window.
    public func status(of health: HealthSummary?) -> ProviderStatus {
        guard let health else { return .unknown }
        let rate = health.successRate
        if rate < unavailableBelow { return .unavailable }
        return rate < healthyFrom || health.meanMilliseconds > slowMilliseconds ? .degraded : .healthy
    }
}
