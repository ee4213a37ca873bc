internal import ResilienceCore

/// What a window of outcomes amounts to.
public struct HealthSummary: Sendable, Hashable {
    /// How many outcomes there are; above zero wherever a summary is given.
    public internal(set) var count: Int
    /// How many of them succeeded.
    public internal(set) var successes: Int
    var totalMicroseconds: Int64

    init(count: Int, successes: Int, totalMicroseconds: Int64) {
        self.count = count
        self.successes = successes
        self.totalMicroseconds = totalMicroseconds
    }

    /// A summary from elsewhere: of a log, or of another process. `nil` unless `count` is above zero and `successes` is in
    /// `0...count`; a negative mean counts as zero, one over an hour as an hour.
    public init?(count: Int, successes: Int, meanResponse: Duration) {
        guard count > 0, (0...count).contains(successes) else { return nil }
        let mean = min(max(meanResponse, .zero), .seconds(3_600))
        let (total, overflow) = mean.wholeMicroseconds.multipliedReportingOverflow(by: Int64(count))
        self.init(count: count, successes: successes, totalMicroseconds: overflow ? .max : total)
    }

    /// How many did not succeed.
    public var failures: Int { count - successes }
    /// Successes of the count, 0...100.
    public var successRate: Double { count == 0 ? 0 : Double(successes) * 100 / Double(count) }
    /// The mean time of an outcome, failures too, in milliseconds.
    public var meanMilliseconds: Double { count == 0 ? 0 : Double(totalMicroseconds) / (1_000 * Double(count)) }
    /// Whether the mean time of an outcome is at most so many microseconds, without a division.
    func isWithin(_ microseconds: Int64) -> Bool {
        let (most, overflow) = microseconds.multipliedReportingOverflow(by: Int64(count))
        return overflow || totalMicroseconds <= most
    }

    /// The mean time of an outcome, failures too.
    public var meanResponse: Duration { count == 0 ? .zero : .microseconds(totalMicroseconds) / count }
}
