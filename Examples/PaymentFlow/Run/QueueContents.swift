import ExampleSupport
import PaymentVerify
import ResilienceCore
import RetryOrchestrator

/// All that the store holds of the queue.
struct QueueContents: Sendable {
    private(set) var done: [QueueOutcome<Payment, Receipt>] = []
    private(set) var failed: [FailedOperation<Payment>] = []
    private(set) var pending: [RetryItem<Payment>] = []

    private(set) var accumulations: [Accumulation] = []

    init(in store: any RecordStore) async throws {
        for record in try await store.all(in: Spaces.accumulations) {
            let amount = try record.value.get(Batches.Amount.self)
            accumulations.append(Accumulation(record.key.name, batch: amount.batch))
        }
        for space in [Spaces.first, Spaces.again] { pending += try await Self.all(space, store) }
        done = try await Self.all(Spaces.done, store)
        failed = try await Self.all(Spaces.failed, store)
    }

    private func failure(of operation: FailedOperation<Payment>) -> StoreContents.Failed {
        StoreContents.Failed(
            code: operation.code,
            isAmbiguous: operation.isAmbiguous,
            isRecovered: operation.status == .recovered && operation.recovery?.proof == nil
        )
    }

    private static func all<Value: Codable & Sendable>(
        _ space: String,
        _ store: any RecordStore
    ) async throws -> [Value] {
        try await store.all(in: space).map { try $0.value.get() }
    }

    /// Compares what was asked for with the ledger: the payments of this run's input, and what earlier runs left here.
    func check(input: PaymentInput?, ledger: String) throws -> Findings {
        let known = done.map(\.payload) + failed.map(\.payload) + pending.map(\.payload)
        let asked = (input?.payments.items ?? []) + known
        let payments = asked.compactMap {
            InputPayments.Payment(id: $0.id, amount: $0.amount.description, address: $0.payinAddress)
        }
        let givenUp = failed.map { ($0.id, failure(of: $0)) }
        return Verification.check(
            InputPayments(payments),
            try LedgerContents(contentsOf: ledger),
            store: StoreContents(
                failed: Dictionary(givenUp) { first, _ in first },
                unfinished: Set(pending.map(\.payload.id)),
                accumulations: accumulations
            )
        )
    }
}
