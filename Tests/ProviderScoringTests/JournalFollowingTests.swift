import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// What a router learns from the journal of all, and when.
@Suite struct JournalFollowingTests {
    private func entry(_ outcome: String, at ended: Timestamp) -> LoggedRequest {
        LoggedRequest(provider: "a", operation: "purchase", outcome: outcome, began: ended, elapsed: .zero)
    }

    /// Two processes on a store: the first one writes, the second one learns over a store with those faults.
    private func follow(
        _ faults: FaultPlan = .none,
        _ body: @escaping @Sendable (Simulation, InMemoryStore, ProviderJournal, ProviderRouter) async throws -> Void
    ) throws {
        _ = try Simulation.run(seed: 4) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let journal = try ProviderJournal("n", on: truth, generator: sim.fork())
            let store = SimulatedStore(truth, in: sim, faults: faults)
            let first = try router(sim, ["a", "b"], journal: journal)
            let second = try router(sim, ["a", "b"], journal: ProviderJournal("n", on: store, generator: sim.fork()))
            let keeping = [first, second].map { router in sim.task("keeping") { await router.keep() } }
            try await body(sim, truth, journal, second)
            for task in keeping { task.cancel() }
            for task in keeping { _ = await task.result }
        }
    }

    @Test func whatOthersLoggedCountsOnceHoweverOftenItIsRead() throws {
        _ = try Simulation.run(seed: 6) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let first = try router(sim, ["a", "b"], journal: ProviderJournal("n", on: store, generator: sim.fork()))
            let writing = sim.task("writing") { await first.keep() }
            for _ in 0..<3 {
                _ = try? await first.run { attempt in
                    if attempt.provider == "a" { throw VendorError("NO_CONNECTION") }
                }
            }
            try await sim.clock.pause(for: .seconds(30))
            let second = try router(sim, ["a", "b"], journal: ProviderJournal("n", on: store, generator: sim.fork()))
            try await second.catchUp()
            let once = second.state(of: "a")?.health
            #expect(once?.failures == first.state(of: "a")?.health?.failures)
            try await second.catchUp()
            for _ in 0..<2 {
                let keeping = sim.task("keeping") { await second.keep() }
                try await sim.clock.pause(for: .seconds(600))
                keeping.cancel()
                _ = await keeping.result
            }
            #expect(second.state(of: "a")?.health == once)
            // What is new is learnt.
            _ = try await first.run { _ in }
            try await sim.clock.pause(for: .seconds(30))
            try await second.catchUp()
            #expect(second.snapshot().map { $0.health?.count } == first.snapshot().map { $0.health?.count })
            writing.cancel()
            _ = await writing.result
        }
    }

    @Test func whatWasSavedIsAppliedOnceAndRefusedOnce() throws {
        _ = try Simulation.run(seed: 5) { sim in
            let observer = RecordingObserver()
            let store = InMemoryStore(clock: sim.clock)
            let journal = try ProviderJournal("n", on: store, generator: sim.fork(), observer: observer)
            let router = try router(sim, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            let saved = try ProviderPreferences(minimumSuccessRate: 95)
            try await journal.save(saved)
            try await sim.clock.pause(for: .seconds(6))
            #expect(router.preferences == saved)
            let own = try ProviderPreferences(minimumSuccessRate: 50)
            try router.setPreferences(own)
            try await sim.clock.pause(for: .seconds(60))
            #expect(router.preferences == own)
            // The same once more is a change.
            try await journal.save(saved)
            try await sim.clock.pause(for: .seconds(6))
            #expect(router.preferences == saved)
            let strange = try ProviderPreferences(preferredProvider: "late")
            try await journal.save(strange)
            try await sim.clock.pause(for: .seconds(60))
            #expect(router.preferences == saved)
            #expect(observer.count(.providerPreferencesRefused) == 1)
            try router.setProviders(twoVendors + ["late"])
            try await sim.clock.pause(for: .seconds(6))
            #expect(router.preferences == strange)
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func aLookThatFailsLosesNothing() throws {
        // The looks are 5 s apart, and the third one fails.
        try follow(FaultPlan.none.injecting(.unavailable, at: .scan, number: 3)) { sim, _, journal, second in
            for _ in 0..<20 {
                journal.append(entry("failure", at: sim.clock.now))
                try await sim.clock.pause(for: .milliseconds(500))
            }
            try await sim.clock.pause(for: .seconds(10))
            #expect(second.state(of: "a")?.health?.failures == 20)
        }
    }

    @Test func anEntryThatWasHeldUpIsHeard() throws {
        try follow { sim, _, journal, second in
            try await sim.clock.pause(for: .seconds(60))
            journal.append(entry("failure", at: sim.clock.now.advanced(by: .seconds(-40))))
            try await sim.clock.pause(for: .seconds(60))
            // Once, although it was read several times.
            #expect(second.state(of: "a")?.health?.count == 1)
        }
    }

    @Test func whatCannotBeReadIsPassedOver() throws {
        try follow { sim, truth, journal, second in
            func spoil() async throws {
                let digits = "\(sim.clock.now.microseconds)"
                let name = String(repeating: "0", count: 19 - digits.count) + digits + "-0-1"
                let junk = Write.put(RecordKey("provider.n.requests", name), "junk", expect: .absent)
                try await truth.commit(Batch([junk]))
            }
            try await spoil()
            journal.append(entry("failure", at: sim.clock.now))
            try await sim.clock.pause(for: .seconds(10))
            #expect(second.state(of: "a")?.health?.count == 1)
            try await spoil()
            journal.append(entry("failure", at: sim.clock.now))
            try await sim.clock.pause(for: .seconds(10))
            #expect(second.state(of: "a")?.health?.count == 2)
            // And one that comes when there is such an entry already.
            let late = try ProviderJournal("n", on: truth, generator: sim.fork())
            let third = try router(sim, ["a", "b"], journal: late)
            try await third.catchUp()
            #expect(third.state(of: "a")?.health?.count == 2)
        }
    }

    @Test(arguments: [30, 100]) func whatIsLearntLateLeavesWhatIsNewer(fresh: Int) throws {
        _ = try Simulation.run(seed: 4) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let writer = try ProviderJournal("n", on: store, generator: sim.fork())
            let first = try router(sim, ["a"], journal: writer)
            let writing = sim.task("writing") { await first.keep() }
            let old = sim.clock.now.advanced(by: .seconds(-7_200))
            for number in 0..<100 { writer.append(entry("success", at: old.advanced(by: .seconds(number)))) }
            writer.append(entry("stockOut", at: sim.clock.now.advanced(by: .seconds(-60))))
            try await sim.clock.pause(for: .seconds(5))
            let second = try router(sim, ["a"], journal: ProviderJournal("n", on: store, generator: sim.fork()))
            // The store was away when this one began.
            second.learn("a", successes: 0, failures: fresh)
            second.setStock(50, of: "a")
            try await second.catchUp()
            let state = try #require(second.state(of: "a"))
            #expect(state.health?.failures == fresh)
            #expect(state.health?.count == 100)
            #expect(state.consecutiveFailures == fresh)
            #expect(state.lastFailure == sim.clock.now)
            #expect(state.lastSuccess == (fresh == 100 ? nil : old.advanced(by: .seconds(99))))
            #expect(state.stock?.count == 50)
            // What was learnt late leaves first.
            second.learn("a", successes: 0, failures: 100 - fresh)
            #expect(second.state(of: "a")?.health?.failures == 100)
            writing.cancel()
            _ = await writing.result
        }
    }
}
