import ResilienceCore
import RetryOrchestrator
import Synchronization

/// Who is told of payments that are given up, by context: the channel's owner, the accounts of a threshold, the batch.
struct Notices: Sendable {
    let notifier: FailureNotifier<Payment>
    private let store: any RecordStore

    init(on store: any RecordStore, seed: UInt64, tally: Tally) throws {
        self.store = store
        let batches = Batches(on: store)
        let failed = FailedOperations<Payment>(Spaces.queue, on: store)
        let line = UnreliableLine(seed: seed)
        var options = WorkerOptions()
        options.seed = seed
        notifier = try FailureNotifier(
            Spaces.queue,
            on: store,
            handlers: [
                Payment.Context.batch.rawValue: { notice in
                    try line.pass(notice.id)
                    if try await Self.withdraw(notice, failed) {
                        tally.wereRolledBack(try await batches.rollBack(notice.operation))
                    }
                    tally.wasTold(notice.context)
                }
            ],
            otherwise: { notice in
                try line.pass(notice.id)
                tally.wasTold(notice.context)
            },
            options: options
        )
    }

    /// How many are still to be delivered.
    func waiting() async throws -> Int { try await store.count(Scan(Spaces.notices)) }

    /// Makes sure that nobody pays the batch any more, for what it gathered will be paid by another one.
    ///
    /// - Returns: `false` if it may have been paid, or somebody has brought it back.
    private static func withdraw(
        _ notice: FailureNotice<Payment>,
        _ failed: FailedOperations<Payment>
    ) async throws -> Bool {
        guard !notice.isAmbiguous, let found = try await failed.find(notice.operation) else { return false }
        if found.status == .cancelled { return true }
        guard found.status == .pendingReview || found.status == .retryable else { return false }
        _ = try await failed.move(notice.operation, to: .cancelled, by: "batches", note: "paid by a later batch")
        return true
    }
}

/// The line to those who are told: one delivery in five does not get through the first time.
private final class UnreliableLine: Sendable {
    private let seed: UInt64
    private let tried = Mutex<Set<String>>([])

    init(seed: UInt64) { self.seed = seed }

    func pass(_ id: String) throws {
        var generator = SmallGenerator(seed: id.utf8.reduce(seed) { ($0 &* 31) &+ UInt64($1) })
        let isBad = Int.random(in: 0..<5, using: &generator) == 0
        if isBad, tried.withLock({ $0.insert(id).inserted }) { throw NoAnswer() }
    }

    private struct NoAnswer: Error {}
}
