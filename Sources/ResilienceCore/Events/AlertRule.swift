/// When reported alerts become alerts that are sent.
///
/// ```swift
/// let rules: [AlertRule] = [
///     .each(code: "INSUFFICIENT_FUNDS", atMostOncePer: .seconds(60)),
///     .moreThan(5, name: "payment.failed", within: .seconds(3600)),
///     .moreThan(10, code: "RATE_LIMIT_EXCEEDED", within: .seconds(3600)),
/// ]
/// ```
public struct AlertRule: Sendable, Hashable {
    /// The name that an alert must have; `nil` for any.
    public let name: String?
    /// The code that an alert must have; `nil` for any, and for none.
    public let code: String?
    let trigger: Trigger

    enum Trigger: Sendable, Hashable {
        case each(atMostOncePer: Duration)
        case moreThan(Int, within: Duration)
    }

    /// Sends each alert that matches, but none sooner after the one before than `interval`.
    ///
    /// - Parameters:
    ///   - name: the name that an alert must have; `nil` for any.
    ///   - code: the code that an alert must have; `nil` for any.
    ///   - interval: the least time between two; zero for all of them.
    public static func each(
        name: String? = nil,
        code: String? = nil,
        atMostOncePer interval: Duration = .zero
    ) -> AlertRule {
        AlertRule(name: name, code: code, trigger: .each(atMostOncePer: interval))
    }

    /// Sends one alert that says so when more than `count` that match were reported within `window`.
    ///
    /// Then it is silent for as long as the window, and says so again if it still holds at the next report.
    ///
    /// - Parameters:
    ///   - count: how many are still in order, 0 to 10,000.
    ///   - name: the name that an alert must have; `nil` for any.
    ///   - code: the code that an alert must have; `nil` for any.
    ///   - window: the time in which they are counted. More than zero.
    public static func moreThan(
        _ count: Int,
        name: String? = nil,
        code: String? = nil,
        within window: Duration
    ) -> AlertRule {
        AlertRule(name: name, code: code, trigger: .moreThan(count, within: window))
    }

    /// For payments that fail: each for want of funds, once a minute at most; more than five of any kind in an hour, and
    /// more than ten that were refused for their rate.
    public static let failedPayments: [AlertRule] = [
        .each(name: "payment.failed", code: "INSUFFICIENT_FUNDS", atMostOncePer: .seconds(60)),
        .moreThan(5, name: "payment.failed", within: .seconds(3_600)),
        .moreThan(10, name: "payment.failed", code: "RATE_LIMIT_EXCEEDED", within: .seconds(3_600)),
    ]

    /// Whether an alert is one that this rule speaks of.
    public func matches(_ alert: ResilienceAlert) -> Bool {
        (name == nil || name == alert.name) && (code == nil || code == alert.code)
    }

    func validate() throws(InvalidArgument) {
        switch trigger {
        case .each(let interval):
            guard interval >= .zero else {
                throw InvalidArgument(field: "atMostOncePer", value: interval, allowed: "zero or more")
            }
        case .moreThan(let count, let window):
            guard (0...10_000).contains(count) else {
                throw InvalidArgument(field: "moreThan", value: count, allowed: "0...10000")
            }
            _ = try window.positive("within")
        }
    }
}
