import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// What holds whatever happened before, with hundreds of histories by lot.
@Suite struct RandomHistoryTests {
    private static let kinds: [ProviderOutcome.Kind] = [
        .success, .success, .success, .failure, .overloaded(until: nil), .stockOut, .limited(until: nil), .refused,
        .callerMistake, .cancelled, .localNetwork,
    ]

    /// Failures of its own in a row are an outage, whatever they are called, and whatever comes in between that is not its fault.
    @Test func failuresInARowAlwaysTrip() throws {
        var dice = SmallGenerator(seed: 11)
        for number in 0..<400 {
            let names = Array(["a", "b", "c", "d", "e"].prefix(Int.random(in: 1...5, using: &dice)))
            let limit = number % 2 == 0 ? 5 : Int.random(in: 1...12, using: &dice)
            let options = try AdaptiveOptions(
                memory: Int.random(in: 1...2_000, using: &dice), margin: Double.random(in: 0...0.1, using: &dice),
                probeAfter: Int.random(in: 1...40, using: &dice), failuresInARow: limit)
            var desk = try AdaptiveTests.Desk(names, options)
            let reliability = Double.random(in: 0...1, using: &dice)
            for _ in 0..<Int.random(in: 0...300, using: &dice) {
                let provider = Int.random(in: 0..<names.count, using: &dice)
                let isSuccess = Double.random(in: 0..<1, using: &dice) < reliability
                let kind = Int.random(in: 0..<8, using: &dice) == 0
                    ? Self.kinds[Int.random(in: 0..<Self.kinds.count, using: &dice)] : isSuccess ? .success : .failure
                desk.call(kind, provider)
                if Bool.random(using: &dice) { _ = desk.pick() }
            }
            let provider = Int.random(in: 0..<names.count, using: &dice)
            for _ in 0..<Int.random(in: 0...6, using: &dice) { desk.began(provider) }
            for _ in 0..<limit {
                desk.call(Bool.random(using: &dice) ? .failure : .overloaded(until: nil), provider)
                if Bool.random(using: &dice) { desk.call(Bool.random(using: &dice) ? .cancelled : .callerMistake, provider) }
            }
            #expect(desk.policy.isDown(provider), "history \(number)")
        }
    }

    /// A window keeps the newest outcomes, as many as it has room for.
    @Test func oneMoreThanItHoldsEvictsTheOldest() throws {
        var dice = SmallGenerator(seed: 12)
        for number in 0..<60 {
            let size = number % 3 == 0 ? 100 : Int.random(in: 1...250, using: &dice)
            var window = try HealthWindow(size: size)
            var all: [(isSuccess: Bool, seconds: Int)] = []
            var now = Timestamp(seconds: 1_000_000)
            for _ in 0..<Int.random(in: 1...600, using: &dice) {
                now = now.advanced(by: .milliseconds(Int64.random(in: 0...5_000, using: &dice)))
                all.append((Bool.random(using: &dice), Int.random(in: 0...9, using: &dice)))
                window.record(isSuccess: all[all.count - 1].isSuccess, elapsed: .seconds(all[all.count - 1].seconds), at: now)
                let kept = all.suffix(size)
                let mean = Duration.seconds(kept.reduce(0) { $0 + $1.seconds }) / kept.count
                let summary = window.summary
                let isSame = (summary?.count, summary?.successes, summary?.meanResponse) == (kept.count, kept.count { $0.isSuccess }, mean)
                guard !isSame else { continue }
                Issue.record("size \(size), \(all.count) outcomes: \(String(describing: window.summary))")
                break
            }
        }
    }

    /// Providers come, go and are given other limits while calls are under way: of which a record counts a model knows.
    @Test func anOutcomeOfAnOldConfigurationChangesNothing() throws {
        var stale = 0
        for seed in 0..<60 as Range<UInt64> {
            let run = try Simulation.run(seed: seed) { sim in
                var dice = sim.fork()
                func providers() throws -> [Provider] {
                    let names = ["a", "b", "c", "d"].shuffled(using: &dice).prefix(Int.random(in: 1...4, using: &dice))
                    return try names.map { try Provider($0, inFlightLimit: dice.next() % 3 == 0 ? Int.random(in: 20...22, using: &dice) : nil) }
                }
                var present = try providers()
                let policies: [any SelectionPolicy] = [Adaptive(), RoundRobin(), HighestScore(), BreakerPolicy(over: Ordered())]
                let router = try router(sim, present, policy: policies[Int(seed % 4)])
                // The calls that are under way, and whether each still counts.
                var held: [(reservation: Reservation, counts: Bool)] = []
                var stale = 0
                for _ in 0..<80 {
                    switch dice.next() % 4 {
                    case 0:
                        let next = try providers()
                        for index in held.indices {
                            let name = held[index].reservation.provider
                            let isSame = next.first { $0.name == name } == present.first { $0.name == name }
                            held[index].counts = held[index].counts && isSame && next.contains { $0.name == name }
                        }
                        try router.setProviders(next)
                        present = next
                    case 1, 2:
                        if let reservation = router.pick() { held.append((reservation, true)) }
                    default:
                        guard !held.isEmpty else { continue }
                        let call = held.remove(at: Int.random(in: 0..<held.count, using: &dice))
                        let before = (router.snapshot(), router.explain().probability)
                        let kind: ProviderOutcome.Kind = dice.next() % 2 == 0 ? .success : .failure
                        #expect(router.record(kind, for: call.reservation, elapsed: .seconds(1)) == call.counts)
                        guard !call.counts else { continue }
                        stale += 1
                        #expect(router.snapshot() == before.0)
                        #expect(router.explain().probability == before.1)
                    }
                    for provider in router.snapshot() {
                        let own = held.count { $0.counts && $0.reservation.provider == provider.name }
                        #expect(provider.inFlight == own, "run \(seed), \(provider.name)")
                    }
                }
                return stale
            }
            stale += run.value
        }
        #expect(stale > 200)
    }
}
