import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct SimulatedStoreLawsTests {
    @Test func withoutFaultsItKeepsTheLaws() async throws {
        try await StoreLaws.check { clock in
            let store = SimulatedStore(InMemoryStore(clock: clock), seed: 1)
            return StoreUnderTest(
                store,
                loseNextReply: { applied in
                    let fault = applied ? Fault.replyLost : .lostBeforeApply
                    store.inject(try .none.injecting(fault, at: .commit, number: 1))
                }
            )
        }
    }
}
