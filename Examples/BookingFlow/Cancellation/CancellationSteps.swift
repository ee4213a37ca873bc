import HoldTimer
import ResilienceCore
import RetryOrchestrator
import Saga

/// The steps of a cancellation.
struct CancellationSteps: Sendable {
    private typealias Step = SagaStep<Cancellation, Done>

    let store: any RecordStore
    let desk: HoldDesk
    let line: ServiceLine
    let messages: Messages
    /// Takes protections away: keys that are new with each attempt.
    let newRefundKeys: Bool
    let newUndoKeys: Bool

    private static let patience: Duration = .seconds(30)

    func definition() throws -> SagaDefinition<Cancellation> {
        let (describe, lock, trainer) = (describe(), try lockStep(), try trainerStep())
        let (mark, free, notify) = (markStep(), freeStep(), notifyStep())
        let refunds = [try refundStep(.refund, 0), try refundStep(.secondRefund, 1)]
        return try SagaDefinition(Cancellations.name) {
            SagaGroup {
                describe; lock; trainer
            }
            mark
            for refund in refunds { refund }
            free
            notify
        }
    }

    // MARK: Before the pivot

    private func describe() -> SagaStep<Cancellation, Description> {
        let text = TextService(line: line)
        return SagaStep(
            SagaPoint.describe.rawValue,
            retry: .repeatable,
            run: { input, _ in
                let description = try await text.describe(input.note ?? "", of: input.request)
                line.killing.reached(.describe)
                return description
            },
            // What was not recorded is not there, and nothing of it remains anywhere.
            resolve: { _, _ in .notApplied },
            when: { input, _ in input.note != nil }
        )
    }

    /// A code that is given again is applied once by its key.
    private func lockStep() throws -> SagaStep<Cancellation, Done> {
        var undo = RetryPolicy.compensation
        undo.isIdempotent = true
        return try partnerStep(.lock(line), .takeBackCode, undone: .giveCodeAgain, undo: undo)
    }

    /// The agency is asked what became of a call that nobody knows the outcome of, also where that was to undo one.
    private func trainerStep() throws -> SagaStep<Cancellation, Done> {
        try partnerStep(.trainers(line), .cancelTrainer, undone: .bookTrainerAgain, undo: .compensation) { input, _ in
            input.hasTrainer
        }
    }

    /// Calls off what a partner has for the booking, and takes it up again.
    private func partnerStep(
        _ partner: Partner,
        _ point: SagaPoint,
        undone: SagaPoint,
        undo: RetryPolicy,
        when condition: Step.Condition? = nil
    ) throws -> SagaStep<Cancellation, Done> {
        Step(
            point.rawValue,
            retry: try .partner,
            undo: undo,
            timeout: Self.patience,
            run: { input, step in
                try await partner.callOff(input.request, step)
                line.killing.reached(point)
            },
            compensate: { input, step in
                try await partner.takeUpAgain(input.request, step, key: undoKey(step))
                line.killing.reached(undone)
            },
            resolve: { input, step in try await partner.isOff(input.request, step) ? .applied(Done()) : .notApplied },
            when: condition
        )
    }

    private func undoKey(_ step: StepContext) -> String {
        newUndoKeys ? "\(step.idempotencyKey)/\(store.clock.now)" : step.idempotencyKey
    }

    // MARK: The pivot, and behind it

    private func markStep() -> SagaStep<Cancellation, Done> {
        own(.markCancelling, isPivot: true) { input in try await change(input) { $0.status = .cancelling } }
    }

    /// The place is free in the commit that notes the booking as cancelled.
    private func freeStep() -> SagaStep<Cancellation, Done> {
        own(.freePlace) { input in
            guard let entry = try await Spaces.notes.read(input.request, in: store) else { return }
            var note = entry.value
            note.status = .cancelled
            let put = Spaces.notes.put(note, at: input.request, expect: entry.unchanged)
            do {
                try await desk.cancel(input.hold, also: [put])
            } catch HoldError.alreadyReleased {
                // Before a crash.
            }
        }
    }

    /// Messages that cannot be delivered are no reason to keep a cancellation open.
    private func notifyStep() -> SagaStep<Cancellation, Done> {
        own(.notify) { try await messages.tell($0.customer, of: "cancelled", $0.request) }
    }

    /// A step on our own store, which may be done again.
    private func own(
        _ point: SagaPoint,
        isPivot: Bool = false,
        _ body: @escaping @Sendable (Cancellation) async throws -> Void
    ) -> SagaStep<Cancellation, Done> {
        let run: @Sendable (Cancellation, StepContext) async throws -> Void = { input, _ in
            try await body(input)
            line.killing.reached(point)
        }
        return SagaStep(point.rawValue, isPivot: isPivot, retry: .repeatable, run: run)
    }

    fileprivate func change(_ input: Cancellation, _ body: (inout BookingNote) -> Void) async throws {
        guard let entry = try await Spaces.notes.read(input.request, in: store) else { return }
        var note = entry.value
        body(&note)
        try await store.commitSettling(Batch([Spaces.notes.put(note, at: input.request, expect: entry.unchanged)]))
    }
}

extension CancellationSteps {
    /// Pays back one of the payments, once; asked about where nobody knows whether it was.
    fileprivate func refundStep(_ point: SagaPoint, _ number: Int) throws -> SagaStep<Cancellation, Refund> {
        let provider = PaymentProvider(line: line)
        let refunds = try Refunds(on: store) { request in
            let refund = try await provider.refund(request)
            line.killing.reached(point)
            return refund
        } find: { request in
            try await provider.refund(for: request)
        }
        return refunds.step(point.rawValue, timeout: Self.patience) { input in
            request(input, number)
        } onFailure: { input, failure, _ in
            try await change(input) { $0.refundFailure = failure.code ?? failure.error }
        }
    }

    private func request(_ input: Cancellation, _ number: Int) -> RefundRequest? {
        guard input.payments.indices.contains(number) else { return nil }
        let payment = input.payments[number]
        return RefundRequest(
            transaction: payment.key,
            intent: newRefundKeys ? "cancellation at \(store.clock.now)" : "cancellation",
            amount: payment.cents,
            currency: "EUR"
        )
    }
}

extension RetryPolicy {
    /// Steps on our own store: they may be done again.
    fileprivate static var repeatable: RetryPolicy {
        var policy = RetryPolicy.compensation
        policy.isIdempotent = true
        return policy
    }

    /// Calls of partners, who say "not yet" for two minutes now and then.
    fileprivate static var partner: RetryPolicy {
        get throws { try RetryPolicy(attempts: 8, backoff: .exponential(base: .seconds(2), cap: .seconds(60))) }
    }
}
