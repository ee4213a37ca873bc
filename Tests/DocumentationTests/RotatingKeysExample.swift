import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

// example
struct ModelError: FailureReporting {
    let status: Int
    let headers: Headers
    var failure: Failure { Failure(source: "openai", status: status, headers: headers) }
}

struct RotatingClient: Sendable {
    let pool: BucketPool
    let retrier: Retrier
    let send: @Sendable (_ prompt: String, _ key: String) async throws -> (status: Int, headers: Headers, text: String)

    func answer(to prompt: String) async throws -> String {
        try await retrier.run { _ in
            let used = try await pool.credential()
            let reply = try await send(prompt, used.token)
            pool.note(reply.headers, from: used)
            guard reply.status == 200 else { throw ModelError(status: reply.status, headers: reply.headers) }
            return reply.text
        }
    }
}

func makePool(_ keys: [String: String], observer: any Observer) throws -> BucketPool {
    let team = [Bucket("team-1", limitGroup: "team"), Bucket("team-2", limitGroup: "team")]
    return try BucketPool("openai", team + ["spare"], source: APIKeys(keys), observer: observer)
}
// end

@Suite(.timeLimit(.minutes(20))) struct RotatingKeysExample {
    @Test func aUsedUpTeamLeavesTheSpareKey() async throws {
        let observer = RecordingObserver()
        let pool = try makePool(["team-1": "key-1", "team-2": "key-2", "spare": "key-3"], observer: observer)
        let client = RotatingClient(pool: pool, retrier: Retrier(classifier: .openAI, failover: pool)) { prompt, key in
            key == "key-3" ? (200, [:], "\(prompt) by \(key)") : (429, ["Retry-After": "60"], "")
        }
        #expect(try await client.answer(to: "hello") == "hello by key-3")
        #expect(pool.snapshot().map(\.state) == [.coolingDown, .coolingDown, .ready])
        #expect(observer.count(.bucketSwitched) == 1)
    }
}
