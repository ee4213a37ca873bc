import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

// example
struct NumberService: Sendable {
    let router: ProviderRouter
    let buy: @Sendable (_ provider: String, _ service: String, _ maximumPrice: Double?) async throws -> String
    let stock: @Sendable (_ provider: String, _ service: String) async throws -> Int

    init(
        on store: any RecordStore,
        buy: @escaping @Sendable (String, String, Double?) async throws -> String,
        stock: @escaping @Sendable (String, String) async throws -> Int
    ) throws {
        (self.buy, self.stock) = (buy, stock)
        router = try ProviderRouter(
            "numbers",
            ["sms-activate", "5sim"],
            classifier: .smsRental,
            clock: store.clock,
            journal: ProviderJournal("numbers", on: store)
        )
    }

    func rent(_ service: String, for order: String) async throws -> String {
        try await router.checkStock { provider in try await stock(provider, service) }
        let request = RouteRequest("purchase", reference: order, tags: ["service": service])
        return try await router.run(request) { attempt in
            try await buy(attempt.provider, service, attempt.offer?.price)
        }
    }
}
// end

@Suite struct RoutingGuideExample {
    private struct NoNumbers: FailureReporting {
        var failure: Failure { Failure(source: "sms_activate", code: "NO_NUMBERS") }
    }

    @Test func anotherProviderAnswersWhereOneHasNone() async throws {
        let service = try NumberService(on: InMemoryStore(clock: ManualClock())) { provider, service, _ in
            guard provider == "5sim" else { throw NoNumbers() }
            return "\(service) of \(provider)"
        } stock: { _, _ in
            10
        }
        #expect(try await service.rent("wa", for: "order-1") == "wa of 5sim")
    }
}
