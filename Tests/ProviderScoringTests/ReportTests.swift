import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

/// The rows of a journal's reports, field by field.
@Suite struct ReportTests {
    /// Keeps a router of two with a journal while the body works.
    private func keeping(
        _ options: JournalOptions = .standard,
        _ body: @escaping @Sendable (Simulation, ProviderJournal, ProviderRouter, InMemoryStore) async throws -> Void
    ) throws {
        _ = try Simulation.run(seed: 5) { sim in
            let store = InMemoryStore(clock: sim.clock)
            let journal = try ProviderJournal("n", on: store, options: options, generator: sim.fork())
            let preferences = try ProviderPreferences(isFallbackEnabled: false, retryAttempts: 1)
            let router = try router(sim, ["a", "b"], preferences: preferences, journal: journal)
            let keeping = sim.task("keeping") { await router.keep() }
            try await body(sim, journal, router, store)
            keeping.cancel()
            _ = await keeping.result
        }
    }

    @Test func theHealthOfEachIsWrittenWithItsAttemptsAndComparedOnALine() throws {
        try keeping { sim, journal, router, _ in
            let begin = sim.clock.now
            func call(_ provider: String, _ time: Duration, fails: Bool = false) async {
                let other = provider == "a" ? "b" : "a"
                _ = try? await router.run(RouteRequest(excluding: [other])) { _ in
                    try await sim.clock.pause(for: time)
                    if fails { throw VendorError("TRY_AGAIN_LATER") }
                }
            }
            await call("a", .milliseconds(400), fails: true)
            await call("a", .milliseconds(200))
            await call("a", .milliseconds(301))
            try await sim.clock.pause(for: .seconds(5))
            let first = try #require(try await journal.reports.health().first { $0.provider == "a" })
            #expect(first.status == .degraded)
            #expect(first.successRate == 66.67)
            #expect(first.meanResponseMs == 300)
            #expect([first.total, first.successes, first.failures] == [3, 2, 1])
            #expect(first.lastFailureAt == begin.advanced(by: .milliseconds(400)))
            #expect(first.lastSuccessAt == begin.advanced(by: .milliseconds(901)))
            #expect(first.createdAt == first.checkedAt)
            #expect(first.checkedAt > begin && first.checkedAt <= sim.clock.now)
            await call("b", .milliseconds(1_000))
            try await sim.clock.pause(for: .seconds(5))
            // The best success rate first.
            let health = try await journal.reports.health()
            #expect(health.map(\.provider) == ["b", "a"])
            #expect(health[0].lastFailureAt == nil)
            #expect(health[1].createdAt == first.createdAt)
            #expect(health[1].checkedAt > first.checkedAt)
            try await sim.clock.sleep(until: health[0].checkedAt.advanced(by: .seconds(90)), tolerance: nil)
            let lines = try await journal.reports.comparison()
            #expect(lines.map(\.provider) == ["b", "a"])
            #expect(lines.map(\.status) == [.healthy, .degraded])
            #expect(lines.map(\.successRate) == ["100.0%", "66.67%"])
            #expect(lines.map(\.meanResponse) == ["1000ms", "300ms"])
            #expect(lines.map(\.successTotal) == ["1/1", "2/3"])
            #expect(lines.map(\.minutesSinceCheck) == [1.5, 1.5])
        }
    }

    @Test func aProviderWithoutRequestsKeepsTheRowItHad() throws {
        try keeping(JournalOptions(followInterval: .seconds(86_400))) { sim, journal, router, _ in
            try await router.run(RouteRequest(excluding: ["b"])) { _ in }
            try await sim.clock.pause(for: .seconds(5))
            let first = try await journal.reports.health()
            #expect(first.map(\.provider) == ["a"])
            // Its outcome has left the window when the row of the other one is written.
            try await sim.clock.pause(for: .seconds(90_000))
            try await router.run(RouteRequest(excluding: ["a"])) { _ in }
            try await sim.clock.pause(for: .seconds(5))
            let health = try await journal.reports.health()
            #expect(health.map(\.provider) == ["a", "b"])
            #expect(health.first == first.first)
            #expect(health.map(\.status) == [.healthy, .healthy])
            #expect(health.map(\.total) == [1, 1])
        }
    }

    private func entry(
        _ provider: String, _ ended: Timestamp, _ milliseconds: Int, error: String? = nil, fails: Bool = false,
        operation: String = "purchase"
    ) -> LoggedRequest {
        LoggedRequest(
            provider: provider, operation: operation, outcome: fails ? "failure" : "success", error: error,
            began: ended.advanced(by: .milliseconds(-milliseconds)), elapsed: .milliseconds(milliseconds)
        )
    }

    @Test func aTrendComparesWithTheLastPeriodThatHadAttempts() throws {
        try keeping { sim, journal, _, _ in
            let now = sim.clock.now.advanced(by: .seconds(10))
            let week = Duration.seconds(7 * 86_400)
            func ago(_ weeks: Double) -> Timestamp { now.advanced(by: .zero - week * weeks) }
            for time in [100, 300] { journal.append(entry("a", ago(3.5), time)) }
            // None in the third week, one in the second, two in the last.
            journal.append(entry("a", ago(1.5), 500, fails: true))
            for time in [50, 100] { journal.append(entry("a", ago(0.5), time)) }
            journal.append(entry("b", ago(0.5), 7))
            try await sim.clock.sleep(until: now, tolerance: nil)
            let rows = try await journal.reports.trend(by: week, periods: 4)
            #expect(rows.map(\.provider) == ["a", "a", "a", "a", "b", "b", "b", "b"])
            let trend = rows.prefix(4)
            #expect(trend.map(\.end) == [3, 2, 1, 0].map { now.advanced(by: .zero - week * $0) })
            #expect(trend.map(\.requests) == [2, 0, 1, 2])
            #expect(trend.map(\.meanMs) == [200, 0, 500, 75])
            #expect(trend.map(\.successRate) == [100, 0, 0, 100])
            #expect(trend.map(\.meanChange) == [nil, nil, 300, -425])
            #expect(trend.map(\.rateChange) == [nil, nil, -100, 100])
            #expect(rows.suffix(4).allSatisfy { $0.meanChange == nil })
            // Whatever is asked for is held to what there can be.
            #expect(try await journal.reports.trend(by: .zero, periods: 0).map(\.requests).isEmpty)
            #expect(try await journal.reports.trend(by: .seconds(Int64.max), periods: .max).count == 2_000)
        }
    }

    @Test func failuresHoursAndOperationsAreCountedByWhatTheyAreNamedFor() throws {
        try keeping { sim, journal, _, _ in
            let hour = Timestamp(microseconds: sim.clock.now.microseconds / 3_600_000_000 * 3_600_000_000)
            let (before, now) = (hour.advanced(by: .seconds(-1)), sim.clock.now)
            journal.append(entry("a", before, 10, error: "busy", fails: true))
            journal.append(entry("a", now, 20, error: "busy", fails: true))
            journal.append(entry("a", now, 40, fails: true))
            journal.append(entry("b", now, 31, error: "busy", fails: true))
            journal.append(entry("b", now, 100, operation: "cancel"))
            journal.append(entry("b", now, 301, operation: "cancel"))
            try await sim.clock.pause(for: .seconds(5))
            let failures = try await journal.reports.failures()
            #expect(failures.map(\.provider) == ["a", "a", "b"])
            #expect(failures.map(\.message) == ["busy", nil, "busy"])
            #expect(failures.map(\.occurrences) == [2, 1, 1])
            let volume = try await journal.reports.hourlyVolume()
            #expect(volume.map(\.provider) == ["a", "b", "a"])
            #expect(volume.map(\.hour) == [hour, hour, hour.advanced(by: .seconds(-3_600))])
            #expect(volume.map(\.total) == [2, 3, 1])
            #expect(volume.map(\.successful) == [0, 2, 0])
            #expect(volume.map(\.meanMs) == [30, 144, 10])
            let slowest = try await journal.reports.slowestOperations()
            #expect(slowest.map(\.operation) == ["cancel", "purchase", "purchase"])
            #expect(slowest.map(\.provider) == ["b", "b", "a"])
            #expect(slowest.map(\.longestMs) == [301, 31, 40])
            #expect(slowest.map(\.requests) == [2, 1, 3])
            // Nothing is as young as that.
            #expect(try await journal.reports.failures(within: .milliseconds(1)).isEmpty)
        }
    }

    @Test(arguments: [(10, 0), (3_600, 1)])
    func oldEntriesAreLookedForAsOftenAsTheOptionsSay(seconds: Int64, left: Int) throws {
        let options = try JournalOptions(retention: .seconds(60), sweepInterval: .seconds(seconds))
        try keeping(options) { sim, journal, _, store in
            journal.append(entry("a", sim.clock.now, 5))
            try await sim.clock.pause(for: .seconds(55))
            #expect(try await store.count(Scan("provider.n.requests")) == 1)
            try await sim.clock.pause(for: .seconds(20))
            #expect(try await store.count(Scan("provider.n.requests")) == left)
            try await sim.clock.pause(for: .seconds(3_600))
            #expect(try await store.count(Scan("provider.n.requests")) == 0)
        }
    }

    @Test func optionsOutOfRangeAreRefusedByName() {
        func field(_ body: () throws(InvalidArgument) -> JournalOptions) -> String? {
            do { _ = try body() } catch { return error.field }
            return nil
        }
        #expect(field { () throws(InvalidArgument) in try JournalOptions(capacity: 0) } == "capacity")
        #expect(field { () throws(InvalidArgument) in try JournalOptions(batchSize: 501) } == "batchSize")
        #expect(field { () throws(InvalidArgument) in try JournalOptions(delay: .seconds(-1)) } == "delay")
        #expect(field { () throws(InvalidArgument) in try JournalOptions(timeLimit: .zero) } == "timeLimit")
        #expect(field { () throws(InvalidArgument) in try JournalOptions(followInterval: .zero) } == "followInterval")
        #expect(field { () throws(InvalidArgument) in try JournalOptions(retention: .zero) } == "retention")
        #expect(field { () throws(InvalidArgument) in try JournalOptions(sweepInterval: .zero) } == "sweepInterval")
        #expect(field { () throws(InvalidArgument) in try JournalOptions(delay: .zero) } == nil)
    }
}
