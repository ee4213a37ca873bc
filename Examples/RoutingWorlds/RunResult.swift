/// How one contender fared in one world with one seed.
package struct RunResult: Codable, Sendable {
    package let world: String
    package let policy: String
    package let seed: UInt64
    package let requests: Int
    /// The share of requests whose first attempt succeeded, as it happened and as it was to be expected.
    package let firstTry: Double
    package let expectedFirstTry: Double
    /// The share of requests that succeeded in the end.
    package let success: Double
    package let attempts: Double
    /// Seconds from a request to its end, failed attempts included.
    package let meanLatency: Double
    package let p95: Double
    package let p99: Double
    package let pricePerSuccess: Double
    /// The best provider's success probability at that instant minus that of the one picked, on average.
    package let regret: Double
    /// The same for success − 0.02 x seconds − 0.02 x price.
    package let utilityRegret: Double
    /// Seconds until an outage was noticed, and until its end was, where there were outages.
    package let detection: Double?
    package let returnDelay: Double?
    package let flipsPerThousand: Double
    package let worstFiveMinutes: Double
    /// The largest share of the first picks, in multiples of an even one.
    package let loadRatio: Double
    package let secondsPerBin: Double
    /// For each stretch of time, the share of each provider in the first picks, and the regret.
    package let shares: [[Double]]
    package let regrets: [Double]
}
