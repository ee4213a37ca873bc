import ResilienceCore
import Saga

/// The provider of card payments, as far as it pays back: it applies a key once.
struct PaymentProvider: Sendable {
    static let name = "payments"
    let line: ServiceLine

    func refund(_ request: RefundRequest) async throws -> Refund {
        try await line.call(call("refund", request), .refunds)
        return Refund(id: "re_\(request.idempotencyKey)")
    }

    /// The refund with that key, if it was made.
    func refund(for request: RefundRequest) async throws -> Refund? {
        let key = request.idempotencyKey
        let isThere = try await line.ask(call("ask", request)) { $0.hasApplied(key, by: Self.name) }
        return isThere ? Refund(id: "re_\(key)") : nil
    }

    private func call(_ action: String, _ request: RefundRequest) -> ServiceCall {
        // Payments are named by the request that they are for.
        let parts = request.transaction.split(separator: "/", omittingEmptySubsequences: false)
        let booking = parts.dropLast().joined(separator: "/")
        return ServiceCall(
            service: Self.name,
            action: action,
            request: booking,
            key: request.idempotencyKey,
            cents: request.amount,
            to: request.transaction
        )
    }
}
