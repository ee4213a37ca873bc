import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization

/// What a vendor of numbers says.
struct VendorError: FailureReporting {
    let code: String
    var failure: Failure { Failure(source: "sms_activate", code: code, message: code) }
    init(_ code: String) { self.code = code }
}

/// Vendors by script: each call of a provider takes the next reply of its script, and then succeeds.
final class Vendors: Sendable {
    private let state: Mutex<[String: [String]]>
    private let calls = Mutex<[String]>([])

    init(_ script: [String: [String]] = [:]) { state = Mutex(script) }

    /// Whom it was asked of, in order.
    var asked: [String] { calls.withLock { $0 } }

    func rent(from provider: String) throws -> String {
        calls.withLock { $0.append(provider) }
        let reply = state.withLock { $0[provider, default: []].isEmpty ? nil : $0[provider]?.removeFirst() }
        if let reply { throw VendorError(reply) }
        return "number of \(provider)"
    }
}

let twoVendors: [Provider] = ["sms-activate", "5sim"]

/// A router on the time of a simulation.
func router(
    _ sim: Simulation,
    _ providers: [Provider] = twoVendors,
    policy: any SelectionPolicy = Ordered(),
    preferences: ProviderPreferences = .standard,
    options: RouterOptions = .standard,
    offers: (any OfferSource)? = nil,
    journal: ProviderJournal? = nil,
    alerts: ProviderAlerts? = nil,
    observer: (any Observer)? = nil
) throws -> ProviderRouter {
    try ProviderRouter(
        "numbers",
        providers,
        policy: policy,
        preferences: preferences,
        options: options,
        offers: offers,
        classifier: .smsRental,
        clock: sim.clock,
        generator: sim.fork(),
        journal: journal,
        alerts: alerts,
        observer: observer
    )
}

extension ProviderRouter {
    /// Lets it learn of calls that were made elsewhere.
    func learn(_ provider: String, successes: Int, failures: Int = 0, each time: Duration = .milliseconds(800)) {
        for _ in 0..<failures { record(.failure, of: provider, elapsed: time) }
        for _ in 0..<successes { record(.success, of: provider, elapsed: time) }
    }

    func state(of provider: String) -> ProviderSnapshot? { snapshot().first { $0.name == provider } }
}

/// Offers as they were told.
struct Offers: OfferSource {
    let providerName = "sms-activate"
    var found: PriceOffers?
    var fails = false
    let asked = Asked()

    final class Asked: Sendable { let count = Mutex(0) }

    func offers(for request: RouteRequest) async throws -> PriceOffers? {
        asked.count.withLock { $0 += 1 }
        if fails { throw VendorError("NO_CONNECTION") }
        return found
    }
}

/// Runs it in virtual time.
func simulated(_ body: @escaping @Sendable (Simulation) async throws -> Void) throws {
    _ = try Simulation.run(seed: 1) { sim in try await body(sim) }
}
