import ErrorClassification
import ResilienceCore
import ResilienceTesting
import Synchronization

// What the examples take for granted.

struct Mail: Codable, Sendable, Hashable { var to: String }
struct Payment: Codable, Sendable, Hashable {
    var id: String
    var amount: Int
}
struct Receipt: Codable, Sendable, Hashable { var number: String }
struct Order: Codable, Sendable, Hashable {
    var id: String
    var state = "new"
}
enum OrderEvent: String, Codable, Sendable { case paid }
struct PaymentEvent: Codable, Sendable, Hashable { var id: String }
struct Invoice: Sendable, Hashable { var idempotencyKey: String }

/// A payment service that keeps its receipts by key, and notes who asked.
final class Gateway: Sendable {
    private let receipts = Mutex<[String: Receipt]>([:])
    private let failure: Failure?

    init(failing failure: Failure? = nil) { self.failure = failure }

    var count: Int { receipts.withLock { $0.count } }

    /// Gives the money back.
    func refund(_ key: String) async throws { receipts.withLock { $0[key] = nil } }

    func charge(_ key: String, euros: Int) async throws -> Receipt {
        try await pay(Payment(id: key, amount: euros), key: key)
    }

    func pay(_ payment: Payment, key: String) async throws -> Receipt {
        if let failure { throw Refusal(failure: failure) }
        return receipts.withLock { receipts in
            let receipt = receipts[key] ?? Receipt(number: "r-\(receipts.count + 1)")
            receipts[key] = receipt
            return receipt
        }
    }

    func receipt(of payment: Payment) async throws -> Receipt? { receipts.withLock { $0[payment.id] } }

    struct Refusal: FailureReporting { let failure: Failure }
}

/// Keeps what it is given, and lets a test wait for the first.
final class Sent<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    var all: [Value] { values.withLock { $0 } }

    func publish(_ value: Value) async throws {
        values.withLock { $0.append(value) }
        continuation.yield()
    }

    func first() async -> Value? {
        var iterator = stream.makeAsyncIterator()
        await iterator.next()
        return all.first
    }
}
