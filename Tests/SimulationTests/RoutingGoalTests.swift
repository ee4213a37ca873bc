import ProviderScoring
import ResilienceCore
import RoutingWorlds
import Testing

/// What the adaptive policy reaches in worlds, and that nobody gets more out of a world than it has.
@Suite struct RoutingGoalTests {
    /// All thirty wherever simulations are gone through: the interval of a few is wider than some goals. In a debug build one.
    private var seeds: ClosedRange<UInt64> { SimulationShare.isRelease ? 11...40 : 11...11 }

    /// In a debug build the drift and two more, all of them short.
    private var worlds: [World] {
        guard !SimulationShare.isRelease else {
            return World.all.filter { !$0.id.hasPrefix("W15") }.map { world in
                var world = world
                world.seconds = world.id == "W8" ? 900 : world.seconds
                return world
            }
        }
        var (outage, sparse, drift) = (World.oneOutage, World.sparse, World.drift)
        outage.seconds = 9_000
        sparse.seconds /= 2
        (drift.rate, drift.seconds) = (drift.rate / 4, drift.seconds / 2)
        return [outage, sparse, drift]
    }

    /// Each goal is met by the adaptive policy, and missed by one that is no good: no goal lets everything pass.
    @Test(arguments: [false, true]) func theAdaptivePolicyReachesItsGoals(inOddWorlds isOdd: Bool) async throws {
        // Beside the others, two that are no good.
        let poor = [Contender("the last") { Reversed() }, Contender("the second") { Stubborn() }]
        for (number, world) in worlds.enumerated() where number % 2 == (isOdd ? 1 : 0) {
            let comparison = try await Comparison(world, Goal.contenders + poor, seeds: seeds)
            let impostors = ["ordered", "round robin", "highest score"] + poor.map(\.name)
            let judged = impostors.map { Goal.judge(comparison.presenting($0, as: Contender.adaptive.name)) }
            for (place, goal) in Goal.judge(comparison).enumerated() {
                #expect(goal.isMet, "\(goal.world), \(goal.what): \(goal.value)")
                // A call that fails over reaches somebody in the end, whoever is asked first.
                let canBeMissed = !goal.what.hasPrefix("points of success")
                #expect(!canBeMissed || judged.contains { !$0[place].isMet }, "\(goal.world), \(goal.what): whoever is met")
            }
        }
    }

    /// The drifts in which a policy that takes them for outages is lost: two providers that cross, while a third one stays.
    @Test(arguments: [1_800, 3_600, 7_200, 21_600.0])
    func providersThatCrossAreFollowedAsTheHighestScoreFollowsThem(every period: Double) async throws {
        var world = World.drift
        world.id = "crossing"
        world.providers[0].drift?.to = 0.6
        for place in 0...1 { world.providers[place].drift?.period = period }
        world.providers[1].success = 0.6
        if !SimulationShare.isRelease { (world.rate, world.seconds) = (world.rate / 4, world.seconds / 2) }
        let comparison = try await Comparison(world, [.highestScore, .highestRank, .adaptive], seeds: seeds)
        for other in ["highest score", "highest rank"] {
            let points = comparison.difference("adaptive", minus: other) { $0.expectedFirstTry * 100 }
            #expect(points.low >= -1, "\(other): \(points)")
        }
    }

    /// One that the quotas of the others leave a share to is there for it, however its failures fall.
    @Test func whoIsNeededForTheRestIsNotTakenOutByChance() async throws {
        let seeds: ClosedRange<UInt64> = SimulationShare.isRelease ? 1...60 : 28...28
        for world in [World.quotas(headers: true), World.quotas(headers: false)] {
            let comparison = try await Comparison(world, [.adaptive], seeds: seeds)
            let worst = comparison.results("adaptive").map(\.regret).max()
            #expect(try #require(worst) * 100 <= 1.5, "\(world.id)")
        }
    }

    /// Worlds that no parameter was tuned on.
    @Test func itHoldsInWorldsThatNobodyTunedItFor() async throws {
        for number in 0..<(SimulationShare.isRelease ? 24 : 2) {
            var world = StrangeWorld.make(UInt64(number))
            if !SimulationShare.isRelease { world.seconds = 3_600 }
            let comparison = try await Comparison(world, Goal.contenders, seeds: 50...51)
            let regret = comparison.difference("oracle", minus: "adaptive") { $0.expectedFirstTry * 100 }
            #expect(regret.mean <= 4, "world \(number): \(regret)")
            for other in ["ordered", "highest score"] {
                let difference = comparison.difference("adaptive", minus: other) { $0.expectedFirstTry * 100 }
                // Where the oracle itself gives up success for time or money, so may the policy.
                #expect(difference.mean >= -1 || regret.mean <= 0.5, "world \(number), \(other): \(difference)")
            }
        }
    }

    /// A provider that is good and bad by turns, of whatever length, is left alone: at most two flips in 1,000 requests.
    @Test func aProviderThatFlapsIsLeftAlone() async throws {
        var dice = SmallGenerator(seed: 77)
        var flips: [Double] = []
        for _ in 0..<(SimulationShare.isRelease ? 6 : 1) {
            var world = World.flapping
            let (good, bad) = (Double.random(in: 10...20, using: &dice), Double.random(in: 10...20, using: &dice))
            world.providers[0].changes = [
                .init(every: good + bad, from: good, to: good + bad, success: Double.random(in: 0...0.3, using: &dice))
            ]
            if !SimulationShare.isRelease { world.seconds = 7_200 }
            let comparison = try await Comparison(world, [.adaptive], seeds: seeds)
            flips += comparison.results("adaptive").map(\.flipsPerThousand)
        }
        #expect(Interval(of: flips).mean <= 2, "\(Interval(of: flips))")
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        var world = World.outages
        world.seconds = 2_400
        let runs = try (0..<2).map { _ in try WorldRun.run(world, .adaptive, seed: 11) }
        #expect(runs[0].expectedFirstTry == runs[1].expectedFirstTry)
        #expect(runs[0].meanLatency == runs[1].meanLatency)
        let other = try WorldRun.run(world, .ordered, seed: 11)
        #expect(other.requests == runs[0].requests)
    }
}

/// The last provider that may be called, whatever it is worth.
private struct Reversed: SelectionPolicy {
    let name = "the last"

    mutating func pick(
        _ request: PickRequest, from providers: [ProviderState], using generator: inout SmallGenerator
    ) -> Pick? {
        providers.indices.last { request.isEligible($0, of: providers) }.map { Pick(provider: $0, probability: 1, reason: .order) }
    }
}

/// First the second one, whatever is said of it.
private struct Stubborn: SelectionPolicy {
    let name = "the second"

    mutating func pick(
        _ request: PickRequest, from providers: [ProviderState], using generator: inout SmallGenerator
    ) -> Pick? {
        if request.attempt <= 1, providers.count > 1 { return Pick(provider: 1, probability: 1, reason: .order) }
        return providers.indices.first { request.isEligible($0, of: providers) }
            .map { Pick(provider: $0, probability: 1, reason: .order) }
    }
}

/// A world by lot: two to five providers, outages, brown-outs, quotas and capacities of any length.
private enum StrangeWorld {
    static func make(_ number: UInt64) -> World {
        var generator = SmallGenerator(seed: 900 + number)
        func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &generator) }
        let rates: [Double] = [0.2, 1, 4, 12]
        let rate = rates[Int(number % 4)]
        let count = 2 + Int(number % 4)
        let names = ["A", "B", "C", "D", "E"]
        let providers = (0..<count).map { (index: Int) -> WorldProvider in
            var provider = WorldProvider(
                names[index], draw(0.9...0.995), latency: draw(0.2...3), price: draw(0.5...2))
            guard index == 0 || draw(0...1) < 0.3 else { return provider }
            let period = draw(300...9_000)
            let from = draw(0.1...0.5) * period
            let end = from + draw(0.05...0.4) * period
            let success = draw(0...1) < 0.5 ? 0 : draw(0...0.7)
            provider.changes = [WorldProvider.Change(every: period, from: from, to: end, success: success)]
            if draw(0...1) < 0.2 { provider.quota = .init(perSecond: rate * draw(0.3...0.9), burst: draw(1...50)) }
            return provider
        }
        return World("X\(number)", "by lot", seconds: 14_400, rate: rate, providers: providers)
    }
}
