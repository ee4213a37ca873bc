internal import ResilienceCore

/// How outcomes become the health of providers.
///
/// ```swift
/// let options = try HealthOptions(windowSize: 50, windowAge: .seconds(3_600))
/// ```
public struct HealthOptions: Sendable, Hashable {
    /// How many outcomes of a provider count.
    public let windowSize: Int
    /// How long an outcome counts.
    public let windowAge: Duration
    /// Where healthy ends and unavailable begins.
    public let thresholds: HealthThresholds
    /// How long a stock of zero is believed. After that it is unknown, and the provider is asked again.
    public let stockAge: Duration
    /// How long a provider rests that refused our credentials or whose quota is spent, unless it said until when.
    public let refusalPause: Duration

    /// `windowSize` in 1...1,000,000 and durations above zero. Throws ``InvalidArgument``.
    public init(
        windowSize: Int = 100,
        windowAge: Duration = .seconds(86_400),
        thresholds: HealthThresholds = .standard,
        stockAge: Duration = .seconds(300),
        refusalPause: Duration = .seconds(60)
    ) throws {
        _ = try HealthWindow(size: windowSize, age: windowAge)
        for (field, value) in [("stockAge", stockAge), ("refusalPause", refusalPause)] where value <= .zero {
            throw InvalidArgument(field: field, value: value, allowed: "above zero")
        }
        self.init(checked: windowSize, windowAge, thresholds, stockAge, refusalPause)
    }

    private init(
        checked windowSize: Int, _ windowAge: Duration, _ thresholds: HealthThresholds, _ stockAge: Duration,
        _ refusalPause: Duration
    ) {
        self.windowSize = windowSize
        self.windowAge = windowAge
        self.thresholds = thresholds
        self.stockAge = stockAge
        self.refusalPause = refusalPause
    }

    /// 100 outcomes of the last 24 hours; a stock of zero holds for five minutes, a refusal for one.
    public static let standard = HealthOptions(checked: 100, .seconds(86_400), .standard, .seconds(300), .seconds(60))
}
