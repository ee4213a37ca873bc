import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// What an observer is told of the calls of a router.
@Suite struct RouterEventTests {
    private func attributes(_ observer: RecordingObserver, _ kind: ResilienceEvent.Kind) -> [[String: String]] {
        observer.events.filter { $0.kind == kind }.map(\.attributes)
    }

    @Test func eachAttemptIsOneEventWithItsOutcomeAndTime() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let (observer, vendors) = (RecordingObserver(), Vendors(["sms-activate": ["NO_NUMBERS"]]))
            let router = try router(sim, observer: observer)
            _ = try await router.run { attempt in
                try await sim.clock.pause(for: .milliseconds(attempt.number * 250))
                return try vendors.rent(from: attempt.provider)
            }
            #expect(
                attributes(observer, .providerAttempted) == [
                    ["provider": "sms-activate", "outcome": "stockOut", "attempt": "1", "milliseconds": "250"],
                    ["provider": "5sim", "outcome": "success", "attempt": "2", "milliseconds": "500"],
                ]
            )
            #expect(observer.events.allSatisfy { $0.subject == "numbers" })
            #expect(observer.count(.providerPicked) == 2)
            #expect(observer.count(.providersExhausted) == 0)
        }
    }

    @Test func aStatusThatChangesIsOneEventAndOneThatStaysIsNone() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let observer = RecordingObserver()
            let preferences = try ProviderPreferences(isFallbackEnabled: false, retryAttempts: 1)
            let router = try router(sim, ["a"], preferences: preferences, observer: observer)
            for number in 1...12 {
                _ = try? await router.run { _ in if number <= 2 { throw VendorError("TRY_AGAIN_LATER") } }
            }
            #expect(
                attributes(observer, .providerStatusChanged) == [
                    ["provider": "a", "from": "unknown", "to": "unavailable"],
                    // Two of four.
                    ["provider": "a", "from": "unavailable", "to": "degraded"],
                ]
            )
            for _ in 13...20 { try await router.run { _ in } }
            // 18 of 20.
            let last = attributes(observer, .providerStatusChanged).last
            #expect(last == ["provider": "a", "from": "degraded", "to": "healthy"])
            #expect(observer.count(.providerStatusChanged) == 3)
            #expect(observer.count(.providerAttempted) == 20)
        }
    }

    @Test func whatCannotBeFollowedIsAnEventAndFollowedLater() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let (truth, observer) = (InMemoryStore(clock: sim.clock), RecordingObserver())
            let other = try ProviderJournal("n", on: truth, generator: sim.fork())
            try await other.save(ProviderPreferences(preferredProvider: "5sim"))
            let faults = try FaultPlan.none.injecting(.unavailable, at: .scan, number: 1)
                .injecting(.unavailable, at: .read, number: 1)
            let store = SimulatedStore(truth, in: sim, faults: faults)
            let journal = try ProviderJournal("n", on: store, generator: sim.fork(), observer: observer)
            let router = try router(sim, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            try await sim.clock.pause(for: .seconds(1))
            // The log could not be read, nor the preferences.
            #expect(observer.events.map(\.kind) == [.providerFollowFailed, .providerFollowFailed])
            #expect(observer.events.allSatisfy { $0.subject == "n" && $0.attributes == ["error": "StoreError"] })
            #expect(router.preferences == .standard)
            try await sim.clock.pause(for: .seconds(6))
            #expect(router.preferences.preferredProvider == "5sim")
            #expect(observer.events.count == 2)
            keeping.cancel()
            _ = await keeping.result
            #expect(observer.events.count == 2)
        }
    }
}
