import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// How calls end that could go on in more ways than one.
@Suite struct RouterEndTests {
    /// What a provider answers, as a client sees it.
    private struct Reply: FailureReporting {
        let failure: Failure
        init(status: Int, retryAfter: Int? = nil) {
            failure = .http(status: status, headers: retryAfter.map { ["Retry-After": "\($0)"] } ?? [:])
        }
        init(_ code: String) { failure = Failure(code: code, message: code) }
    }

    /// Answers each call with the next reply, and then does what it is asked.
    private final class Script: Sendable {
        private let left: Mutex<[Reply]>
        private let calls = Mutex<[String]>([])
        var asked: [String] { calls.withLock { $0 } }

        init(_ replies: Reply...) { left = Mutex(replies) }

        func call(_ provider: String) throws {
            calls.withLock { $0.append(provider) }
            if let reply = left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw reply }
        }
    }

    // MARK: Offers

    @Test(arguments: ["DecodingError.dataCorrupted", "NSURLErrorDomain:-999", "DUPLICATE_OPERATION"])
    func whatMayHaveBeenBoughtAtAnOfferIsNotBoughtAgain(_ code: String) throws {
        try simulated { sim in
            let offers = try PriceOffers(regularPrice: 20, stockByPrice: [15: 100])
            let router = try router(sim, offers: Offers(found: offers))
            let script = Script(Reply(code))
            await #expect(throws: Reply.self) { try await router.run { try script.call($0.provider) } }
            #expect(script.asked == ["sms-activate"])
        }
    }

    @Test func aCallThatWasCancelledBuysNothingAtAnOffer() throws {
        /// Does not mind that its task is cancelled.
        struct Stubborn: OfferSource {
            let providerName = "sms-activate"
            let clock: any WallClock
            func offers(for request: RouteRequest) async throws -> PriceOffers? {
                try await shielded { try await clock.pause(for: .seconds(1)) }
                return try PriceOffers(regularPrice: 20, stockByPrice: [15: 100])
            }
        }
        try simulated { sim in
            let script = Script()
            let router = try router(sim, offers: Stubborn(clock: sim.clock))
            let call = sim.task("call") { try await router.run { try script.call($0.provider) } }
            try await sim.clock.pause(for: .milliseconds(500))
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            #expect(script.asked.isEmpty)
        }
    }

    // MARK: Deadlines and waits

    @Test func whoeverNeedsNoWaitIsTriedBeforeTheDeadline() throws {
        try simulated { sim in
            let script = Script(Reply(status: 503))
            let router = try router(sim)
            let request = RouteRequest(deadline: sim.clock.now.advanced(by: .milliseconds(900)))
            try await router.run(request) { try script.call($0.provider) }
            #expect(script.asked == ["sms-activate", "5sim"])
        }
    }

    @Test func theDeadlineIsTheReasonWhereNobodyElseIsLeft() throws {
        try simulated { sim in
            let script = Script(Reply(status: 503))
            let router = try router(sim, ["a"])
            let request = RouteRequest(deadline: sim.clock.now.advanced(by: .milliseconds(900)))
            let error = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run(request) { try script.call($0.provider) }
            }
            #expect(error?.reason == .deadline)
        }
    }

    @Test(arguments: [429, 503])
    func oneThatAsksForAMomentIsLeftWhereAnotherOneIs(_ status: Int) throws {
        let run = try Simulation.run(seed: 1) { sim in
            let script = Script(Reply(status: status, retryAfter: 2))
            let router = try router(sim)
            try await router.run { try script.call($0.provider) }
            #expect(script.asked == ["sms-activate", "5sim"])
            #expect(router.explain().exclusions["sms-activate"] != nil)
        }
        #expect(run.elapsed == .zero)
    }

    @Test(arguments: [429, 503])
    func oneThatAsksForAMomentIsWaitedForWhereNobodyElseIs(_ status: Int) throws {
        let run = try Simulation.run(seed: 1) { sim in
            let script = Script(Reply(status: status, retryAfter: 2))
            let router = try router(sim, ["a"])
            try await router.run { try script.call($0.provider) }
            #expect(script.asked == ["a", "a"])
        }
        #expect(run.elapsed == .seconds(2))
    }

    @Test func a503GetsTheProviderFewerCallsAtATimeByDefault() throws {
        try simulated { sim in
            let router = try router(sim, ["a", "b"], policy: Adaptive())
            router.learn("a", successes: 100)
            router.learn("b", successes: 100, each: .seconds(2))
            // Ten at a time are too many for it.
            let places = (0..<10).compactMap { _ in router.pick() }
            #expect(places.allSatisfy { $0.provider == "a" })
            let kind = ProviderOutcome.Kind(
                ErrorClassifier.standard.classify(.http(status: 503)),
                status: 503,
                at: sim.clock.now
            )
            try await sim.clock.pause(for: .milliseconds(300))
            for (number, place) in places.enumerated() {
                router.record(number < 2 ? kind : .success, for: place, elapsed: .milliseconds(300))
            }
            let later = (0..<10).compactMap { _ in router.pick()?.provider }
            #expect(later.contains("a") && later.contains("b"))
        }
    }

    // MARK: Reasons

    @Test func oneThatIsSwitchedOffIsNobodyWhoIsLeft() throws {
        try simulated { sim in
            let down = Array(repeating: "NO_CONNECTION", count: 4)
            let vendors = Vendors(["a": down, "b": down])
            let providers = try [Provider("a"), Provider("b"), Provider("c", isOn: false)]
            let router = try router(sim, providers)
            let error = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { try vendors.rent(from: $0.provider) }
            }
            #expect(error?.reason == .allFailed)
            router.setStock(0, of: "a")
            router.setStock(0, of: "b")
            let soldOut = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { try vendors.rent(from: $0.provider) }
            }
            #expect(soldOut?.reason == .noStock)
        }
    }

    // MARK: Secrets

    @Test func aSecretThatIsEscapedInJSONIsTakenOutAllTheSame() throws {
        try simulated { sim in
            let options = try RouterOptions(redact: { $0.replacing("ab/cd", with: "***") })
            let router = try router(sim, ["a"], options: options)
            struct Told: FailureReporting {
                let failure = Failure(message: #"{"error":{"message":"NO_CONNECTION for ab\/cd"}}"#)
            }
            let error = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { _ in throw Told() }
            }
            #expect(error?.message == "NO_CONNECTION for ***")
        }
    }

    // MARK: Stock

    @Test func whoRestsOrIsFullIsNotAskedForItsStock() throws {
        try simulated { sim in
            let providers = try [Provider("a", inFlightLimit: 1), Provider("b"), Provider("c")]
            let router = try router(sim, providers)
            for name in ["a", "b", "c"] { router.setStock(5, of: name) }
            let place = try #require(router.pick())
            #expect(place.provider == "a")
            router.rest("b", until: sim.clock.now.advanced(by: .seconds(9)))
            let asked = Mutex<[String]>([])
            let sum = try await router.checkStock { provider in
                asked.withLock { $0.append(provider) }
                return 7
            }
            #expect(sum == 7)
            #expect(asked.withLock { $0 } == ["c"])
            #expect(router.snapshot().map { $0.stock?.count } == [5, 5, 7])
            router.giveBack(place)
            // One that is asked too often says so, and rests; what it has stays as it is known.
            _ = try await router.checkStock { _ in throw Reply(status: 429, retryAfter: 2) }
            #expect(router.snapshot().map { $0.stock?.count } == [5, 5, 7])
            try await sim.clock.pause(for: .seconds(10))
            #expect(try await router.checkStock { _ in 1 } == 3)
        }
    }
}
