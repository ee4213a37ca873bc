import ResilienceTesting
import Testing

/// The suite is itself tested: it passes a plain store, and catches each way in which that store may be wrong.
@Suite(.timeLimit(.minutes(20))) struct MutantTests {
    @Test func theModelKeepsAllLawsWithoutAMutation() async throws {
        let report = try await StoreLaws.check { clock in ModelStore.underTest(clock) }
        #expect(report.notApplicable.isEmpty)
    }

    @Test(arguments: Mutation.allCases)
    func isCaughtByTheLawItBreaks(_ mutation: Mutation) async {
        // A busy machine may miss a race once; three times it does not.
        for _ in 0..<3 {
            let report = await StoreLaws.report(laws: [mutation.law]) { clock in ModelStore.underTest(clock, mutation) }
            if !report.violations.isEmpty { return }
        }
        Issue.record("law \(mutation.law) did not notice that a store \(mutation)")
    }

    @Test func everyLawHasAMutantThatBreaksIt() {
        #expect(Set(Mutation.allCases.map(\.law)) == Set(StoreLaws.all.map(\.number)))
    }
}
