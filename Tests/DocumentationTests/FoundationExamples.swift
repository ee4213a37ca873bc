import ResilienceCore
import ResilienceFoundation
import Testing

@Suite struct FoundationExamples {
    @Test func valuesAsJSON() throws {
        // example
        let coder = JSONCoder()
        let bytes = try coder.encode(["amount": 3])
        let value = try coder.decode([String: Int].self, from: bytes)
        // end
        #expect(value == ["amount": 3])
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"amount":3}"#)
    }

    @Test func aStoreInMemoryThatEncodes() async throws {
        // example
        let store = InMemoryStore(clock: .system, coder: JSONCoder())
        // end
        let unfit = Write.put(RecordKey("example", "a"), Double.infinity, expect: .absent)
        await #expect(throws: StoreError.self) { try await store.commit(Batch([unfit])) }
    }
}
