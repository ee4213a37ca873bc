import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct InMemoryStoreLawTests {
    @Test func theStoreInMemoryKeepsTheLaws() async throws {
        let report = try await StoreLaws.check { clock in StoreUnderTest(InMemoryStore(clock: clock)) }
        // Nothing outlives it and nothing shares it, and it has no coder here.
        #expect(report.notApplicable == ["3.4", "3.5", "4.5", "5.7", "6.5", "6.6", "6.7", "9.1", "9.2", "9.3", "12.3"])
    }
}
