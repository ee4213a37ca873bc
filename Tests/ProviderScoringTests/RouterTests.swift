import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite struct RouterTests {
    /// Gives nobody, and says when somebody comes back.
    private struct Nobody: SelectionPolicy {
        let name = "nobody"
        var until: Timestamp?
        mutating func pick(_ request: PickRequest, from: [ProviderState], using: inout SmallGenerator) -> Pick? {
            guard let until, request.now >= until else { return nil }
            return request.isEligible(0, of: from) ? Pick(provider: 0, probability: 1, reason: .order) : nil
        }
        func returnsAt(from providers: [ProviderState], now: Timestamp) -> Timestamp? { until }
    }

    @Test func theLeastBadIsTriedWhereThePolicyGivesNobody() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, policy: Nobody())
            router.learn("sms-activate", successes: 1, failures: 1)
            router.learn("5sim", successes: 3, failures: 1)
            let provider = try await router.run { $0.provider }
            #expect(provider == "5sim")
            #expect(router.explain().exclusions["sms-activate"] == .heldBack)
        }
    }

    @Test func nobodyIsWaitedForAsLongAsAllowed() throws {
        let run = try Simulation.run(seed: 1) { sim in
            let back = sim.clock.now.advanced(by: .seconds(3))
            let options = try RouterOptions(nobodyEligible: .wait(atMost: .seconds(5)))
            let router = try router(sim, policy: Nobody(until: back), options: options)
            #expect(try await router.run { $0.provider } == "sms-activate")
            let impatient = try RouterOptions(nobodyEligible: .wait(atMost: .seconds(2)))
            let later = sim.clock.now.advanced(by: .seconds(3))
            let other = try ProviderScoringTests.router(sim, policy: Nobody(until: later), options: impatient)
            let error = await #expect(throws: ProvidersExhaustedError.self) { try await other.run { $0.provider } }
            #expect(error?.reason == .nobodyEligible)
            #expect(error?.retryAfter == later)
        }
        #expect(run.elapsed == .seconds(3))
    }

    @Test func whoFailsAtOnceSaysWhenToComeBack() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, options: RouterOptions(nobodyEligible: .fail))
            let until = sim.clock.now.advanced(by: .seconds(30))
            router.rest("sms-activate", until: until)
            router.rest("5sim", until: until.advanced(by: .seconds(9)))
            let error = await #expect(throws: ProvidersExhaustedError.self) { try await router.run { $0.provider } }
            #expect(error?.retryAfter == until)
            #expect(error?.exclusions["sms-activate"] == .resting(until: until))
        }
    }

    @Test func aMistakeOfTheCallerIsNotRepeatedElsewhere() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let vendors = Vendors(["sms-activate": ["WRONG_SERVICE"]])
            await #expect(throws: VendorError.self) { try await router.run { try vendors.rent(from: $0.provider) } }
            #expect(vendors.asked.count == 1)
            #expect(router.state(of: "sms-activate")?.health == nil)
        }
    }

    @Test func whatMayHaveBeenDoneIsNotDoneElsewhereUnlessItMayBe() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let vendors = Vendors(["sms-activate": ["SQL_ERROR"]])
            let router = try router(sim)
            await #expect(throws: VendorError.self) { try await router.run { try vendors.rent(from: $0.provider) } }
            #expect(vendors.asked.count == 1)
            #expect(router.state(of: "sms-activate")?.health?.failures == 1)
            let again = Vendors(["sms-activate": ["SQL_ERROR", "SQL_ERROR"]])
            let careless = try ProviderScoringTests.router(sim, options: RouterOptions(isIdempotent: true))
            #expect(try await careless.run { try again.rent(from: $0.provider) } == "number of 5sim")
        }
    }

    @Test func aCancelledCallGivesItsPlaceBack() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let task = sim.task("call") {
                try await router.run { _ in try await sim.clock.pause(for: .seconds(60)) }
            }
            try await sim.clock.pause(for: .seconds(1))
            #expect(router.snapshot().map(\.inFlight) == [1, 0])
            task.cancel()
            guard case .failure(is CancellationError) = await task.result else {
                Issue.record("it was not cancelled")
                return
            }
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
            #expect(router.state(of: "sms-activate")?.health == nil)
        }
    }

    @Test func callsAtTheSameTimeSeeEachOther() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, [try Provider("small", inFlightLimit: 1), "large"])
            let first = router.pick()
            let second = router.pick()
            #expect([first?.provider, second?.provider] == ["small", "large"])
            if let first { router.giveBack(first) }
            #expect(router.pick()?.provider == "small")
        }
    }

    @Test func aStaleOutcomeOfAnOldConfigurationChangesNothing() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, ["a", "b"])
            let held = try #require(router.pick())
            #expect(held.provider == "a")
            // Changed: what is under way to the old one counts no more.
            try router.setProviders(["b", try Provider("a", inFlightLimit: 5)])
            let before = router.snapshot()
            #expect(before.map(\.inFlight) == [0, 0])
            #expect(!router.record(.failure, for: held, elapsed: .seconds(1)))
            #expect(router.snapshot() == before)
            // Moved only: it still counts, at its new place.
            let second = try #require(router.pick())
            #expect(second.provider == "b")
            try router.setProviders([try Provider("a", inFlightLimit: 5), "b", "c"])
            #expect(router.snapshot().map(\.inFlight) == [0, 1, 0])
            #expect(router.record(.success, for: second, elapsed: .seconds(1)))
            #expect(router.snapshot().map(\.inFlight) == [0, 0, 0])
            #expect(router.state(of: "b")?.health?.successes == 1)
            // Gone and back again.
            let third = try #require(router.pick())
            try router.setProviders(["b"])
            try router.setProviders([try Provider("a", inFlightLimit: 5), "b"])
            #expect(!router.record(.failure, for: third, elapsed: .seconds(1)))
            #expect(router.state(of: "a")?.health == nil)
        }
    }

    @Test func providersMayChangeDuringACall() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let observer = RecordingObserver()
            let router = try router(sim, ["a", "b"], observer: observer)
            let provider = try await router.run { attempt in
                if attempt.number == 1 {
                    try router.setProviders(["c", "b"])
                    throw VendorError("NO_NUMBERS")
                }
                return attempt.provider
            }
            #expect(provider == "c")
            #expect(observer.count(.providerStaleOutcome) == 1)
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
        }
    }

    @Test func preferencesAreCheckedAndCountFromTheNextCallOn() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            #expect(throws: InvalidArgument.self) {
                try router.setPreferences(ProviderPreferences(preferredProvider: "nobody"))
            }
            try router.setPreferences(ProviderPreferences(preferredProvider: "5sim", retryAttempts: 1))
            #expect(try await router.run { $0.provider } == "5sim")
            try router.setProviders(["sms-activate"])
            #expect(router.preferences.preferredProvider == nil)
        }
    }

    @Test func badPreferencesAreRefused() {
        #expect(throws: InvalidArgument.self) { try ProviderPreferences(preferredProvider: "") }
        #expect(throws: InvalidArgument.self) { try ProviderPreferences(minimumSuccessRate: 100.1) }
        #expect(throws: InvalidArgument.self) { try ProviderPreferences(minimumSuccessRate: .nan) }
        #expect(throws: InvalidArgument.self) { try ProviderPreferences(maximumResponseTime: .zero) }
        #expect(throws: InvalidArgument.self) { try ProviderPreferences(maximumResponseTime: .seconds(Int64.max)) }
        #expect(throws: InvalidArgument.self) { try ProviderPreferences(retryAttempts: 0) }
        #expect(throws: InvalidArgument.self) { try ProviderPreferences(retryDelay: .seconds(-1)) }
        #expect(throws: InvalidArgument.self) { try ProviderRouter("r", []) }
        #expect(throws: InvalidArgument.self) { try ProviderRouter("r", ["a", "a"]) }
        #expect(throws: InvalidArgument.self) { try ProviderRouter("r", ["a", ""]) }
        #expect(throws: InvalidArgument.self) { try Provider("a", inFlightLimit: 0) }
        #expect(throws: InvalidArgument.self) { try Provider("a", price: .infinity) }
    }

    @Test func adrillChangesNothing() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let observer = RecordingObserver()
            let router = try router(sim, observer: observer)
            router.learn("sms-activate", successes: 5)
            let before = router.snapshot()
            let drill = await router.drill(excluding: ["sms-activate"]) { attempt in
                #expect(router.snapshot() == before)
                return attempt.provider
            }
            #expect(drill.provider == "5sim")
            #expect(drill.attempts.first?.exclusions["sms-activate"] == .excludedByCaller)
            let failed = await router.drill(excluding: ["sms-activate"]) { _ in throw VendorError("NO_NUMBERS") }
            #expect(failed.provider == nil)
            #expect(router.snapshot() == before)
            #expect(observer.events.isEmpty)
        }
    }

    @Test func pricesAreRefreshedAndGrowOldWhereThatFails() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let observer = RecordingObserver()
            let router = try router(sim, observer: observer)
            let rounds = Mutex(0)
            let refreshing = sim.task("prices") {
                try await router.refreshPrices {
                    let round = rounds.withLock { rounds in
                        rounds += 1
                        return rounds
                    }
                    if round > 1 { throw VendorError("NO_CONNECTION") }
                    return ["5sim": 19.5]
                }
            }
            try await sim.clock.pause(for: .seconds(1))
            #expect(router.state(of: "5sim")?.price == 19.5)
            #expect(router.state(of: "5sim")?.isPriceStale() == false)
            try await sim.clock.pause(for: .seconds(6 * 3_600))
            #expect(rounds.withLock { $0 } == 2)
            #expect(observer.count(.providerPricesFailed) == 1)
            #expect(router.state(of: "5sim")?.price == 19.5)
            #expect(router.state(of: "5sim")?.isPriceStale() == true)
            #expect(router.state(of: "5sim")?.priceAge == .seconds(6 * 3_600 + 1))
            refreshing.cancel()
            _ = await refreshing.result
        }
    }
}
