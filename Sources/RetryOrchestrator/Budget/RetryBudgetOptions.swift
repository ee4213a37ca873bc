public import ResilienceCore

/// How much retrying a ``RetryBudget`` allows.
public struct RetryBudgetOptions: Sendable, Hashable {
    /// The part of a retry that each success pays for.
    public let perSuccess: Double
    /// Retries that are allowed in each ``period`` however few successes there are.
    public let floor: Int
    /// The time that ``floor`` speaks of.
    public let period: Duration
    /// How many retries may be saved up.
    public let capacity: Int

    /// 0.05 of a retry for each success, at least 10 in 10 s, at most 100 saved up.
    public static let standard = RetryBudgetOptions(
        known: 0.05,
        floor: 10,
        period: .seconds(10),
        capacity: 100
    )

    /// Creates options.
    ///
    /// - Parameters:
    ///   - perSuccess: 0 to 1; kept to six decimal places. At 0.05 a service that fails 20 % of the time is retried in
    ///     full, with 1.24 times the load at most.
    ///   - floor: 0 to 1,000,000.
    ///   - period: a millisecond to a day.
    ///   - capacity: 1 to 1,000,000. What is saved up is spent when an outage begins.
    /// - Throws: `InvalidArgument` for a value out of range.
    public init(
        perSuccess: Double = 0.05,
        floor: Int = 10,
        period: Duration = .seconds(10),
        capacity: Int = 100
    ) throws(InvalidArgument) {
        try require((0...1).contains(perSuccess), "perSuccess", perSuccess, "0...1")
        try require((0...1_000_000).contains(floor), "floor", floor, "0...1000000")
        try require(period >= .milliseconds(1) && period <= .seconds(86_400), "period", period, "1 ms to 1 day")
        try require((1...1_000_000).contains(capacity), "capacity", capacity, "1...1000000")
        self.init(known: perSuccess, floor: floor, period: period, capacity: capacity)
    }

    private init(known perSuccess: Double, floor: Int, period: Duration, capacity: Int) {
        self.perSuccess = perSuccess
        self.floor = floor
        self.period = period
        self.capacity = capacity
        unitsPerSuccess = Int64((perSuccess * Double(BudgetMachine.unit)).rounded())
        unitsOfCapacity = Int64(capacity) * BudgetMachine.unit
    }

    let unitsPerSuccess: Int64
    let unitsOfCapacity: Int64
}

/// Throws unless a condition on a parameter holds.
func require(
    _ isValid: Bool,
    _ field: String,
    _ value: some Any,
    _ allowed: String
) throws(InvalidArgument) {
    guard isValid else { throw InvalidArgument(field: field, value: value, allowed: allowed) }
}
