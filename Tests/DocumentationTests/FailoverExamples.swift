import BucketFailover
import ErrorClassification
import RetryOrchestrator
import Testing

@Suite(.timeLimit(.minutes(5))) struct FailoverExamples {
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
}
