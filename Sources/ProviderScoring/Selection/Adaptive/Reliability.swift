/// What is believed of a provider's success probability while it is up: a Beta distribution that forgets by outcomes and
/// by time, so that an idle provider becomes unknown again.
struct Reliability {
    /// What is believed of a provider of which nothing is known: as much as a few outcomes would say.
    static let prior = (successes: 1.8, failures: 0.2)

    /// How fast a probability is taken to wander while nobody looks: the variance of what is believed grows with time. So
    /// the more is known the faster it is forgotten, and after a half-life no more than 1 / (wander × ln 2) = 48 outcomes
    /// are left of however many.
    private static let wander = 0.03

    private(set) var successes = 0.0
    private(set) var failures = 0.0
    private var updatedAt: Int64 = .min

    init() {}

    init(_ successes: Double, _ failures: Double, at now: Int64) {
        (self.successes, self.failures, updatedAt) = (successes, failures, now)
    }

    mutating func record(_ isSuccess: Bool, at now: Int64, memory: Double, rate: Double) {
        forget(until: now, rate: rate)
        let kept = 1 - 1 / memory
        successes = Numbers.withoutDust(successes * kept + (isSuccess ? 1 : 0))
        failures = Numbers.withoutDust(failures * kept + (isSuccess ? 0 : 1))
    }

    /// Forgets for the time that has passed, at a rate per microsecond; gives what share of it time alone leaves.
    @discardableResult
    mutating func forget(until now: Int64, rate: Double) -> Double {
        defer { updatedAt = Swift.max(updatedAt, now) }
        guard updatedAt != .min, now > updatedAt else { return 1 }
        let passed = rate * Double(now - updatedAt)
        let kept = Numbers.decay(-passed)
        let known = kept / (1 + (successes + failures) * kept * passed * Self.wander)
        successes *= known
        failures *= known
        return kept
    }

    /// How many outcomes it rests on, the prior's included.
    var weight: Double { successes + failures + Self.prior.successes + Self.prior.failures }
    var mean: Double { (successes + Self.prior.successes) / weight }
    /// The standard deviation of what is believed.
    var spread: Double { (mean * (1 - mean) / (weight + 1)).squareRoot() }
}
