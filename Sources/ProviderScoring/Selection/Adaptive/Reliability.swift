/// What is believed of a provider's success probability while it is up: a Beta distribution that forgets by outcomes and
/// by time, so that an idle provider becomes unknown again.
struct Reliability {
    /// What is believed of a provider of which nothing is known: as much as a few outcomes would say.
    static let prior = (successes: 1.8, failures: 0.2)

    private(set) var successes = 0.0
    private(set) var failures = 0.0
    private var updatedAt: Int64 = .min

    mutating func record(_ isSuccess: Bool, at now: Int64, memory: Double, rate: Double) {
        forget(until: now, rate: rate)
        let kept = 1 - 1 / memory
        successes = successes * kept + (isSuccess ? 1 : 0)
        failures = failures * kept + (isSuccess ? 0 : 1)
    }

    /// Forgets for the time that has passed, at a rate per microsecond; gives what share of it is kept.
    @discardableResult
    mutating func forget(until now: Int64, rate: Double) -> Double {
        defer { updatedAt = Swift.max(updatedAt, now) }
        guard updatedAt != .min, now > updatedAt else { return 1 }
        let kept = Numbers.decay(-rate * Double(now - updatedAt))
        successes *= kept
        failures *= kept
        return kept
    }

    /// How many outcomes it rests on, the prior's included.
    var weight: Double { successes + failures + Self.prior.successes + Self.prior.failures }
    var mean: Double { (successes + Self.prior.successes) / weight }
    /// The standard deviation of what is believed.
    var spread: Double { (mean * (1 - mean) / (weight + 1)).squareRoot() }
}
