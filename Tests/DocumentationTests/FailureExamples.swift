import ErrorClassification
import Foundation
import ResilienceCore
import ResilienceFoundation
import RetryOrchestrator
import Testing

@Suite struct FailureExamples {
    @Test func alerts() throws {
        let router = try AlertRouter(to: [])
        // example
        let alerts = FailureAlerts<Payment>(to: router) { failed in
            ResilienceAlert("payment.failed", .critical, code: failed.code, subject: failed.id, at: failed.updatedAt,
                message: "Payment failed after \(failed.attempts) attempts")
        }
        // end
        _ = alerts
    }

    private struct Batches: Sendable { func rollBack(_ id: String) async throws {} }
    private struct Payouts: Sendable { func markFailed(_ id: String, _ code: String) async throws {} }

    @Test func notices() throws {
        let (store, batches, payouts) = (InMemoryStore(), Batches(), Payouts())
        // example
        let notifier = try FailureNotifier<Payment>("payments", on: store, handlers: [
            "batch": { notice in try await batches.rollBack(notice.operation) },
            "instant": { notice in try await payouts.markFailed(notice.operation, notice.code) },
        ])
        // end
        _ = notifier
    }

    @Test func slack() throws {
        let url = try #require(URL(string: "https://hooks.example.org/services/T0/B0/x"))
        // example
        let slack = SlackWebhook(url, transport: try URLSessionTransport())
        let router = try AlertRouter(to: [slack], rules: AlertRule.failedPayments)
        // end
        _ = router
    }
}
