import ErrorClassification
import Foundation
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

    /// Runs a test with a table in a file.
    private func withTable(_ body: (URL) throws -> Void) throws {
        let text = #"{"name": "shop", "rules": [{"name": "sold out", "category": "resourceExhausted", "codes": ["X1"]}]}"#
        let file = FileManager.default.temporaryDirectory.appending(path: "table-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try body(file)
    }

    @Test func aTableFromAFile() throws {
        try withTable { file in
            // example
            let mine = try RuleTable(json: Data(contentsOf: file), file: file.lastPathComponent)
            let classifier = try ErrorClassifier([mine] + RuleTable.standard)
            // end
            #expect(classifier.classify(Failure(code: "X1")).category == .resourceExhausted)
        }
    }

    @Test func aTableFromAFileThatIsNamed() throws {
        try withTable { file in
            // example
            let mine = try RuleTable(json: Data(contentsOf: file), file: "shop.json")
            let classifier = try ErrorClassifier([mine] + RuleTable.standard)
            // end
            #expect(classifier.classify(Failure(code: "X1")).category == .resourceExhausted)
        }
    }

    @Test func aStoreInMemoryThatEncodes() async throws {
        // example
        let store = InMemoryStore(clock: .system, coder: JSONCoder())
        // end
        let unfit = Write.put(RecordKey("example", "a"), Double.infinity, expect: .absent)
        await #expect(throws: StoreError.self) { try await store.commit(Batch([unfit])) }
    }
}
