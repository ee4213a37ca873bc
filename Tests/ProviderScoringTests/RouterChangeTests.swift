import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// Policies and options of a router: what each changes.
@Suite struct RouterChangeTests {
    /// Picks the last one that may be called.
    private struct LastFirst: SelectionPolicy {
        let name = "last first"
        mutating func pick(_ request: PickRequest, from providers: [ProviderState], using: inout SmallGenerator) -> Pick? {
            providers.indices.last { request.isEligible($0, of: providers) }.map {
                Pick(provider: $0, probability: 1, reason: .order)
            }
        }
    }

    @Test func anotherPolicyCountsFromTheNextPickOnAndKnowsTheHealth() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            router.learn("sms-activate", successes: 19, failures: 1)
            router.learn("5sim", successes: 20)
            #expect(router.explain().provider == "sms-activate")
            let held = try #require(router.pick())
            router.setPolicy(HighestScore())
            #expect(router.explain().policy == HighestScore().name)
            #expect(router.explain().provider == "5sim")
            // What is under way still counts.
            #expect(router.snapshot().map(\.inFlight) == [1, 0])
            #expect(router.record(.failure, for: held, elapsed: .seconds(1)))
            #expect(router.state(of: "sms-activate")?.health?.failures == 2)
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
        }
    }

    @Test func aPolicyMayChangeInTheMiddleOfACall() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, ["a", "b", "c"])
            let vendors = Vendors(["a": ["NO_NUMBERS"]])
            _ = try await router.run { attempt in
                router.setPolicy(LastFirst())
                return try vendors.rent(from: attempt.provider)
            }
            #expect(vendors.asked == ["a", "c"])
        }
    }

    @Test func onlyAPolicyThatDoesNotWeighHealthLeavesOutWhoIsBelowThePreferences() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            router.learn("sms-activate", successes: 2, failures: 1)
            #expect(router.snapshot().map(\.isGoodEnough) == [false, true])
            #expect(router.explain().exclusions["sms-activate"] == .belowPreferences)
            router.setPolicy(Adaptive())
            #expect(router.explain().exclusions["sms-activate"] != .belowPreferences)
            router.setPolicy(Ordered())
            #expect(router.explain().exclusions["sms-activate"] == .belowPreferences)
        }
    }

    private struct Failed: FailureReporting {
        let category: ErrorClassification.Category
        var failure: Failure { Failure(source: "test", code: category.rawValue) }
    }

    /// The categories at which a call ends with the first provider's own error.
    private func stops(_ options: RouterOptions) async throws -> Set<ErrorClassification.Category> {
        let all = ErrorClassification.Category.allCases
        let rules = all.map { Rule($0.rawValue, $0, .fail, isAmbiguous: false, codes: [$0.rawValue]) }
        let classifier = try ErrorClassifier([RuleTable("each", rules: rules)])
        var stops: Set<ErrorClassification.Category> = []
        for category in all {
            let router = try ProviderRouter(
                "test", ["a", "b"], policy: Ordered(), options: options, classifier: classifier, clock: ManualClock()
            )
            var asked: [String] = []
            do {
                try await router.run { attempt in
                    asked.append(attempt.provider)
                    throw Failed(category: category)
                }
            } catch is Failed {
                stops.insert(category)
                #expect(asked == ["a"], "\(category)")
            } catch {
                #expect(asked == ["a", "b"], "\(category)")
                #expect(((error as? ProvidersExhaustedError)?.lastError as? Failed)?.category == category)
            }
        }
        return stops
    }

    @Test func whatIsWrongWithTheRequestEndsACallAndTheRestIsTriedElsewhere() async throws {
        #expect(
            RouterOptions.usualStops == [
                .validation, .notFound, .duplicate, .invalidRecipient, .paymentDeclined, .cancelled,
            ]
        )
        #expect(RouterOptions.standard.stopsAt == RouterOptions.usualStops)
        #expect(try await stops(.standard) == RouterOptions.usualStops)
        #expect(try await stops(RouterOptions(stopsAt: [])).isEmpty)
        #expect(try await stops(RouterOptions(stopsAt: [.authentication, .timeout])) == [.authentication, .timeout])
        let more = RouterOptions.usualStops.union([.permanent])
        #expect(try await stops(RouterOptions(stopsAt: more)) == more)
    }

    @Test func aRefusalRestsForAsLongAsTheOptionsSayUnlessTheProviderDoes() throws {
        let options = try HealthOptions(refusalPause: .seconds(10))
        let start = Timestamp(seconds: 1_000_000)
        func rest(_ kind: ProviderOutcome.Kind) throws -> Timestamp {
            var table = try ProviderTable(["a"], options: options)
            table.record(ProviderOutcome(kind, ended: start, elapsed: .seconds(1)), of: 0)
            return table.states[0].limitedUntil
        }
        let said = start.advanced(by: .seconds(3))
        #expect(try rest(.refused) == start.advanced(by: .seconds(10)))
        #expect(try rest(.quota(until: nil)) == start.advanced(by: .seconds(10)))
        #expect(try rest(.quota(until: said)) == said)
        #expect(try rest(.limited(until: said)) == said)
        #expect(try rest(.limited(until: nil)) == .distantPast)
        #expect(throws: InvalidArgument.self) { try HealthOptions(refusalPause: .zero) }
        #expect(throws: InvalidArgument.self) { try HealthOptions(stockAge: .seconds(-1)) }
        #expect(throws: InvalidArgument.self) { try HealthOptions(windowSize: 0) }
    }

    @Test func aProviderThatRefusedUsIsCalledAgainAfterThePause() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try ProviderRouter(
                "numbers", twoVendors, policy: Ordered(), health: HealthOptions(refusalPause: .seconds(10)),
                classifier: .smsRental, clock: sim.clock, generator: sim.fork()
            )
            let vendors = Vendors(["sms-activate": ["BAD_KEY"]])
            let first = try await router.run { try vendors.rent(from: $0.provider) }
            #expect(first == "number of 5sim")
            let until = sim.clock.now.advanced(by: .seconds(10))
            #expect(router.explain().exclusions["sms-activate"] == .resting(until: until))
            #expect(router.state(of: "sms-activate")?.restingUntil == until)
            try await sim.clock.pause(for: .seconds(10))
            #expect(router.explain().provider == "sms-activate")
            #expect(router.state(of: "sms-activate")?.restingUntil == nil)
        }
    }
}
