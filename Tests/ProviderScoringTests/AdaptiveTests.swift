import ProviderScoring
import ResilienceCore
import Testing

/// The adaptive policy, outcome by outcome.
@Suite struct AdaptiveTests {
    /// A policy with its table, as a router holds them.
    struct Desk {
        var policy: Adaptive
        var table: ProviderTable
        var generator = SmallGenerator(seed: 7)
        var now = Timestamp(seconds: 1_000_000)

        init(_ names: [String] = ["a", "b"], _ options: AdaptiveOptions = .standard) throws {
            policy = Adaptive(options)
            table = try ProviderTable(names)
            policy.providersChanged(table.states)
        }

        mutating func pick(attempt: Int = 1, excluding: [Int] = [], affinity: UInt64? = nil) -> Pick? {
            var excluded = ProviderSet()
            for provider in excluding { excluded.insert(provider) }
            let request = PickRequest(now: now, attempt: attempt, excluded: excluded, affinity: affinity)
            return policy.pick(request, from: table.states, using: &generator)
        }

        mutating func began(_ provider: Int) {
            table.began(provider)
            policy.began(provider, at: now, from: table.states)
        }

        mutating func ended(
            _ kind: ProviderOutcome.Kind, _ provider: Int, after elapsed: Duration = .seconds(1), _ allowance: Allowance? = nil
        ) {
            let outcome = ProviderOutcome(kind, ended: now, elapsed: elapsed, allowance: allowance)
            table.record(outcome, of: provider)
            policy.record(outcome, of: provider, from: table.states)
        }

        mutating func call(_ kind: ProviderOutcome.Kind, _ provider: Int) {
            began(provider)
            now = now.advanced(by: .seconds(1))
            ended(kind, provider)
        }

        /// A request that the policy places itself: which provider, and why.
        @discardableResult
        mutating func request(_ kind: (Int) -> ProviderOutcome.Kind) -> Pick? {
            guard let pick = pick() else { return nil }
            call(kind(pick.provider), pick.provider)
            return pick
        }

        /// Both known to be good, the first one better.
        mutating func learn() {
            for round in 0..<200 {
                for provider in table.states.indices {
                    call(provider > 0 && round % 20 == 0 ? .failure : .success, provider)
                }
            }
            for _ in 0..<64 { request { _ in .success } }
        }
    }

    @Test(arguments: [0.5, 0.8, 0.95, 1.0]) func fiveFailuresInARowAlwaysTrip(reliability: Double) throws {
        var desk = try Desk()
        var generator = SmallGenerator(seed: 3)
        for _ in 0..<300 {
            let isFailure = Double(generator.next() >> 11) * 0x1p-53 >= reliability
            desk.call(isFailure ? .failure : .success, 0)
        }
        for kind in [ProviderOutcome.Kind.failure, .overloaded(until: nil), .failure, .failure, .failure] { desk.call(kind, 0) }
        #expect(desk.policy.isDown(0))
        desk.call(.success, 1)
        #expect(desk.pick()?.provider == 1)
    }

    @Test func aSingleFailureDoesNotTrip() throws {
        var desk = try Desk()
        desk.learn()
        desk.call(.failure, 0)
        #expect(!desk.policy.isDown(0))
    }

    @Test func afterAnOutageTheBetterOneComesBack() throws {
        var desk = try Desk()
        desk.learn()
        #expect(desk.pick()?.provider == 0)
        var (elsewhere, probes) = (0, 0)
        for number in 0..<500 {
            let pick = desk.request { $0 == 0 || number % 20 == 0 ? .failure : .success }
            if pick?.provider == 1 { elsewhere += 1 }
            if pick?.reason == .probe { probes += 1 }
        }
        #expect(elsewhere > 480)
        #expect((3...10).contains(probes))
        // It is found again within as many requests as the outage had.
        var first: Int?
        for number in 0..<800 {
            let pick = desk.request { $0 == 1 && number % 20 == 0 ? .failure : .success }
            if first == nil, pick?.provider == 0, pick?.reason == .best { first = number }
        }
        #expect(first ?? 800 < 500)
        #expect(desk.pick()?.provider == 0)
    }

    @Test func whereAllAreDownAllAreTriedInTurn() throws {
        var desk = try Desk(["a", "b", "c"])
        for provider in 0..<3 { for _ in 0..<5 { desk.call(.failure, provider) } }
        var seen: Set<Int> = []
        for _ in 0..<9 {
            let pick = desk.request { _ in .failure }
            #expect(pick?.reason == .panic || pick?.reason == .probe)
            if let pick { seen.insert(pick.provider) }
        }
        #expect(seen == [0, 1, 2])
        for _ in 0..<9 { desk.request { $0 == 1 ? .success : .failure } }
        #expect(desk.pick()?.provider == 1)
    }

    @Test func aProviderThatHasTooMuchToDoGetsFewerCallsAtATime() throws {
        var desk = try Desk()
        desk.learn()
        for _ in 0..<20 { desk.began(0) }
        desk.now = desk.now.advanced(by: .seconds(2))
        desk.ended(.overloaded(until: nil), 0)
        #expect(!desk.policy.isDown(0))
        #expect(desk.pick()?.provider == 1)
        #expect(desk.pick()?.reason == .onlyOne)
        for _ in 0..<10 { desk.ended(.success, 0) }
        #expect(desk.pick()?.provider == 0)
    }

    @Test func whoRefusesForTheRateIsPaced() throws {
        var desk = try Desk()
        desk.learn()
        // Two calls a second, until it refuses.
        for _ in 0..<60 {
            desk.began(0)
            desk.now = desk.now.advanced(by: .milliseconds(500))
            desk.ended(.success, 0)
        }
        desk.began(0)
        desk.now = desk.now.advanced(by: .milliseconds(80))
        desk.ended(.limited(until: nil), 0, after: .milliseconds(80))
        var counts = [0, 0]
        for _ in 0..<100 {
            desk.now = desk.now.advanced(by: .milliseconds(500))
            if let pick = desk.pick() {
                counts[pick.provider] += 1
                desk.began(pick.provider)
                desk.ended(.success, pick.provider, after: .milliseconds(100))
            }
        }
        #expect((50...95).contains(counts[0]))
    }

    @Test func oneThatWasDownIsTriedRatherThanOneThatHasEnoughToDo() throws {
        var desk = try Desk()
        desk.learn()
        for _ in 0..<5 { desk.call(.failure, 1) }
        #expect(desk.policy.isDown(1))
        // The other one has said that nothing is left for an hour.
        let allowance = Allowance(remaining: 0, resetsAt: desk.now.advanced(by: .seconds(3_600)))
        desk.began(0)
        desk.ended(.success, 0, allowance)
        var reasons: [PickReason] = []
        for _ in 0..<12 {
            guard let pick = desk.pick() else { continue }
            reasons.append(pick.reason)
            desk.began(pick.provider)
            desk.now = desk.now.advanced(by: .seconds(1))
            desk.ended(.success, pick.provider, pick.provider == 0 ? allowance : nil)
        }
        #expect(reasons.prefix { $0 != .probe }.count <= 8, "\(reasons)")
        #expect(!desk.policy.isDown(1))
    }

    @Test func whatAProviderSaysOfItsQuotaIsBelieved() throws {
        var desk = try Desk()
        desk.learn()
        desk.began(0)
        let reset = desk.now.advanced(by: .seconds(30))
        desk.ended(.success, 0, Allowance(remaining: 0, resetsAt: reset))
        #expect(desk.pick()?.provider == 1)
        #expect(desk.policy.returnsAt(from: desk.table.states, now: desk.now) == reset)
        desk.now = reset
        #expect(desk.pick()?.provider == 0)
    }

    @Test func whatHasNothingToDoWithTheProviderChangesNothing() throws {
        var desk = try Desk()
        desk.learn()
        for kind in [ProviderOutcome.Kind.callerMistake, .cancelled, .localNetwork] {
            for _ in 0..<20 { desk.call(kind, 0) }
        }
        #expect(desk.pick()?.provider == 0)
    }

    @Test func anAffinityIsKeptAmongEquals() throws {
        var desk = try Desk(["a", "b", "c"])
        for _ in 0..<100 { for provider in 0..<3 { desk.call(.success, provider) } }
        for _ in 0..<64 { desk.request { _ in .success } }
        let homes = (0..<100).map { desk.pick(affinity: $0)?.provider }
        #expect(Set(homes) == [0, 1, 2])
        #expect(homes == (0..<100).map { desk.pick(affinity: $0)?.provider })
        for _ in 0..<5 { desk.call(.failure, 1) }
        let later = (0..<100).map { desk.pick(affinity: $0) }
        for (home, pick) in zip(homes, later) where home != 1 && pick?.reason != .probe { #expect(pick?.provider == home) }
        #expect(later.allSatisfy { $0?.provider != 1 || $0?.reason == .probe })
    }

    @Test func whatWasLearntStaysWithTheName() throws {
        var desk = try Desk()
        desk.learn()
        for _ in 0..<5 { desk.call(.failure, 0) }
        try desk.table.replace(by: ["c", "b", "a"])
        desk.policy.providersChanged(desk.table.states)
        #expect(desk.policy.isDown(2))
        #expect(!desk.policy.isDown(0))
    }

    @Test func badOptionsAreRefused() {
        #expect(throws: InvalidArgument.self) { try AdaptiveOptions(latencyWeight: -0.1) }
        #expect(throws: InvalidArgument.self) { try AdaptiveOptions(margin: 1.1) }
        #expect(throws: InvalidArgument.self) { try AdaptiveOptions(memory: 0) }
        #expect(throws: InvalidArgument.self) { try AdaptiveOptions(halfLife: .zero) }
        #expect(throws: InvalidArgument.self) { try AdaptiveOptions(failuresInARow: 0) }
    }
}
