import ProviderScoring
import ResilienceCore
import Testing

/// What each option of the adaptive policy changes.
@Suite struct AdaptiveOptionTests {
    private typealias Desk = AdaptiveTests.Desk

    /// Whom requests go to once both are known: the first succeeds always and costs 30, the second 19 times of 20 for 10.
    private func choice(_ options: AdaptiveOptions, prices: Bool = true) throws -> Int? {
        var desk = try Desk(["sure", "cheap"], options)
        if prices {
            desk.table.setPrice(30, of: 0)
            desk.table.setPrice(10, of: 1)
        }
        desk.learn()
        return desk.pick()?.provider
    }

    @Test func thePriceIsWeighedByItsWeight() throws {
        #expect(try choice(AdaptiveOptions(priceWeight: 0)) == 0)
        #expect(try choice(.standard) == 0)
        #expect(try choice(AdaptiveOptions(priceWeight: 0.2)) == 1)
        // What is not known costs the mean.
        #expect(try choice(AdaptiveOptions(priceWeight: 0.2), prices: false) == 0)
    }

    @Test func theLatencyIsWeighedByItsWeight() throws {
        func choice(_ weight: Double) throws -> Int? {
            var desk = try Desk(["slow", "fast"], AdaptiveOptions(latencyWeight: weight))
            for round in 0..<200 {
                for provider in 0...1 {
                    desk.began(provider)
                    desk.now = desk.now.advanced(by: .seconds(provider == 0 ? 6 : 1))
                    desk.ended(
                        provider == 1 && round % 20 == 0 ? .failure : .success, provider,
                        after: .seconds(provider == 0 ? 6 : 1)
                    )
                }
            }
            for _ in 0..<64 { desk.request { _ in .success } }
            return desk.pick()?.provider
        }
        #expect(try choice(0) == 0)
        #expect(try choice(0.02) == 1)
    }

    @Test func anAffinityIsKeptAsFarAsTheToleranceReaches() throws {
        func homes(_ tolerance: Double) throws -> Set<Int?> {
            var desk = try Desk(["better", "worse"], AdaptiveOptions(affinityTolerance: tolerance))
            desk.learn()
            return Set((0..<50).map { desk.pick(affinity: $0)?.provider })
        }
        #expect(try homes(0) == [0])
        // It is five points worse.
        #expect(try homes(0.03) == [0])
        #expect(try homes(0.2) == [0, 1])
    }

    /// The better one of two, known to be down.
    private func outage(_ options: AdaptiveOptions) throws -> Desk {
        var desk = try Desk(["a", "b"], options)
        desk.learn()
        while !desk.policy.isDown(0) { desk.call(.failure, 0) }
        return desk
    }

    /// How many requests come until one tries the provider that is down, on its first or second attempt.
    private func requestsToProbe(_ desk: inout Desk) -> Int? {
        for number in 1...2_000 {
            if desk.pick()?.reason == .probe || desk.pick(attempt: 2)?.reason == .probe { return number }
        }
        return nil
    }

    @Test(arguments: [1, 3, 8, 50]) func aProviderThatIsDownIsTriedAfterSoManyRequests(probeAfter: Int) throws {
        var desk = try outage(AdaptiveOptions(probeAfter: probeAfter))
        #expect(requestsToProbe(&desk) == probeAfter)
    }

    @Test(arguments: [
        (8, 512, [8, 16, 32, 64]), (8, 20, [8, 16, 20, 20]), (8, 8, [8, 8, 8]), (100, 10, [10, 10]),
    ])
    func thePausesDoubleUpToTheLongest(probeAfter: Int, probeAtMost: Int, expected: [Int]) throws {
        var desk = try outage(AdaptiveOptions(probeAfter: probeAfter, probeAtMost: probeAtMost))
        var pauses: [Int?] = []
        for _ in expected {
            pauses.append(requestsToProbe(&desk))
            desk.call(.failure, 0)
        }
        #expect(pauses == expected)
    }

    @Test(arguments: [1, 3, 6]) func soManySuccessesInARowEndAnOutage(probeSuccesses: Int) throws {
        var desk = try outage(AdaptiveOptions(probeSuccesses: probeSuccesses))
        func probe(_ kind: ProviderOutcome.Kind) {
            #expect(requestsToProbe(&desk) != nil)
            desk.call(kind, 0)
        }
        // One that fails in between begins it anew.
        for _ in 1..<probeSuccesses { probe(.success) }
        probe(.failure)
        for _ in 1..<probeSuccesses { probe(.success) }
        #expect(desk.policy.isDown(0))
        probe(.success)
        #expect(!desk.policy.isDown(0))
    }

    @Test(arguments: [2, 3, 5]) func soManyFailuresInARowAreAnOutage(failuresInARow: Int) throws {
        // One so unreliable that failures tell little.
        var desk = try Desk(["a", "b"], AdaptiveOptions(failuresInARow: failuresInARow))
        for _ in 0..<100 { for kind in [ProviderOutcome.Kind.failure, .success, .success] { desk.call(kind, 0) } }
        for _ in 1..<failuresInARow { desk.call(.failure, 0) }
        #expect(!desk.policy.isDown(0))
        desk.call(.failure, 0)
        #expect(desk.policy.isDown(0))
    }

    @Test func weightsAndCountsOutOfRangeAreRefusedByName() {
        func field(_ body: () throws -> AdaptiveOptions) -> String? {
            do { _ = try body() } catch { return (error as? InvalidArgument)?.field }
            return nil
        }
        #expect(field { try AdaptiveOptions(priceWeight: 1.1) } == "priceWeight")
        #expect(field { try AdaptiveOptions(priceWeight: .nan) } == "priceWeight")
        #expect(field { try AdaptiveOptions(affinityTolerance: -0.1) } == "affinityTolerance")
        #expect(field { try AdaptiveOptions(probeAfter: 0) } == "probeAfter")
        #expect(field { try AdaptiveOptions(probeAtMost: .max) } == "probeAtMost")
        #expect(field { try AdaptiveOptions(probeSuccesses: 0) } == "probeSuccesses")
        #expect(field { try AdaptiveOptions(priceWeight: 0, affinityTolerance: 1) } == nil)
    }
}
