import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct StoreLawsTests {
    @Test func theLawsAreNumberedInOrderAndEachCheckNamesItsLaw() {
        #expect(StoreLaws.all.map(\.number) == Array(1...14))
        for law in StoreLaws.all {
            #expect(law.checks.map(\.id) == (1...law.checks.count).map { "\(law.number).\($0)" })
            #expect(law.checks.allSatisfy { $0.law == law.number && !$0.title.isEmpty })
        }
        #expect((55...75).contains(StoreLaws.all.reduce(0) { $0 + $1.checks.count }))
    }

    @Test func aReportTellsWhatWasExpectedAndWhatWasFound() async throws {
        let report = await StoreLaws.report(laws: [13]) { clock in ModelStore.underTest(clock, .ignoresBefore) }
        let violation = try #require(report.violations.first)
        #expect(violation.law == 13)
        #expect(violation.check == "13.1")
        #expect(violation.expected.contains("refused as late"))
        #expect(violation.found.contains("it succeeded"))
        #expect(report.description.contains(violation.description))
    }

    @Test func checksThatDoNotApplyAreNamedWithWhatTheyNeed() async {
        let report = await StoreLaws.report(laws: [9]) { clock in StoreUnderTest(InMemoryStore(clock: clock)) }
        #expect(report.violations.isEmpty)
        #expect(report.notApplicable == ["9.1", "9.2", "9.3"])
        #expect(report.description.contains("9.1"))
        #expect(report.description.contains("reopening"))
    }

    @Test func aStoreThatCannotBeMadeBreaksEveryCheck() async {
        struct NoStore: Error {}
        await #expect(throws: LawReport.self) { try await StoreLaws.check { _ in throw NoStore() } }
    }

    @Test func eachStoreIsDisposedOf() async throws {
        let disposals = Disposals()
        let report = try await StoreLaws.check { clock in
            StoreUnderTest(InMemoryStore(clock: clock), dispose: { await disposals.count() })
        }
        #expect(await disposals.number == report.outcomes.count)
    }

    private actor Disposals {
        private(set) var number = 0
        func count() { number += 1 }
    }
}
