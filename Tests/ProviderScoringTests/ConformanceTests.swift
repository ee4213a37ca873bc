import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// The cases of the specification that concern a whole call, by their numbers.
@Suite struct ConformanceTests {
    private func preferring(_ provider: String, isFallbackEnabled: Bool = true) throws -> ProviderPreferences {
        try ProviderPreferences(preferredProvider: provider, isFallbackEnabled: isFallbackEnabled)
    }

    @Test func M13_thePreferredProviderIsFirstWhileItIsGoodEnoughAndLastWhenItIsNot() throws {
        let asked = try Simulation.run(seed: 1) { sim in
            let vendors = Vendors()
            let router = try router(sim, preferences: preferring("5sim"))
            router.setStock(10, of: "5sim")
            router.learn("sms-activate", successes: 100)
            router.learn("5sim", successes: 91, failures: 9, each: .seconds(4))
            #expect(router.explain().provider == "5sim")
            #expect(router.explain().reason == .preferred)
            router.learn("5sim", successes: 0, failures: 20)
            #expect(router.explain().provider == "sms-activate")
            #expect(router.explain().exclusions["5sim"] == .belowPreferences)
            // Tried last, not never.
            let failing = Vendors(["sms-activate": ["NO_NUMBERS"]])
            let number = try await router.run { try failing.rent(from: $0.provider) }
            #expect(number == "number of 5sim")
            #expect(failing.asked == ["sms-activate", "5sim"])
            _ = vendors
            return failing.asked
        }
        #expect(asked.value.count == 2)
    }

    @Test func M13_theOneThatIsNotGoodEnoughComesAfterOthersThatAreNot() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, ["a", "b", "c"], preferences: preferring("a"))
            router.learn("a", successes: 80, failures: 20)
            router.learn("b", successes: 80, failures: 20)
            router.learn("c", successes: 100)
            let vendors = Vendors(["b": ["NO_NUMBERS"], "c": ["NO_NUMBERS"]])
            let provider = try await router.run { attempt in
                _ = try vendors.rent(from: attempt.provider)
                return attempt.provider
            }
            #expect(provider == "a")
            #expect(vendors.asked == ["c", "b", "a"])
        }
    }

    @Test func M14_aPreferredProviderWithoutStockIsNotChosen() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, preferences: preferring("5sim"))
            router.setStock(0, of: "5sim")
            #expect(router.explain().provider == "sms-activate")
            #expect(router.explain().exclusions["5sim"] == .soldOut)
        }
    }

    @Test func M18_withoutFallbackOnlyTheFirstIsTried() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let vendors = Vendors(["5sim": ["NO_CONNECTION", "NO_CONNECTION"]])
            let router = try router(sim, preferences: preferring("5sim", isFallbackEnabled: false))
            let error = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { try vendors.rent(from: $0.provider) }
            }
            #expect(error?.reason == .allFailed)
            #expect(vendors.asked == ["5sim", "5sim"])
        }
    }

    @Test func M19_theFirstFailsTwiceASecondApartAndTheSecondAnswers() throws {
        let run = try Simulation.run(seed: 1) { sim in
            let vendors = Vendors(["sms-activate": ["NO_CONNECTION", "NO_CONNECTION"]])
            let router = try router(sim)
            let times = Mutex<[Timestamp]>([])
            let number = try await router.run { attempt in
                times.withLock { $0.append(sim.clock.now) }
                return try vendors.rent(from: attempt.provider)
            }
            #expect(number == "number of 5sim")
            #expect(vendors.asked == ["sms-activate", "sms-activate", "5sim"])
            let at = times.withLock { $0 }
            #expect(at[0].duration(to: at[1]) == .milliseconds(1_000))
            #expect(at[1] == at[2])
        }
        #expect(run.elapsed == .milliseconds(1_000))
    }

    @Test func M20_whenAllFailTheErrorHasTheLastMessage() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let vendors = Vendors(["sms-activate": ["NO_NUMBERS"], "5sim": ["NO_BALANCE"]])
            let router = try router(sim)
            let error = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { try vendors.rent(from: $0.provider) }
            }
            #expect(error?.message == "NO_BALANCE")
            #expect(error?.reason == .allFailed)
            #expect(error?.attempts.map(\.provider) == ["sms-activate", "5sim"])
            #expect((error?.lastError as? VendorError)?.code == "NO_BALANCE")
        }
    }

    @Test func M21_withoutAnyStockNobodyIsCalled() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let vendors = Vendors()
            let router = try router(sim)
            try await router.checkStock { _ in 0 }
            let error = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { try vendors.rent(from: $0.provider) }
            }
            #expect(error?.reason.rawValue == "NO_STOCK_AVAILABLE")
            #expect(error?.message == "NO_STOCK_AVAILABLE")
            #expect(vendors.asked.isEmpty)
        }
    }

    @Test func M22_whoCannotSayItsStockCountsAsHavingNone() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let total = try await router.checkStock { provider in
                if provider == "sms-activate" { throw VendorError("NO_CONNECTION") }
                return 7
            }
            #expect(total == 7)
            #expect(router.state(of: "sms-activate")?.stock?.count == 0)
            #expect(router.explain().provider == "5sim")
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
        }
    }

    @Test func M24_eachAttemptIsLogged() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let journal = try ProviderJournal("numbers", on: store, generator: sim.fork())
            let vendors = Vendors(["sms-activate": ["NO_CONNECTION", "NO_CONNECTION"]])
            let router = try router(sim, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            _ = try await router.run(RouteRequest("purchase", reference: "r1")) { try vendors.rent(from: $0.provider) }
            try await sim.clock.pause(for: .seconds(5))
            var rows: [LoggedRequest] = []
            try await journal.reports.forEach { rows.append($0) }
            #expect(rows.map(\.provider) == ["sms-activate", "sms-activate", "5sim"])
            #expect(rows.map(\.isSuccess) == [false, false, true])
            #expect(rows.map(\.error) == ["NO_CONNECTION", "NO_CONNECTION", nil])
            #expect(rows.map(\.attempt) == [1, 2, 3])
            #expect(rows.map(\.isFallback) == [false, false, true])
            #expect(rows.allSatisfy { $0.operation == "purchase" && $0.reference == "r1" })
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func M25_aLogThatFailsBreaksNoCall() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let faults = try FaultPlan(rates: [.unavailable: 1])
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim, faults: faults)
            let journal = try ProviderJournal("numbers", on: store, generator: sim.fork())
            let vendors = Vendors()
            let router = try router(sim, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            let start = sim.clock.now
            let number = try await router.run { try vendors.rent(from: $0.provider) }
            #expect(number == "number of sms-activate")
            #expect(start == sim.clock.now)
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func M26_theOfferThatIsRecommendedAndThatWhichIsTooDear() throws {
        let offers = try PriceOffers(regularPrice: 20, stockByPrice: [15: 100, 18: 50])
        #expect(offers.recommended?.price == 15)
        #expect(offers.recommended?.savingsPercent == 25)
        #expect(offers.recommended?.badge == .great)
        #expect(offers.options.map(\.savingsPercent) == [25, 10])
        #expect(offers.choose(maximumPrice: 14) == nil)
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, offers: Offers(found: offers))
            let taken = await router.outcome(of: RouteRequest(maximumPrice: 16)) { $0.offer }
            #expect(taken.offer?.price == 15)
            #expect(taken.provider == "sms-activate")
            #expect(taken.attempts.map(\.reason) == [.offer])
            let usual = await router.outcome(of: RouteRequest(maximumPrice: 14)) { $0.offer }
            #expect(usual.offer == nil)
            #expect(usual.attempts.map(\.reason) == [.order])
        }
    }

    @Test(arguments: ["attempt", "question"])
    func M28_whateverGoesWrongWithAnOfferTheCallGoesItsUsualWay(_ step: String) throws {
        _ = try Simulation.run(seed: 1) { sim in
            let offers = try PriceOffers(regularPrice: 20, stockByPrice: [15: 100])
            let observer = RecordingObserver()
            let router = try router(
                sim, offers: Offers(found: offers, fails: step == "question"), observer: observer
            )
            let vendors = Vendors(["sms-activate": step == "attempt" ? ["WRONG_MAX_PRICE"] : []])
            let outcome = await router.outcome { try vendors.rent(from: $0.provider) }
            #expect(outcome.provider == "sms-activate")
            #expect(outcome.offer == nil)
            #expect(vendors.asked.count == (step == "attempt" ? 2 : 1))
            #expect(observer.events.first { $0.kind == .providerOfferFailed }?.attributes["step"] == step)
        }
    }

    @Test func M29_whoDoesNotWantOffersIsNotAskedForThem() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let offers = Offers(found: try PriceOffers(regularPrice: 20, stockByPrice: [15: 100]))
            let router = try router(sim, offers: offers)
            let number = try await router.run(RouteRequest(usesOffers: false)) { $0.offer?.price }
            #expect(number == nil)
            #expect(offers.asked.count.withLock { $0 } == 0)
        }
    }
}
