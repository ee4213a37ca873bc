package import ProviderScoring

/// A policy under its name, made afresh for every process of every run.
package struct Contender: Sendable {
    package let name: String
    let isOracle: Bool
    let make: @Sendable (_ seed: UInt64) -> any SelectionPolicy

    package init(_ name: String, make: @escaping @Sendable () -> any SelectionPolicy) {
        self.name = name
        isOracle = false
        self.make = { _ in make() }
    }

    private init(oracle name: String) {
        self.name = name
        isOracle = true
        make = { _ in Ordered() }
    }

    /// Sees the state of the world, and takes the best at each instant.
    package static let oracle = Contender(oracle: "oracle")
    package static let roundRobin = Contender("round robin") { RoundRobin() }
    package static let ordered = Contender("ordered") { Ordered() }
    /// The score as it is shown, the first one of equals.
    package static let highestScore = Contender("highest score") { HighestScore(by: .cappedScore, ties: .first) }
    package static let highestRank = Contender("highest rank") { HighestScore() }
    package static let adaptive = Contender("adaptive") { Adaptive() }

    /// All of them.
    package static let all: [Contender] = [
        ordered,
        roundRobin,
        Contender("random") { RandomChoice() },
        Contender("cool-down") { CoolDown() },
        Contender("outlier ejection") { OutlierEjection() },
        Contender("outlier, tuned") { OutlierEjection(minimumProviders: 3, minimumRequests: 5, deviations: 1.3, mostOut: 0.34) },
        Contender("peak EWMA") { PeakEWMA() },
        Contender("breakers") { BreakerPolicy(over: Ordered()) },
        Contender("cheapest healthy") { CheapestHealthy() },
        highestScore,
        highestRank,
        Contender("sliding window") { SlidingWindow() },
        Contender("thompson") { DiscountedThompson() },
        adaptive,
        oracle,
    ]
}
