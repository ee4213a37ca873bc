import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// Who was out comes back: after an outage, an empty stock, a preference, a change of the providers.
@Suite struct ReturnTests {
    /// Calls whoever is picked; those that are down fail. Gives whom it picked.
    private func call(_ router: ProviderRouter, times: Int, down: Set<String> = []) -> [String] {
        (0..<times).compactMap { _ in
            guard let place = router.pick() else { return nil }
            let kind: ProviderOutcome.Kind = down.contains(place.provider) ? .failure : .success
            router.record(kind, for: place, elapsed: .milliseconds(800))
            return place.provider
        }
    }

    @Test func aProbeThatFellDueWhileItsProviderWasSoldOutFollowsSoon() throws {
        try simulated { sim in
            let router = try router(sim, ["a", "b"], policy: Adaptive())
            router.learn("a", successes: 100)
            router.learn("b", successes: 100, each: .seconds(2))
            _ = call(router, times: 30, down: ["a"])
            #expect(router.explain().exclusions == ["a": .heldBack])
            router.setStock(0, of: "a")
            #expect(!call(router, times: 1_000).contains("a"))
            router.setStock(nil, of: "a")
            #expect(call(router, times: 16).contains("a"))
        }
    }

    @Test func aPreferredProviderThatWasDownIsTriedAndPreferredAgain() throws {
        try simulated { sim in
            let preferences = try ProviderPreferences(preferredProvider: "a")
            let router = try router(sim, ["a", "b"], policy: Adaptive(), preferences: preferences)
            // Slower than b, so that only the preference is for it.
            router.learn("a", successes: 100, each: .seconds(2))
            router.learn("b", successes: 100)
            _ = call(router, times: 100, down: ["a"])
            #expect(router.explain().provider == "b")
            let back = call(router, times: 1_500)
            #expect(back.suffix(500).allSatisfy { $0 == "a" })
            #expect(router.explain().reason == .preferred)
        }
    }

    @Test func fiveFailuresInARowTakeThePreferredProviderOutToo() throws {
        try simulated { sim in
            let preferences = try ProviderPreferences(preferredProvider: "a", minimumSuccessRate: 10)
            let router = try router(sim, ["a", "b"], policy: Adaptive(), preferences: preferences)
            router.learn("a", successes: 100)
            router.learn("b", successes: 100)
            #expect(call(router, times: 5, down: ["a"]).first == "a")
            #expect(router.explain().provider == "b")
            #expect(router.explain().exclusions["a"] == .heldBack)
            // A probe now and then, and no more.
            #expect(call(router, times: 100, down: ["a"]).count { $0 == "a" } <= 5)
        }
    }

    @Test func whatThePreferredProviderSaysOfItsQuotaIsMinded() throws {
        try simulated { sim in
            let preferences = try ProviderPreferences(preferredProvider: "a")
            let router = try router(sim, ["a", "b"], policy: Adaptive(), preferences: preferences)
            for name in ["a", "b"] { router.learn(name, successes: 20) }
            #expect(router.explain().provider == "a")
            let reset = sim.clock.now.advanced(by: .seconds(60))
            router.setAllowance(Allowance(remaining: 0, resetsAt: reset), of: "a")
            #expect(call(router, times: 10).allSatisfy { $0 == "b" })
            try await sim.clock.pause(for: .seconds(61))
            #expect(router.explain().reason == .preferred)
        }
    }

    @Test func whereAllHaveEnoughToDoTheOneWithoutQuotaComesLast() throws {
        try simulated { sim in
            let router = try router(sim, ["a", "b"], policy: Adaptive())
            for name in ["a", "b"] { router.learn(name, successes: 20) }
            router.setAllowance(Allowance(remaining: 0, resetsAt: sim.clock.now.advanced(by: .seconds(60))), of: "a")
            // Refused with four at a time, b seems to stand fewer.
            let places = (0..<4).compactMap { _ in router.pick() }
            #expect(places.allSatisfy { $0.provider == "b" })
            try await sim.clock.pause(for: .milliseconds(10))
            router.record(.overloaded(until: nil), for: places[0], elapsed: .milliseconds(10))
            #expect((0..<4).compactMap { _ in router.pick()?.provider } == ["b", "b", "b", "b"])
        }
    }

    @Test func aPreferredProviderThatIsOnlyBadDoesNotComeBack() throws {
        try simulated { sim in
            let preferences = try ProviderPreferences(preferredProvider: "a")
            let router = try router(sim, ["a", "b"], policy: Adaptive(), preferences: preferences)
            for _ in 0..<20 { router.learn("a", successes: 4, failures: 1, each: .seconds(2)) }
            router.learn("b", successes: 100)
            #expect(!call(router, times: 300).contains("a"))
        }
    }

    @Test func theExplanationNamesWhomTheDefaultHoldsBack() throws {
        try simulated { sim in
            let router = try router(sim, ["a", "b", "c"], policy: Adaptive())
            for name in ["a", "b", "c"] { router.learn(name, successes: 50) }
            router.learn("a", successes: 0, failures: 5)
            let decision = router.explain()
            #expect(decision.exclusions == ["a": .heldBack])
            #expect(decision.provider != "a")
        }
    }

    /// Notes which attempt it is asked about.
    private struct Asked: SelectionPolicy {
        let name = "asked"
        let attempts: Attempts
        final class Attempts: Sendable { let all = Mutex<[Int]>([]) }
        mutating func pick(_ request: PickRequest, from: [ProviderState], using: inout SmallGenerator) -> Pick? {
            attempts.all.withLock { $0.append(request.attempt) }
            return from.indices.first { request.isEligible($0, of: from) }
                .map { Pick(provider: $0, probability: 1, reason: .order) }
        }
    }

    @Test func triesAtOneProviderAreOneAttemptToThePolicy() throws {
        try simulated { sim in
            let attempts = Asked.Attempts()
            let router = try router(sim, ["a", "b", "c"], policy: Asked(attempts: attempts))
            let vendors = Vendors(["a": ["NO_CONNECTION", "NO_CONNECTION"], "b": ["NO_NUMBERS"]])
            #expect(try await router.run { try vendors.rent(from: $0.provider) } == "number of c")
            #expect(vendors.asked == ["a", "a", "b", "c"])
            #expect(attempts.all.withLock { $0 } == [1, 2, 3])
        }
    }

    @Test func aStockThatIsOldByNowIsNotCountedAsNone() throws {
        try simulated { sim in
            let vendors = Vendors(["a": ["NO_CONNECTION", "NO_CONNECTION"]])
            let router = try router(sim, ["a", "b"])
            router.setStock(0, of: "a")
            try await sim.clock.pause(for: .seconds(301))
            #expect(try await router.run { try vendors.rent(from: $0.provider) } == "number of b")
        }
    }

    @Test func whereAllFailedThatIsTheReasonHoweverOftenTheyWereTried() throws {
        try simulated { sim in
            let down = Array(repeating: "NO_CONNECTION", count: 4)
            let vendors = Vendors(["a": down, "b": down])
            let router = try router(sim, ["a", "b"])
            let error = await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { try vendors.rent(from: $0.provider) }
            }
            #expect(error?.reason == .allFailed)
            #expect(vendors.asked == ["a", "a", "b", "b"])
        }
    }

    @Test func otherProvidersLeaveWhatWasSaidOfThoseThatStay() throws {
        try simulated { sim in
            let a = try Provider("a", price: 19)
            let router = try router(sim, [a, "b"])
            router.setOn(false, of: "a")
            try router.setPrice(25, of: "a")
            try router.setProviders([a, "b", "c"])
            #expect(router.state(of: "a")?.isOn == false)
            #expect(router.state(of: "a")?.price == 25)
            #expect(router.state(of: "a")?.priceAge == .zero)
            try router.setProviders([Provider("a", price: 18), "b"])
            #expect(router.state(of: "a")?.isOn == false)
            #expect(router.state(of: "a")?.price == 18)
            #expect(router.state(of: "a")?.priceAge == nil)
        }
    }

    @Test func aRetrierWithoutFallbackStaysWithTheFirst() throws {
        try simulated { sim in
            let preferences = try ProviderPreferences(isFallbackEnabled: false)
            let router = try router(sim, preferences: preferences)
            let vendors = Vendors(["sms-activate": ["NO_NUMBERS", "NO_NUMBERS"]])
            let retrier = Retrier(
                try RetryPolicy(backoff: .none, throttledBackoff: .none, jitter: .none),
                classifier: .smsRental,
                clock: sim.clock,
                generator: sim.fork(),
                failover: router
            )
            await #expect(throws: (any Error).self) {
                try await retrier.run { _ in try vendors.rent(from: router.provider()) }
            }
            #expect(Set(vendors.asked) == ["sms-activate"])
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
        }
    }

    @Test func whoSaysThatNoMessageHasComeYetIsWell() throws {
        try simulated { sim in
            let router = try router(sim, preferences: ProviderPreferences(retryAttempts: 1))
            for code in ["STATUS_WAIT_CODE", "STATUS_WAIT_RETRY:12345"] {
                let vendors = Vendors(["sms-activate": [code], "5sim": [code]])
                _ = try? await router.run(RouteRequest("check_status")) { try vendors.rent(from: $0.provider) }
            }
            #expect(router.snapshot().allSatisfy { $0.health == nil })
        }
    }

    @Test func whatAnAnswerSaysOfTheQuotaIsMinded() throws {
        try simulated { sim in
            let router = try router(sim, ["a", "b"], policy: Adaptive())
            router.learn("a", successes: 100)
            router.learn("b", successes: 100, each: .seconds(3))
            #expect(router.explain().provider == "a")
            let reset = sim.clock.now.advanced(by: .seconds(60))
            let answer = try await router.run { attempt in
                router.setAllowance(Allowance(remaining: 0, resetsAt: reset), of: attempt.provider)
                return attempt.provider
            }
            #expect(answer == "a")
            #expect(router.explain().provider == "b")
            try await sim.clock.pause(for: .seconds(61))
            #expect(router.explain().provider == "a")
        }
    }
}
