import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// What no store takes is not in the way of the rest.
@Suite struct JournalRefusalTests {
    /// Refuses every batch with an entry of that reference in it.
    private struct RefusingStore: RecordStore {
        let base: InMemoryStore
        let reference: String

        var clock: any WallClock { base.clock }
        func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
        func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
        func commit(_ batch: Batch) async throws(StoreError) -> Revision {
            for write in batch.writes {
                guard case .put(let value, _, _, _) = write.effect, let entry = try? value.get(LoggedRequest.self)
                else {
                    continue
                }
                guard entry.reference != reference else {
                    throw .invalid(InvalidArgument(field: "value", value: "bad", allowed: "good ones"))
                }
            }
            return try await base.commit(batch)
        }
    }

    private func entry(_ reference: String, at now: Timestamp) -> LoggedRequest {
        LoggedRequest(provider: "a", operation: "purchase", reference: reference, began: now, elapsed: .zero)
    }

    private func references(_ journal: ProviderJournal) async throws -> [String?] {
        var found: [String?] = []
        try await journal.reports.forEach { found.append($0.reference) }
        return found
    }

    @Test func whatTheStoreRefusesKeepsNothingElseFromBeingWritten() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let observer = RecordingObserver()
            let store = RefusingStore(base: InMemoryStore(clock: sim.clock), reference: "bad")
            let journal = try ProviderJournal("n", on: store, generator: sim.fork(), observer: observer)
            let router = try router(sim, ["a"], journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            try await router.run(RouteRequest(reference: "1")) { _ in }
            for reference in ["bad", "2", "bad", "3"] { journal.append(entry(reference, at: sim.clock.now)) }
            try await sim.clock.pause(for: .seconds(5))
            #expect(try await references(journal) == ["1", "2", "3"])
            #expect(try await journal.reports.health().map(\.total) == [1])
            let dropped = observer.events.filter { $0.kind == .providerLogDropped }
            #expect(dropped.map { $0.attributes["entries"] } == ["1", "1"])
            #expect(dropped.allSatisfy { $0.attributes["error"] == "value is bad; allowed is good ones" })
            #expect(journal.droppedEntries == 2)
            #expect(observer.count(.providerLogFailed) == 0)
            // Together again, and also at the end.
            for reference in ["4", "5"] { journal.append(entry(reference, at: sim.clock.now)) }
            try await sim.clock.pause(for: .seconds(5))
            for reference in ["6", "bad", "bad", "bad", "bad", "7"] {
                journal.append(entry(reference, at: sim.clock.now))
            }
            keeping.cancel()
            _ = await keeping.result
            #expect(try await references(journal) == (1...7).map(String.init))
            #expect(journal.droppedEntries == 6)
        }
    }

    @Test func entriesAreCutToWhatAStoreTakes() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let journal = try ProviderJournal("n", on: InMemoryStore(clock: sim.clock), generator: sim.fork())
            let router = try router(sim, ["a"], journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            let long = String(repeating: "x", count: 2_000)
            let tags = (10..<60).map { ("\($0)", "short") } + [("0", long), (long, "short")]
            let request = RouteRequest(long, reference: long, tags: Dictionary(tags) { first, _ in first })
            try await router.run(request) { _ in }
            for probability in [Double.nan, .infinity, -1, 0.25] {
                var odd = entry("odd", at: sim.clock.now)
                odd.probability = probability
                journal.append(odd)
            }
            try await sim.clock.pause(for: .seconds(5))
            var found: [LoggedRequest] = []
            try await journal.reports.forEach { found.append($0) }
            let cut = String(repeating: "x", count: 511) + "…"
            let first = try #require(found.first { $0.reference != "odd" })
            #expect(first.reference == cut)
            #expect(first.operation == cut)
            #expect(first.tags.count == 32)
            #expect(first.tags["0"] == cut)
            #expect(first.tags["10"] == "short")
            #expect(found.filter { $0.reference == "odd" }.map(\.probability) == [0, 1, 0, 0.25])
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func namesUnderWhichNoHealthCanBeKeptAreRefused() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let longest = String(repeating: "x", count: 512)
            let good = try router(sim, [Provider(longest)])
            for name in [longest + "x", "a\0b"] {
                #expect(throws: InvalidArgument.self) { try router(sim, [Provider(name)]) }
                #expect(throws: InvalidArgument.self) { try good.setProviders([Provider(name)]) }
            }
            #expect(good.providers.map(\.name) == [longest])
        }
    }
}
