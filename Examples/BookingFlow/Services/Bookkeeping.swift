import ErrorClassification
import ExampleSupport
import Foundation
import ResilienceCore
import RetryOrchestrator

/// Books the refunds that the provider tells of: each once, however often it is told of.
struct Bookkeeping: Sendable {
    static let name = "refund-events"

    private let store: any RecordStore
    private let webhooks: Webhooks<RefundEvent>
    /// Takes a protection away: what comes in is booked as it comes, without a look at its id.
    private let booksAtOnce: Bool

    init(on store: any RecordStore, _ temper: Temper, _ options: WorkerOptions, booksAtOnce: Bool) throws {
        (self.store, self.booksAtOnce) = (store, booksAtOnce)
        var queue = RetryQueueOptions()
        (queue.firstAttempts, queue.retries) = (options, options)
        queue.deliveryLimit = 1_000
        queue.seed = temper.seed
        var policy = RetryPolicy.email
        policy.isIdempotent = true
        webhooks = try Webhooks(Self.name, on: store, policy: policy, classifier: .http, options: queue) {
            body,
            signature in
            guard signature == WebhookSender.signature(of: body) else { throw WrongSignature() }
            return try JSONDecoder().decode(RefundEvent.self, from: Data(body))
        } id: {
            $0.id
        } handler: { event, attempt in
            // The books are closed for a moment now and then.
            if attempt.number == 1, "\(temper.seed)/\(event.id)/books".hashOfBytes() % 6 == 0 {
                throw ServiceError.unavailable("books")
            }
            try await Self.book(event, as: attempt.id, in: store)
        }
    }

    private struct WrongSignature: Error {}

    func receive(_ body: [UInt8], signature: String) async throws -> Webhooks<RefundEvent>.Answer {
        guard booksAtOnce else { return try await webhooks.receive(body, signature: signature) }
        let event = try JSONDecoder().decode(RefundEvent.self, from: Data(body))
        let number = try await store.count(Scan(Spaces.settlements.name))
        try await Self.book(event, as: "\(event.id)#\(number)", in: store)
        return .accepted
    }

    func run() async { await webhooks.run() }

    private static func book(_ event: RefundEvent, as name: String, in store: any RecordStore) async throws {
        do {
            try await store.commitSettling(Batch([Spaces.settlements.put(event, at: name, expect: .absent)]))
        } catch {
            // It was booked, and the process died before that was noted.
            guard case .conflict = error else { throw error }
        }
    }
}
