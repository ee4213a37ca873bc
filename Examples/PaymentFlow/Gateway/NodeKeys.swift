import BucketFailover
import ErrorClassification
import ResilienceCore
import RetryOrchestrator

/// The API keys of the node: when one is refused, another stands in.
struct NodeKeys: Sendable {
    private let node: Node
    private let pool: BucketPool
    private let retrier: Retrier
    private let clock: any WallClock

    init(_ count: Int, seed: UInt64, clock: any WallClock, observer: any Observer) throws {
        node = Node(seed: seed)
        self.clock = clock
        pool = try BucketPool(
            "node",
            (1...count).map { Bucket("key-\($0)") },
            source: node,
            clock: clock,
            generator: SmallGenerator(seed: seed),
            observer: observer
        )
        retrier = Retrier(
            // The queue around it retries payments; this one only keys.
            try RetryPolicy(nesting: .ignored),
            classifier: .standard,
            clock: clock,
            budget: nil,
            generator: SmallGenerator(seed: seed),
            failover: pool
        )
    }

    /// Makes a call once the node lets it through.
    ///
    /// As long as it lets none through, nothing was sent: waits and tries again, and the queue sees no failure.
    func call<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        while true {
            do {
                let result: Result<Answer, any Error> = try await retrier.run { _ in
                    try node.admit(try await pool.credential())
                    // What the gateway says is the queue's to judge.
                    do { return .success(try await body()) } catch { return .failure(error) }
                }
                return try result.get()
            } catch let exhausted as AllBucketsExhaustedError {
                let free = exhausted.retryAfter.map { clock.now.duration(to: $0) }
                try await clock.pause(for: max(free ?? .zero, .seconds(1)))
            } catch is NodeRefusal {
                try await clock.pause(for: .seconds(1))
            }
        }
    }
}
