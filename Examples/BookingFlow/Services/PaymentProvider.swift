import ResilienceCore

/// The provider of card payments, as far as it pays back: it applies a key once.
struct PaymentProvider: Sendable {
    static let name = "payments"
    let line: ServiceLine

    /// A payment that is paid back.
    struct Order: Sendable {
        let request: String
        let transaction: String
        let cents: Int
        let key: String

        fileprivate func call(_ action: String) -> ServiceCall {
            ServiceCall(
                service: PaymentProvider.name,
                action: action,
                request: request,
                key: key,
                cents: cents,
                to: transaction
            )
        }
    }

    func refund(_ order: Order, reached point: SagaPoint) async throws {
        try await line.call(order.call("refund"), .refunds)
        line.killing.reached(point)
    }

    /// Whether a refund with that key was made.
    func hasRefunded(_ order: Order) async throws -> Bool {
        try await line.ask(order.call("ask")) { $0.hasApplied(order.key, by: Self.name) }
    }
}
