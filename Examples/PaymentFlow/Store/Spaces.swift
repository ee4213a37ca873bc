import ResilienceCore
import RetryOrchestrator

/// The spaces of the queue of payments.
enum Spaces {
    static let queue = "payments"
    static let first = "retry.payments"
    static let again = "retry.payments.again"
    static let done = "retry.payments.done"
    static let failed = "failed.payments"
    static let notices = "notices.payments"
    static let accumulations = "accumulations"

    /// Those whose records are items of the queue.
    static func holdsItems(_ space: String) -> Bool { space == first || space == again }

    /// The latest of: when an item is due or its lease ends, when an item was submitted, succeeded or was given up.
    static func latestInstant(in store: any RecordStore) async throws -> Timestamp? {
        var instants: [Timestamp] = []
        for space in [first, again] {
            let last = try await store.scan(Scan(space, by: .due(through: .distantFuture), reversed: true, limit: 1))
            instants += last.compactMap(\.due)
        }
        let done = try await store.scan(Scan(done, by: .due(through: .distantFuture), reversed: true, limit: 1))
        instants += try done.map { try $0.value.get(QueueOutcome<Payment, Receipt>.self).finishedAt }
        let failed = try await store.scan(Scan(failed, by: .tag, from: "at|", until: "at}", reversed: true, limit: 1))
        instants += try failed.map { try $0.value.get(FailedOperation<Payment>.self).updatedAt }
        return instants.max()
    }
}
