import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite(.timeLimit(.minutes(20))) struct RetryExamples {
    let classifier = ErrorClassifier.ethereum

    private struct API {
        func createInvoice(_ order: Order, idempotencyKey: String) async throws -> Invoice {
            Invoice(idempotencyKey: idempotencyKey)
        }
    }

    @Test func aRetrier() async throws {
        let api = API()
        let order = Order(id: "17")
        // example
        let retrier = Retrier(.apiRequest, classifier: classifier)
        let invoice = try await retrier.run { attempt in
            try await api.createInvoice(order, idempotencyKey: attempt.idempotencyKey)
        }
        // end
        #expect(!invoice.idempotencyKey.isEmpty)
    }

    @Test func aPolicy() async throws {
        // example
        let policy = try RetryPolicy(
            attempts: 5,
            backoff: .exponential(base: .milliseconds(100), cap: .seconds(10)),
            jitter: .full,
            isIdempotent: true
        )
        let retrier = Retrier(policy, classifier: classifier)
        // end
        #expect(retrier.policy.attempts == 5)
    }

    @Test func aQueueAndItsFailedOperations() async throws {
        let store = InMemoryStore()
        let good = Payment(id: "p-1", amount: 1)
        #expect(try await pay(good, by: Gateway(), on: store) == "queue.succeeded")
        let bad = Gateway(failing: Failure(message: "insufficient funds for transfer"))
        #expect(try await pay(Payment(id: "p-2", amount: 1), by: bad, on: store) == "queue.gaveUp")
        // example
        let failed = FailedOperations<Payment>("payments", on: store)
        for operation in try await failed.list().operations { print(operation.id, operation.code) }
        try await failed.move("p-2", to: .retryable, by: "ann", note: "the wallet is topped up")
        try await failed.redrive("p-2", by: "ann", force: true)
        // end
        #expect(try await failed.list(.init(status: .retryInProgress)).operations.map(\.id) == ["p-2"])
        try await sweeping(failed)
    }

    private func sweeping(_ failed: FailedOperations<Payment>) async throws {
        let running = Task {
            // example
            let sweep = try FailedSweep(failed, .payments)
            await sweep.run()  // until cancelled
            // end
        }
        running.cancel()
        try await running.value
    }

    /// Runs the example until one payment has an outcome, and gives the kind of that event.
    private func pay(_ payment: Payment, by gateway: Gateway, on store: InMemoryStore) async throws -> String {
        let running = Task {
            // example
            let queue = try RetryQueue<Payment, Receipt>("payments", on: store, policy: .payment,
                classifier: .ethereum) {
                payment, attempt in
                try await gateway.pay(payment, key: attempt.idempotencyKey)
            } resolve: { payment, attempt in
                try await gateway.receipt(of: payment).map { .applied($0) } ?? .notApplied
            }
            try await queue.submit(payment, id: payment.id)
            await queue.run()  // until cancelled
            // end
        }
        while try await store.read(RecordKey("retry.payments.done", payment.id)) == nil,
            try await store.read(RecordKey("failed.payments", payment.id)) == nil
        {
            await Task.yield()
        }
        running.cancel()
        try await running.value
        let isDone = try await store.read(RecordKey("retry.payments.done", payment.id)) != nil
        return isDone ? "queue.succeeded" : "queue.gaveUp"
    }
}
