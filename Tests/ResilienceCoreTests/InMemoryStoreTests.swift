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

    @Test func afterManyInsertsAndDeletesFindsExactlyWhatIsThere() async throws {
        let store = InMemoryStore()
        var generator = SmallGenerator(seed: 1)
        var expected: [String: Int] = [:]
        for number in 0..<5_000 {
            let name = "n\(generator.next() % 300)"
            if number % 1_000 < 600 {
                expected[name] = number
                try await store.commit(Batch([.put(RecordKey("example", name), number, expect: .any)]))
            } else {
                expected[name] = nil
                try await store.commit(Batch([.delete(RecordKey("example", name), expect: .any)]))
            }
            guard number % 50 == 0 else { continue }
            let names = (0..<300).map { "n\($0)" }
            let records = try await store.read(names.map { RecordKey("example", $0) })
            let found = try records.map { try $0?.value.get(Int.self) }
            try #require(found == names.map { expected[$0] })
        }
    }
}
