import ExampleSupport
import Foundation
import ResilienceCore
import RetryOrchestrator

/// What the payment provider tells of a refund.
struct RefundEvent: Codable, Sendable, Equatable {
    let id: String
    /// The key of the refund.
    let key: String
    let request: String
    let cents: Int
}

/// The provider's side of webhooks: each refund is told of until somebody says that he has it, and often more than once.
struct WebhookSender: Sendable {
    static let name = "webhook"
    let line: ServiceLine
    let bookkeeping: Bookkeeping

    func run() async {
        while !Task.isCancelled {
            do {
                for refund in try await unheard() { try await tell(of: refund) }
            } catch {
                // Whoever did not answer is told again.
            }
            try? await line.clock.pause(for: .seconds(15))
        }
    }

    private func unheard() async throws -> [AnswerLine] {
        try await line.book.decide { sum in (sum.unheard.values.sorted { ($0.key ?? "") < ($1.key ?? "") }, nil) }
    }

    private func tell(of refund: AnswerLine) async throws {
        guard let key = refund.key, let request = refund.request, let cents = refund.cents else { return }
        let event = RefundEvent(id: "evt_\(key)", key: key, request: request, cents: cents)
        let body = Array(try JSONEncoder().encode(event))
        let mood = "\(line.temper.seed)/\(event.id)".hashOfBytes()
        let signature = Self.signature(of: body)
        if mood % 5 == 0 { try await forge(event) }
        // Some are sent twice at once, some again since the answer gets lost on its way back.
        async let other = mood % 3 == 0 ? bookkeeping.receive(body, signature: signature) : .duplicate
        let answer = try await bookkeeping.receive(body, signature: signature)
        _ = try await other
        let call = ServiceCall(service: Self.name, action: "tell", request: request, key: key, cents: cents)
        try await line.book.decide { sum in
            var line = AnswerLine(call, at: line.clock.now)
            let isHeard = mood % 4 > 0 || sum.calls(with: key, of: Self.name) > 0
            if answer != .refused, isHeard { line.kind = .effect } else { line.answer = "\(answer), not heard" }
            return ((), line)
        }
    }

    /// Somebody else tells of another refund, and cannot sign it.
    private func forge(_ event: RefundEvent) async throws {
        let forged = RefundEvent(id: "evt_forged_\(event.id)", key: "forged", request: event.request, cents: 1_000_000)
        let body = Array(try JSONEncoder().encode(forged))
        _ = try await bookkeeping.receive(body, signature: Self.signature(of: body + [0]))
    }

    /// Stands for the HMAC that a provider signs with.
    static func signature(of body: [UInt8]) -> String {
        String(("known to the provider and to us/" + String(decoding: body, as: UTF8.self)).hashOfBytes(), radix: 16)
    }
}
