import ProviderScoring
import ResilienceCore
import Testing

/// The score and the status, at every boundary.
@Suite struct HealthScoreTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func health(_ rate: Int, milliseconds: Int) -> HealthSummary? {
        HealthSummary(count: 100, successes: rate, meanResponse: .milliseconds(milliseconds))
    }

    private func score(
        _ rate: Int, _ milliseconds: Int = 3_000, stock: Int? = 50, success ago: Duration? = .seconds(5 * 3_600)
    ) -> HealthScore {
        let last = ago.map { now.advanced(by: .zero - $0) }
        return HealthScore(health: health(rate, milliseconds: milliseconds), stock: stock, lastSuccess: last, at: now)
    }

    @Test func M6_aFastProviderWithStockIsCappedAt100() {
        let score = score(95, 1_500, stock: 150, success: .seconds(600))
        #expect(score.value == 100)
        #expect(score.rank == 120)
        #expect(score.terms.map(\.points) == [95, 10, 10, 5])
        #expect("\(score.terms[3])" == "lastSuccess +5.0")
    }

    @Test func M8_aMiddlingProviderHasItsRate() {
        #expect(score(80).value == 80)
        #expect(score(80).terms.map(\.kind) == [.successRate])
    }

    @Test func M9_withoutHistoryOnlyStockCounts() {
        for (stock, value) in [(3, 50.0), (0, 0), (500, 50)] {
            #expect(HealthScore(health: nil, stock: stock, lastSuccess: nil, at: now).value == value)
        }
        #expect(HealthScore(health: nil, stock: nil, lastSuccess: nil, at: now).value == 50)
    }

    @Test func M10_withoutStockTheScoreIsZero() {
        #expect(score(95, stock: 0).value == 0)
        #expect(score(95, stock: 0).rank == 0)
        #expect(score(95, stock: nil).value == 95)
    }

    @Test(arguments: [(1_999, 10.0), (2_000, 0), (2_001, 0), (4_999, 0), (5_000, 0), (5_001, -10)])
    func M11_responseTime(milliseconds: Int, points: Double) {
        #expect(score(50, milliseconds).responsePoints == points)
        #expect(score(50, milliseconds).value == 50 + points)
    }

    @Test(arguments: [(1, -10.0), (9, -10), (10, 0), (11, 0), (99, 0), (100, 0), (101, 10)])
    func M11_stock(stock: Int, points: Double) {
        #expect(score(50, stock: stock).stockPoints == points)
        #expect(score(50, stock: stock).value == 50 + points)
    }

    @Test func M11_lastSuccess() {
        let step = Duration.microseconds(1)
        let table: [(Duration?, Double)] = [
            (nil, 0), (.zero, 5), (.seconds(3_600) - step, 5), (.seconds(3_600), 0), (.seconds(86_400), 0),
            (.seconds(86_400) + step, -10), (.seconds(-5), 5),
        ]
        for (ago, points) in table { #expect(score(50, success: ago).lastSuccessPoints == points) }
    }

    /// All boundaries together, against the table of the rules.
    @Test func M6_M8_M9_M10_M11_everyCombinationIsTheSumOfItsTerms() {
        let hour = Duration.seconds(3_600)
        let rates = [0, 1, 49, 50, 51, 89, 90, 91, 99, 100]
        let times = [(0, 10.0), (1_999, 10), (2_000, 0), (2_001, 0), (4_999, 0), (5_000, 0), (5_001, -10), (60_000, -10)]
        let stocks: [(Int?, Double)] = [(nil, 0), (1, -10), (9, -10), (10, 0), (11, 0), (99, 0), (100, 0), (101, 10), (9_999, 10)]
        let ages: [(Duration?, Double)] = [
            (nil, 0), (.zero, 5), (hour - .microseconds(1), 5), (hour, 0), (hour + .microseconds(1), 0),
            (hour * 24 - .microseconds(1), 0), (hour * 24, 0), (hour * 24 + .microseconds(1), -10),
        ]
        for rate in rates {
            for (time, response) in times {
                for (stock, pieces) in stocks {
                    for (age, last) in ages {
                        let found = score(rate, time, stock: stock, success: age)
                        let sum = Double(rate) + response + pieces + last
                        guard found.rank != sum || found.value != min(max(sum, 0), 100) else { continue }
                        Issue.record("\(rate) %, \(time) ms, stock \(stock ?? -1), \(age ?? .zero): \(found)")
                    }
                }
                #expect(score(rate, time, stock: 0).value == 0)
            }
        }
    }

    @Test func theScoreStaysBetween0And100() {
        #expect(score(5, 6_000, stock: 1, success: .seconds(90_000)).value == 0)
        #expect(score(5, 6_000, stock: 1, success: .seconds(90_000)).rank == -25)
        #expect(score(0).value == 0)
        #expect(HealthScore(health: nil, stock: 1, lastSuccess: .distantPast, at: .distantFuture).value == 50)
        #expect(
            HealthScore(health: health(9, milliseconds: 3_000), stock: 50, lastSuccess: .distantPast, at: .distantFuture)
                .lastSuccessPoints == -10)
    }

    @Test(arguments: [
        (100, 800, ProviderStatus.healthy), (89, 800, .degraded), (90, 800, .healthy), (50, 800, .degraded),
        (49, 800, .unavailable), (100, 5_001, .degraded), (100, 5_000, .healthy), (0, 1, .unavailable),
    ])
    func M1_M2_M3_status(rate: Int, milliseconds: Int, status: ProviderStatus) {
        #expect(HealthThresholds.standard.status(of: health(rate, milliseconds: milliseconds)) == status)
    }

    @Test func M5_withoutRequestsTheStatusIsUnknown() {
        #expect(HealthThresholds.standard.status(of: nil) == .unknown)
    }

    @Test func badThresholdsAreRefused() throws {
        #expect(throws: InvalidArgument.self) { try HealthThresholds(unavailableBelow: 91) }
        #expect(throws: InvalidArgument.self) { try HealthThresholds(unavailableBelow: -1) }
        #expect(throws: InvalidArgument.self) { try HealthThresholds(healthyFrom: 100.1) }
        #expect(throws: InvalidArgument.self) { try HealthThresholds(healthyFrom: .nan) }
        #expect(throws: InvalidArgument.self) { try HealthThresholds(slowAbove: .zero) }
        #expect(throws: InvalidArgument.self) { try HealthOptions(windowSize: 0) }
        #expect(throws: InvalidArgument.self) { try HealthOptions(stockAge: .zero) }
        #expect(try HealthThresholds(unavailableBelow: 0, healthyFrom: 0).status(of: health(0, milliseconds: 1)) == .healthy)
    }

    @Test func aSummaryFromElsewhereIsChecked() {
        #expect(HealthSummary(count: 0, successes: 0, meanResponse: .zero) == nil)
        #expect(HealthSummary(count: 3, successes: 4, meanResponse: .zero) == nil)
        #expect(HealthSummary(count: 3, successes: 3, meanResponse: .seconds(-1))?.meanMilliseconds == 0)
        #expect(HealthSummary(count: .max, successes: 1, meanResponse: .seconds(Int64.max)) != nil)
    }
}
