import ExampleSupport
import ResilienceCore

/// A gateway that pays, mostly: it misbehaves by seed and remembers what it did in its ledger.
///
/// Whatever its kind, it refuses a request that is older than one it has seen for the same payment. A process that was
/// stopped past its lease and comes back can so do no harm.
struct Gateway: Sendable {
    let kind: Options.GatewayKind
    let ledger: LedgerFile<LedgerState>
    let clock: any WallClock
    let misbehaviour: Misbehaviour
    /// Brings together what happens at one instant of virtual time.
    var gather: @Sendable () async -> Void = {}

    /// A request: what the caller says of itself.
    struct Request: Sendable {
        let attempt: Int
        let key: String
        /// `nil` from a caller that hands none.
        let fence: UInt64?
        /// Whether somebody has seen to what was wrong before.
        var isMended = false
    }

    /// Pays.
    ///
    /// - Parameter stopped: is waited for when the call is about to reach the gateway, and when the answer is back: where
    ///   the caller's process may be stopped.
    /// - Throws: ``GatewayError`` as a client of it sees it, and `CancellationError`; it may have paid after either.
    func pay(_ payment: Payment, _ request: Request, stopped: () async -> Void) async throws -> Receipt {
        let (way, there, back) = misbehaviour.attempt(request.attempt, of: payment.id, isMended: request.isMended)
        try await clock.pause(for: there)
        await stopped()
        let answer: Answer = try await ledger.decide(gather: gather) { self.answer(way, payment, request, $0) }
        await stopped()
        if case .failed(.staleFence) = answer { throw GatewayError.staleFence }
        try await clock.pause(for: back)
        switch answer {
        case .paid(let transaction): return Receipt(transaction: transaction)
        case .failed(let error): throw error
        }
    }

    private enum Answer: Sendable {
        case paid(String)
        case failed(GatewayError)
    }

    private func answer(
        _ way: Misbehaviour.Case,
        _ payment: Payment,
        _ request: Request,
        _ state: LedgerState
    ) -> (Answer, LedgerLine?) {
        var line = LedgerLine(kind: .call, id: payment.id, attempt: request.attempt, fence: request.fence)
        if state.isStale(request.fence, for: payment.id) {
            line.answer = GatewayError.staleFence.message
            return (.failed(.staleFence), line)
        }
        if kind == .idempotent, let first = state.result(forKey: request.key) { return (.paid(first), nil) }
        switch way.action {
        case .loseTheCall, .refuse:
            line.answer = way.message
            line.final = way.isFinal ? true : nil
            return (.failed(error(way, payment, request)), line)
        case .pay, .payAndLoseTheAnswer:
            let transaction = transaction(of: payment, state)
            line.kind = .payment
            line.key = request.key
            line.amount = payment.amount.description
            line.currency = payment.fromCurrency
            line.to = payment.payinAddress
            line.transaction = transaction
            return (way.action == .pay ? .paid(transaction) : .failed(error(way, payment, request)), line)
        }
    }

    private func error(_ way: Misbehaviour.Case, _ payment: Payment, _ request: Request) -> GatewayError {
        guard way.message == Misbehaviour.tooManyRequests else { return GatewayError(message: way.message) }
        let seconds = misbehaviour.retryAfter(request.attempt, of: payment.id)
        return GatewayError(message: way.message, status: 429, retryAfter: seconds)
    }

    /// Whether a payment was made.
    ///
    /// From now on the gateway refuses older requests than this question.
    func receipt(of payment: Payment, _ request: Request) async throws -> Receipt? {
        try await clock.pause(for: .milliseconds(100))
        let transaction: String? = try await ledger.decide(gather: gather) { state in
            let transaction = state.transaction(of: payment.id)
            var line = LedgerLine(kind: .query, id: payment.id, attempt: request.attempt, fence: request.fence)
            line.answer = transaction == nil ? "not paid" : "paid"
            return (transaction, line)
        }
        return transaction.map(Receipt.init)
    }

    private func transaction(of payment: Payment, _ state: LedgerState) -> String {
        var generator = SmallGenerator(
            seed: misbehaviour.seed ^ UInt64(truncatingIfNeeded: state.payments) &* 0x9E37_79B9
        )
        let words = (0..<4).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return "0x" + words.joined()
    }
}
