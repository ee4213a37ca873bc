import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import Testing

/// The suite asks for the laws and nothing else: correct stores of unusual build pass it.
@Suite(.timeLimit(.minutes(20))) struct OddStoreTests {
    @Test func aSlowStore() async throws {
        try await StoreLaws.check { StoreUnderTest(SlowStore(base: InMemoryStore(clock: $0))) }
    }

    @Test func aStoreThatConflictsFirst() async throws {
        try await StoreLaws.check { StoreUnderTest(ConflictFirstStore(base: InMemoryStore(clock: $0))) }
    }

    @Test func aStoreThatWorksInTinyBatches() async throws {
        try await StoreLaws.check { StoreUnderTest(TinyBatchesStore(base: InMemoryStore(clock: $0))) }
    }

    @Test func aStoreThatClaimsByTheDefault() async throws {
        try await StoreLaws.check { StoreUnderTest(DefaultClaimStore(base: InMemoryStore(clock: $0))) }
    }

    /// Between the scan and the commits of the default claim, others run here.
    @Test func aSlowStoreThatClaimsByTheDefault() async throws {
        try await StoreLaws.check { clock in
            StoreUnderTest(DefaultClaimStore(base: SlowStore(base: InMemoryStore(clock: clock))))
        }
    }

    @Test func aStoreThatEncodesItsValues() async throws {
        let report = try await StoreLaws.check { clock in
            StoreUnderTest(InMemoryStore(clock: clock, coder: JSONCoder()), coder: JSONCoder())
        }
        #expect(!report.notApplicable.contains("12.3"))
    }

    @Test func aStoreWithAClockOfItsOwn() async throws {
        let report = try await StoreLaws.check { _ in StoreUnderTest(InMemoryStore(), readsManualClock: false) }
        #expect(report.notApplicable.contains("8.1"))
    }
}
