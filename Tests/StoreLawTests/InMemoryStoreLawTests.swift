import ResilienceCore
import ResilienceTesting
import Testing

@Suite struct InMemoryStoreLawTests {
    @Test func theStoreInMemoryKeepsTheLaws() async throws {
        let report = try await StoreLaws.check { clock in StoreUnderTest(InMemoryStore(clock: clock)) }
        // Nothing outlives it and nothing shares it, and it has no coder here.
        #expect(report.notApplicable == ["3.5", "3.6", "4.6", "5.8", "6.7", "6.8", "6.9", "9.1", "9.2", "9.3", "12.5"])
    }
}
