import ResilienceCore
import Testing

@Suite struct InMemoryStoreTests {
    @Test func insertsReadsAndRefusesASecondInsert() async throws {
        let store = InMemoryStore()
        let key = RecordKey("example", "a")
        let revision = try await store.commit(Batch([.put(key, "one", expect: .absent)]))
        let record = try #require(try await store.read(key))
        #expect(record.revision == revision)
        #expect(try record.value.get(String.self) == "one")
        await #expect(throws: StoreError.self) {
            try await store.commit(Batch([.put(key, "two", expect: .absent)]))
        }
    }
}
