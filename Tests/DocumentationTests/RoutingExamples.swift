import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

private struct PriceAPI: Sendable {
    func prices(_ service: String?) async throws -> [Double: Int] { service == "wa" ? [15: 100] : [:] }
}

private struct Rental { var id: String }

private struct SilentPager: AlertSink {
    let name = "pager"
    func send(_ alerts: [ResilienceAlert]) async throws {}
}

private let api = PriceAPI()

private func rent(_ service: String, from provider: String, key: String = "") async throws -> String {
    "\(service) of \(provider)"
}

// example
struct FreePrices: OfferSource {
    let providerName = "sms-activate"
    func offers(for request: RouteRequest) async throws -> PriceOffers? {
        try await PriceOffers(regularPrice: 20, stockByPrice: api.prices(request.tags["service"]))
    }
}
// end

@Suite struct RoutingExamples {
    private let clock = ManualClock()
    private let store = InMemoryStore(clock: ManualClock())

    @Test func theRouter() async throws {
        // example
        let router = try ProviderRouter("numbers", ["sms-activate", "5sim"], classifier: .smsRental)
        let number = try await router.run(RouteRequest("purchase", tags: ["country": "us"])) { attempt in
            try await rent("wa", from: attempt.provider, key: attempt.idempotencyKey)
        }
        // end
        #expect(number.hasPrefix("wa of"))
    }

    @Test func aRetrier() async throws {
        let router = try ProviderRouter("numbers", ["sms-activate", "5sim"], policy: Ordered())
        // example
        let retrier = Retrier(classifier: .smsRental, failover: router)
        let number = try await retrier.run { _ in try await rent("wa", from: router.provider()) }
        // end
        #expect(number == "wa of sms-activate")
    }

    @Test func preferences() throws {
        let router = try ProviderRouter("numbers", ["sms-activate", "5sim"])
        // example
        let preferences = try ProviderPreferences(preferredProvider: "sms-activate", retryAttempts: 3, retryDelay: .milliseconds(500))
        try router.setPreferences(preferences)
        // end
        #expect(router.explain().reason == .preferred)
    }

    @Test func offers() async throws {
        // example
        let offers = try PriceOffers(regularPrice: 20, stockByPrice: [15: 100, 18: 50])
        let best = offers.recommended  // 15, which saves 25 %
        let affordable = offers.choose(maximumPrice: 14)  // nil: there is none
        // end
        #expect(best?.savingsPercent == 25)
        #expect(affordable == nil)
        let found = try await FreePrices().offers(for: RouteRequest(tags: ["service": "wa"]))
        #expect(found?.totalStock == 100)
    }

    @Test func values() throws {
        let rental = Rental(id: "r1")
        // example
        var request = RouteRequest("purchase", reference: rental.id, tags: ["country": "us", "service": "wa"])
        request.maximumPrice = 20
        // end
        #expect(request.usesOffers)
        // example
        let providers: [Provider] = ["sms-activate", try Provider("5sim", inFlightLimit: 8, price: 19)]
        // end
        #expect(providers.count == 2)
    }

    @Test func options() throws {
        do {
            // example
            let options = try RouterOptions(nobodyEligible: .wait(atMost: .seconds(10)), isIdempotent: true)
            // end
            #expect(options.isIdempotent)
        }
        // example
        let options = try JournalOptions(retention: .seconds(7 * 86_400))
        // end
        #expect(options.capacity == 10_000)
    }

    @Test func aJournal() async throws {
        let store = InMemoryStore()
        func keepAWhile() async throws {
            // example
            let journal = try ProviderJournal("numbers", on: store)
            let router = try ProviderRouter("numbers", ["sms-activate", "5sim"], journal: journal)
            let keeping = Task { await router.keep() }
            for failure in try await journal.reports.failures() { print(failure.provider, failure.message ?? "", failure.occurrences) }
            // end
            keeping.cancel()
            await keeping.value
        }
        try await keepAWhile()
        let journal = try ProviderJournal("numbers", on: store)
        // example
        let reports = journal.reports
        for row in try await reports.comparison() { print(row.provider, row.successRate, row.meanResponse) }
        for change in try await reports.trend(by: .seconds(7 * 86_400)) { print(change.provider, change.rateChange ?? 0) }
        // end
        #expect(try await reports.hourlyVolume().isEmpty)
    }

    @Test func alerts() throws {
        let pager = SilentPager()
        // example
        let sending = try AlertRouter(to: [pager], rules: [.each(name: "provider.successRate", atMostOncePer: .seconds(900))])
        let alerts = try ProviderAlerts("numbers", to: sending)
        let router = try ProviderRouter("numbers", ["sms-activate", "5sim"], alerts: alerts)
        // end
        #expect(router.providers.count == 2)
    }
}
