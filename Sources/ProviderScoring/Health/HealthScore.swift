public import ResilienceCore

/// How good a provider looks, 0 to 100, and why.
///
/// The score starts with the success rate of the window in percent. Then, by term:
///
/// | term | points |
/// | --- | --- |
/// | mean response under 2,000 ms / over 5,000 ms | +10 / −10 |
/// | stock over 100 / under 10 | +10 / −10 |
/// | last success under 1 hour ago / over 24 hours ago | +5 / −10 |
///
/// What equals a limit gives no points; unknown stock and an unknown last success neither. Without a window the score is
/// 50. Without stock it is 0 in every case. ``value`` is the sum in 0...100, ``rank`` the sum itself: with all bonuses a
/// success rate of 75 % already shows 100, so choosing goes by `rank`.
///
/// ```swift
/// let health = HealthSummary(count: 100, successes: 80, meanResponse: .milliseconds(3_000))
/// let score = HealthScore(health: health, stock: 50, lastSuccess: nil, at: clock.now)
/// print(score.value, score.terms)
/// ```
public struct HealthScore: Sendable, Hashable {
    /// One summand and its reason.
    public struct Term: Sendable, Hashable, CustomStringConvertible {
        /// What it goes by.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// The success rate, or 50 where nothing is known.
            case successRate
            /// The mean response time.
            case response
            /// The stock.
            case stock
            /// How long ago the last success was.
            case lastSuccess
        }

        /// What it goes by.
        public let kind: Kind
        /// What it adds; may be negative.
        public let points: Double

        public var description: String { "\(kind.rawValue) \(points >= 0 ? "+" : "")\(points)" }
    }

    /// The success rate in percent, or 50 where nothing is known.
    public let base: Double
    /// −10, 0 or 10.
    public let responsePoints: Double
    /// −10, 0 or 10.
    public let stockPoints: Double
    /// −10, 0 or 5.
    public let lastSuccessPoints: Double
    /// Whether the stock is known to be zero, which makes the score 0.
    public let isOutOfStock: Bool

    /// The score of a provider. `stock` and `lastSuccess` are `nil` where they are not known.
    public init(health: HealthSummary?, stock: Int?, lastSuccess: Timestamp?, at now: Timestamp) {
        isOutOfStock = stock.map { $0 <= 0 } ?? false
        guard let health else {
            (base, responsePoints, stockPoints, lastSuccessPoints) = (50, 0, 0, 0)
            return
        }
        base = health.successRate
        let mean = health.meanMilliseconds
        responsePoints = mean < 2_000 ? 10 : mean > 5_000 ? -10 : 0
        stockPoints = stock.map { $0 > 100 ? 10 : $0 < 10 ? -10 : 0 } ?? 0
        guard let lastSuccess else {
            lastSuccessPoints = 0
            return
        }
        let (passed, overflow) = now.microseconds.subtractingReportingOverflow(lastSuccess.microseconds)
        let since = overflow ? (now > lastSuccess ? .max : 0) : passed
        lastSuccessPoints = since < Self.recent ? 5 : since > Self.longAgo ? -10 : 0
    }

    /// How long a last success is recent, and from when on it is long ago, in microseconds.
    static let recent: Int64 = 3_600_000_000
    static let longAgo: Int64 = 86_400_000_000

    /// The score of a provider as a router or a policy sees it.
    public init(_ provider: ProviderState, at now: Timestamp) {
        self.init(health: provider.health, stock: provider.stock?.count, lastSuccess: provider.lastSuccess, at: now)
    }

    /// The score, 0...100.
    public var value: Double { min(max(rank, 0), 100) }

    /// The sum of the terms without the cap, −30...125: what to choose by. 0 without stock.
    public var rank: Double {
        isOutOfStock ? 0 : base + responsePoints + stockPoints + lastSuccessPoints
    }

    /// The summands that are not zero, the base first. Allocates.
    public var terms: [Term] {
        let all = [
            Term(kind: .successRate, points: base), Term(kind: .response, points: responsePoints),
            Term(kind: .stock, points: stockPoints), Term(kind: .lastSuccess, points: lastSuccessPoints),
        ]
        return all.filter { $0.kind == .successRate || $0.points != 0 }
    }
}
