import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct JournalTests {
    /// Does nothing and does not return until it is cancelled.
    private struct HangingStore: RecordStore {
        let clock: any WallClock

        private func hang() async throws(StoreError) {
            do {
                try await clock.sleep(until: .distantFuture, tolerance: nil)
            } catch {
                throw .cancelled
            }
        }
        func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
            try await hang()
            return []
        }
        func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
            try await hang()
            return []
        }
        func commit(_ batch: Batch) async throws(StoreError) -> Revision {
            try await hang()
            return Revision(rawValue: 1)
        }
    }

    private func entry(_ number: Int, _ provider: String = "a", at: Timestamp, _ outcome: String = "success") -> LoggedRequest {
        LoggedRequest(
            provider: provider,
            operation: "purchase",
            outcome: outcome,
            error: outcome == "success" ? nil : "it is \(outcome)",
            reference: "\(number)",
            began: at,
            elapsed: .milliseconds(number)
        )
    }

    private func all(_ journal: ProviderJournal) async throws -> [LoggedRequest] {
        var found: [LoggedRequest] = []
        try await journal.reports.forEach { found.append($0) }
        return found
    }

    @Test func aStoreThatHangsDelaysNoCallAndWhatDoesNotFitIsCounted() throws {
        let run = try Simulation.run(seed: 3) { sim in
            let observer = RecordingObserver()
            let options = try JournalOptions(capacity: 10, batchSize: 5, timeLimit: .seconds(5))
            let journal = try ProviderJournal(
                "n", on: HangingStore(clock: sim.clock), options: options, generator: sim.fork(), observer: observer
            )
            let router = try router(sim, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            let start = sim.clock.now
            for _ in 0..<100 { _ = try await router.run { $0.provider } }
            #expect(sim.clock.now == start)
            #expect(journal.waitingEntries <= 10)
            #expect(journal.droppedEntries >= 85)
            #expect(observer.count(.providerLogDropped) == 1)
            keeping.cancel()
            _ = await keeping.result
            return observer.count(.providerLogFailed)
        }
        // Ending takes a bounded time although the store never answers.
        #expect(run.elapsed <= .seconds(60))
    }

    @Test func eachEntryIsWrittenOnceWhateverHappensToItsCommit() throws {
        for seed in 1...30 as ClosedRange<UInt64> {
            _ = try Simulation.run(seed: seed) { sim in
                let truth = InMemoryStore(clock: sim.clock)
                let faults = try FaultPlan(
                    rates: [.replyLost: 0.2, .lostBeforeApply: 0.2, .unavailable: 0.2, .conflict: 0.1, .slow: 0.1],
                    slowness: .milliseconds(1) ... .seconds(60)
                )
                let store = SimulatedStore(truth, in: sim, faults: faults)
                let options = try JournalOptions(batchSize: 3, timeLimit: .seconds(10))
                let journal = try ProviderJournal("n", on: store, options: options, generator: sim.fork())
                let router = try router(sim, ["a"], journal: journal)
                let keeping = sim.task("keeping") { await router.keep() }
                for number in 0..<20 {
                    journal.append(entry(number, at: sim.clock.now))
                    try await sim.clock.pause(for: .milliseconds(300))
                }
                store.inject(.none)
                try await sim.clock.pause(for: .seconds(300))
                let references = try await all(journal).compactMap(\.reference)
                #expect(references.count == 20, "seed \(seed)")
                #expect(Set(references).count == 20, "seed \(seed)")
                keeping.cancel()
                _ = await keeping.result
            }
        }
    }

    @Test func whatWaitsIsWrittenWhenTheKeepingEnds() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            let journal = try ProviderJournal("n", on: store, generator: sim.fork())
            let router = try router(sim, ["a"], journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            try await sim.clock.pause(for: .seconds(10))
            for number in 0..<450 { journal.append(entry(number, at: sim.clock.now)) }
            keeping.cancel()
            _ = await keeping.result
            #expect(try await all(journal).count == 450)
        }
    }

    @Test func processesHearWhatOthersLearn() throws {
        _ = try Simulation.run(seed: 5) { sim in
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            let first = try router(sim, journal: ProviderJournal("n", on: store, generator: sim.fork()))
            let second = try router(sim, journal: ProviderJournal("n", on: store, generator: sim.fork()))
            let keeping = [first, second].map { router in sim.task("keeping") { await router.keep() } }
            try await sim.clock.pause(for: .seconds(10))
            for _ in 0..<10 {
                _ = try? await first.run(RouteRequest(excluding: ["5sim"])) { _ in throw VendorError("TRY_AGAIN_LATER") }
                try await sim.clock.pause(for: .seconds(1))
            }
            try await sim.clock.pause(for: .seconds(20))
            let known = try #require(first.state(of: "sms-activate")?.health)
            #expect(known.failures == 20)
            #expect(second.state(of: "sms-activate")?.health == known)
            #expect(second.state(of: "sms-activate")?.status == .unavailable)
            #expect(second.snapshot().map(\.inFlight) == [0, 0])
            // A process that starts later knows it at once.
            let third = try router(sim, journal: ProviderJournal("n", on: store, generator: sim.fork()))
            let late = sim.task("keeping") { await third.keep() }
            try await sim.clock.pause(for: .seconds(1))
            #expect(third.state(of: "sms-activate")?.health == known)
            for task in keeping + [late] { task.cancel() }
            for task in keeping + [late] { _ = await task.result }
        }
    }

    @Test func savedPreferencesAreFollowedAndBadOnesRefused() throws {
        _ = try Simulation.run(seed: 5) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let observer = RecordingObserver()
            let journal = try ProviderJournal("n", on: store, generator: sim.fork(), observer: observer)
            let router = try router(sim, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            let wanted = try ProviderPreferences(preferredProvider: "5sim", minimumSuccessRate: 95)
            try await journal.save(wanted)
            try await sim.clock.pause(for: .seconds(6))
            #expect(router.preferences == wanted)
            try await journal.save(ProviderPreferences(preferredProvider: "nobody"))
            try await sim.clock.pause(for: .seconds(6))
            #expect(router.preferences == wanted)
            #expect(observer.count(.providerPreferencesRefused) >= 1)
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func oldEntriesAreExportedAndThenDeleted() throws {
        _ = try Simulation.run(seed: 5) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let exported = Mutex<[LoggedRequest]>([])
            let failing = Mutex(true)
            let observer = RecordingObserver()
            let options = try JournalOptions(followInterval: .seconds(86_400))
            let journal = try ProviderJournal(
                "n", on: store, options: options, generator: sim.fork(), observer: observer
            ) { entries in
                if failing.withLock({ $0 }) { throw VendorError("NO_CONNECTION") }
                exported.withLock { $0 += entries }
            }
            let router = try router(sim, ["a"], journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            for number in 0..<5 { journal.append(entry(number, at: sim.clock.now)) }
            try await sim.clock.pause(for: .seconds(29 * 86_400))
            #expect(exported.withLock { $0.isEmpty })
            try await sim.clock.pause(for: .seconds(2 * 86_400))
            #expect(observer.count(.providerExportFailed) > 0)
            #expect(try await store.count(Scan("provider.n.requests")) == 5)
            failing.withLock { $0 = false }
            try await sim.clock.pause(for: .seconds(7_200))
            #expect(exported.withLock { $0.count } == 5)
            #expect(try await store.count(Scan("provider.n.requests")) == 0)
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func reportsAddUp() throws {
        _ = try Simulation.run(seed: 5) { sim in
            let journal = try ProviderJournal("n", on: InMemoryStore(clock: sim.clock), generator: sim.fork())
            let router = try router(sim, ["a", "b"], journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            let now = sim.clock.now
            let week = Duration.seconds(7 * 86_400)
            for number in 1...10 {
                let outcome = number <= 4 ? "failure" : "success"
                journal.append(entry(number * 10, "a", at: now.advanced(by: .seconds(-60)), outcome))
                journal.append(entry(number, "b", at: now.advanced(by: .seconds(-7_200))))
                journal.append(entry(100, "a", at: now.advanced(by: .zero - week)))
            }
            try await sim.clock.pause(for: .seconds(5))
            let reports = journal.reports
            let failures = try await reports.failures()
            #expect(failures.map(\.message) == ["it is failure"])
            #expect(failures.map(\.occurrences) == [4])
            let volume = try await reports.hourlyVolume()
            #expect(volume.map(\.provider) == ["a", "b"])
            #expect(volume.map(\.successful) == [6, 10])
            #expect(volume.map(\.meanMs) == [55, 6])
            let slowest = try await reports.slowestOperations()
            #expect(slowest.map(\.longestMs) == [100, 10])
            #expect(slowest.map(\.meanMs) == [55, 5.5])
            let trend = try await reports.trend(by: week, periods: 2).filter { $0.provider == "a" }
            #expect(trend.map(\.successRate) == [100, 60])
            #expect(trend.map(\.rateChange) == [nil, -40])
            keeping.cancel()
            _ = await keeping.result
        }
    }
}
