import ProviderScoring
import ResilienceCore
import Testing

/// How calls change what is known of providers.
@Suite struct ProviderTableTests {
    private let start = Timestamp(seconds: 1_000_000)

    private func outcome(_ kind: ProviderOutcome.Kind, after seconds: Int64 = 0) -> ProviderOutcome {
        ProviderOutcome(kind, ended: start.advanced(by: .seconds(seconds)), elapsed: .seconds(1))
    }

    @Test func onlyAProvidersOwnFailuresCount() throws {
        var table = try ProviderTable(["a"])
        let apart: [ProviderOutcome.Kind] = [
            .stockOut, .limited(until: nil), .quota(until: nil), .refused, .callerMistake, .cancelled, .localNetwork,
        ]
        for kind in apart {
            table.began(0)
            table.record(outcome(kind), of: 0)
        }
        #expect(table.states[0].health == nil)
        #expect(table.states[0].status == .unknown)
        #expect(table.states[0].inFlight == 0)
        table.record(outcome(.failure), of: 0)
        table.record(outcome(.overloaded(until: nil)), of: 0)
        #expect(table.states[0].health?.failures == 2)
        #expect(table.states[0].consecutiveFailures == 2)
        #expect(table.states[0].status == .unavailable)
        table.record(outcome(.success, after: 9), of: 0)
        #expect(table.states[0].consecutiveFailures == 0)
        #expect(table.states[0].lastSuccess == start.advanced(by: .seconds(9)))
        #expect(table.states[0].lastFailure == start)
    }

    @Test func aRestEndsWhenTheProviderSaidSo() throws {
        var table = try ProviderTable(["a", "b", "c"])
        table.record(outcome(.limited(until: start.advanced(by: .seconds(7)))), of: 0)
        table.record(outcome(.limited(until: start.advanced(by: .seconds(5)))), of: 0)
        table.record(outcome(.refused), of: 1)
        table.record(outcome(.quota(until: start.advanced(by: .seconds(600)))), of: 2)
        #expect(!table.states[0].isEligible(at: start.advanced(by: .seconds(7) - .microseconds(1))))
        #expect(table.states[0].isEligible(at: start.advanced(by: .seconds(7))))
        #expect(!table.states[1].isEligible(at: start.advanced(by: .seconds(59))))
        #expect(table.states[1].isEligible(at: start.advanced(by: .seconds(60))))
        #expect(Ordered().returnsAt(from: table.states, now: start) == start.advanced(by: .seconds(7)))
    }

    @Test func aStockOfZeroIsBelievedForItsAgeOnly() throws {
        var table = try ProviderTable(["a"])
        #expect(table.states[0].isEligible(at: start))
        table.record(outcome(.stockOut), of: 0)
        #expect(!table.states[0].isEligible(at: start))
        table.turn(to: start.advanced(by: .seconds(300)))
        #expect(table.states[0].stock == ProviderStock(count: 0, asOf: start))
        table.turn(to: start.advanced(by: .seconds(301)))
        #expect(table.states[0].stock == nil)
        table.setStock(ProviderStock(count: 5, asOf: start), of: 0)
        table.turn(to: start.advanced(by: .seconds(100_000)))
        #expect(table.states[0].stock?.count == 5)
    }

    @Test func anIdleProviderBecomesUnknownAgain() throws {
        var table = try ProviderTable(["a"])
        for second in 0..<10 { table.record(outcome(.failure, after: Int64(second)), of: 0) }
        table.turn(to: start.advanced(by: .seconds(86_400)))
        #expect(table.states[0].status == .unavailable)
        table.turn(to: start.advanced(by: .seconds(86_500)))
        #expect(table.states[0].status == .unknown)
        #expect(table.states[0].health == nil)
        #expect(HealthScore(table.states[0], at: start.advanced(by: .seconds(86_500))).value == 50)
    }

    @Test func whatIsKnownStaysWithTheName() throws {
        var table = try ProviderTable(["a", "b"])
        table.began(1)
        table.began(1)
        table.record(outcome(.success), of: 1)
        table.setPrice(2, of: 1)
        try table.replace(by: ["b", "c"])
        #expect(table.states.map(\.name) == ["b", "c"])
        #expect(table.states[0].health?.successes == 1)
        #expect(table.states[0].price == 2)
        #expect(table.states[0].inFlight == 0)
        #expect(table.states[1].health == nil)
        #expect(throws: InvalidArgument.self) { try table.replace(by: ["b", "b"]) }
        #expect(throws: InvalidArgument.self) { try ProviderTable([]) }
    }

    @Test func whoMayBeCalled() throws {
        var table = try ProviderTable(["a"])
        table.setInFlightLimit(1, of: 0)
        #expect(table.states[0].isEligible(at: start))
        table.began(0)
        #expect(!table.states[0].isEligible(at: start))
        table.gaveBack(0)
        table.gaveBack(0)
        #expect(table.states[0].inFlight == 0)
        table.setOn(false, of: 0)
        #expect(!table.states[0].isEligible(at: start))
    }

    @Test func aSetHoldsAnyNumberOfProviders() {
        var set = ProviderSet()
        let members = [0, 5, 63, 64, 127, 128, 1_000]
        for member in members + members { set.insert(member) }
        #expect(set.count == members.count)
        #expect((-2...1_100).filter { set.contains($0) } == members)
        set.insert(-1)
        for member in members.dropFirst() { set.remove(member) }
        var one = ProviderSet()
        one.insert(0)
        #expect(set == one)
    }
}
