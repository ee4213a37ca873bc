import BucketFailover
import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Testing

@Suite(.timeLimit(.minutes(20))) struct FailoverExamples {
    private struct Model {
        func answer(to prompt: String, key: String) async throws -> String { "\(prompt) \(key)" }
    }

    @Test func aPool() async throws {
        let (model, prompt) = (Model(), "hello")
        // example
        let pool = try BucketPool("openai", ["main", "spare"], source: APIKeys(["main": "sk-1", "spare": "sk-2"]))
        let retrier = Retrier(classifier: .openAI, failover: pool)
        let answer = try await retrier.run { _ in
            try await model.answer(to: prompt, key: pool.credential().token)
        }
        // end
        #expect(answer == "hello sk-1")
    }

    @Test func poolsThatShare() async throws {
        let (store, keys) = (InMemoryStore(), APIKeys(["main": "sk-1", "spare": "sk-2"]))
        // example
        let shared = try SharedBuckets(on: store, as: "openai")
        let pool = try BucketPool("openai", ["main", "spare"], source: keys, sharing: shared)
        // end
        #expect(try await pool.credential().bucket == "main")
    }
}
