import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// Routers inside retriers, retriers inside routers, and a retrier that fails over with a router.
@Suite struct RouterNestingTests {
    private func retrier(
        _ sim: Simulation,
        nesting: RetryNesting = .oneAttempt,
        attempts: Int? = nil,
        failover: (any FailoverSource)? = nil
    ) throws -> Retrier {
        Retrier(
            try RetryPolicy(attempts: attempts, backoff: .none, throttledBackoff: .none, jitter: .none, nesting: nesting),
            classifier: .smsRental,
            clock: sim.clock,
            budget: nil,
            generator: sim.fork(),
            failover: failover
        )
    }

    @Test func aRetrierInsideTriesOnce() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let inner = try retrier(sim)
            let calls = Mutex(0)
            await #expect(throws: ProvidersExhaustedError.self) {
                try await router.run { _ in
                    try await inner.run { _ in
                        calls.withLock { $0 += 1 }
                        throw VendorError("NO_CONNECTION")
                    }
                }
            }
            #expect(calls.withLock { $0 } == 4)
        }
    }

    @Test func aRouterInsideTriesOnceAndThrowsWhatItMet() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let outer = try retrier(sim, attempts: 3)
            let calls = Mutex(0)
            await #expect(throws: VendorError.self) {
                try await outer.run { _ in
                    try await router.run { _ in
                        calls.withLock { $0 += 1 }
                        throw VendorError("NO_CONNECTION")
                    }
                }
            }
            #expect(calls.withLock { $0 } == 3)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 9])
    func attemptsThatAreSharedAreOneBudget(_ innerAttempts: Int) throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim, options: RouterOptions(nesting: .sharesAttempts))
            let inner = try retrier(sim, nesting: .sharesAttempts, attempts: innerAttempts)
            let calls = Mutex(0)
            _ = await router.outcome { _ in
                try await inner.run { _ in
                    calls.withLock { $0 += 1 }
                    throw VendorError("NO_CONNECTION")
                }
            }
            // Two tries at each of two providers, however they are spread.
            #expect(calls.withLock { $0 } == 4)
        }
    }

    @Test func aRetrierFailsOverWithARouter() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let retrier = try retrier(sim, failover: router)
            let vendors = Vendors(["sms-activate": ["NO_CONNECTION", "NO_CONNECTION"]])
            let number = try await retrier.run { _ in
                let provider = try router.provider()
                #expect(try router.provider() == provider)
                #expect(router.state(of: provider)?.inFlight == 1)
                return try vendors.rent(from: provider)
            }
            #expect(number == "number of 5sim")
            #expect(vendors.asked == ["sms-activate", "sms-activate", "5sim"])
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
            #expect(router.state(of: "sms-activate")?.health?.failures == 2)
            #expect(router.state(of: "5sim")?.health?.successes == 1)
        }
    }

    @Test func whoStandsInForARetrierIsLoggedAsAFallback() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let journal = try ProviderJournal("n", on: InMemoryStore(clock: sim.clock), generator: sim.fork())
            let router = try router(sim, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            let retrier = try retrier(sim, failover: router)
            let vendors = Vendors(["sms-activate": ["NO_NUMBERS"]])
            _ = try await retrier.run { _ in try vendors.rent(from: router.provider()) }
            try await sim.clock.pause(for: .seconds(5))
            var found: [LoggedRequest] = []
            try await journal.reports.forEach { found.append($0) }
            #expect(found.map(\.outcome) == ["stockOut", "success"])
            #expect(found.map(\.isFallback) == [false, true])
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func whatIsToBeTriedElsewhereFailsOverAtOnce() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let retrier = try retrier(sim, failover: router)
            let vendors = Vendors(["sms-activate": ["NO_NUMBERS"], "5sim": ["NO_BALANCE"]])
            let error = await #expect(throws: AllBucketsExhaustedError.self) {
                try await retrier.run { _ in try vendors.rent(from: router.provider()) }
            }
            #expect(vendors.asked == ["sms-activate", "5sim"])
            #expect(error?.attemptedBuckets == ["sms-activate", "5sim"])
            #expect(router.state(of: "sms-activate")?.stock?.count == 0)
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
        }
    }

    @Test func aCancelledRequestOfARetrierGivesItsPlaceBack() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let router = try router(sim)
            let retrier = try retrier(sim, failover: router)
            let task = sim.task("call") {
                try await retrier.run { _ in
                    _ = try router.provider()
                    try await sim.clock.pause(for: .seconds(60))
                }
            }
            try await sim.clock.pause(for: .seconds(1))
            #expect(router.snapshot().map(\.inFlight) == [1, 0])
            task.cancel()
            _ = await task.result
            #expect(router.snapshot().map(\.inFlight) == [0, 0])
        }
    }
}
