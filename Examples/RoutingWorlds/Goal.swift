/// What the adaptive policy should reach in a world, and whether it did.
package struct Goal: Codable, Sendable {
    package let world: String
    package let what: String
    package let value: Interval
    /// The side of the interval that counts is on the right side of the limit.
    package let isMet: Bool

    private init(_ world: String, _ what: String, _ value: Interval, _ isMet: Bool) {
        (self.world, self.what, self.value, self.isMet) = (world, what, value, isMet)
    }

    /// The most points of success that are lost against the oracle.
    private static let regrets: [String: Double] = [
        "W2": 1.3, "W3": 1.3, "W4": 1.3, "W5": 1.3, "W6": 1.3, "W10": 1.3, "W12": 1.3, "W14": 1.3, "W8": 2, "W7": 3.5, "W7h": 1.5,
    ]

    /// The contenders without which the goals cannot be judged.
    package static let contenders: [Contender] = [
        .ordered, .roundRobin, .highestScore, .highestRank, .adaptive, .oracle,
    ]

    /// All goals of a world. Points are percents of the requests; the 95 % intervals of paired differences have to hold.
    package static func judge(_ comparison: Comparison) -> [Goal] {
        let world = comparison.world.id
        var goals: [Goal] = []
        func atMost(_ what: String, _ limit: Double, _ value: Interval) {
            goals.append(Goal(world, "\(what): at most \(limit)", value, value.high <= limit))
        }
        func atLeast(_ what: String, _ limit: Double, _ value: Interval) {
            goals.append(Goal(world, "\(what): at least \(limit)", value, value.low >= limit))
        }
        func points(_ policy: String, minus other: String) -> Interval {
            comparison.difference(policy, minus: other) { $0.expectedFirstTry * 100 }
        }
        if let limit = regrets[world] {
            atMost("points of first-try success lost against the oracle", limit, points("oracle", minus: "adaptive"))
            atMost("points lost against the best provider of the instant", limit, comparison.interval("adaptive") { $0.regret * 100 })
        }
        atLeast("points over the highest score", -1, points("adaptive", minus: "highest score"))
        atLeast("points over the highest rank", -1, points("adaptive", minus: "highest rank"))
        switch world {
        case "W1":
            atLeast("points over fixed order", -0.2, points("adaptive", minus: "ordered"))
            atMost("latency of fixed order", 1.1, ratio(comparison, to: "ordered") { $0.meanLatency })
        case "W6":
            // A count of its own, compared with nobody: its mean has to hold.
            let flips = comparison.interval("adaptive") { $0.flipsPerThousand }
            goals.append(Goal(world, "flips in 1,000 requests: at most 2 on average", flips, flips.mean <= 2))
        case "W7h": atLeast("points over round robin", -1, points("adaptive", minus: "round robin"))
        case "W8": atLeast("points over the highest score", 40, points("adaptive", minus: "highest score"))
        case "W14":
            atMost("latency of the highest score", 0.8, ratio(comparison, to: "highest score") { $0.meanLatency })
            atMost("cost of the highest score", 0.9, ratio(comparison, to: "highest score") { $0.pricePerSuccess })
            atLeast("points of success over the highest score", -0.05,
                comparison.difference("adaptive", minus: "highest score") { $0.success * 100 })
        default: break
        }
        return goals
    }

    private static func ratio(_ comparison: Comparison, to other: String, _ figure: (RunResult) -> Double) -> Interval {
        Interval(of: zip(comparison.results("adaptive"), comparison.results(other)).map { figure($0) / figure($1) })
    }
}
