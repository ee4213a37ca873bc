public import ResilienceCore
public import RetryOrchestrator

/// What is to be paid back: keyed by the payment and the reason, so that asking twice pays once.
public struct RefundRequest: Codable, Sendable, Hashable {
    /// The payment that is paid back.
    public var transaction: String
    /// Why, as a name that the reason determines: `cancellation`, `dispute-7`. Never the time or a row's id.
    public var intent: String
    /// How much, in the smallest unit of the currency: more than zero, else it is refused.
    public var amount: Int
    /// The currency.
    public var currency: String

    /// Creates a request.
    public init(transaction: String, intent: String, amount: Int, currency: String) {
        self.transaction = transaction
        self.intent = intent
        self.amount = amount
        self.currency = currency
    }

    /// What the provider is given, so that it applies the refund once.
    public var idempotencyKey: String { "refund/\(name)" }

    /// The payment and the reason in one text, which no other two give.
    var name: String { "\(transaction.keyPart)/\(intent)" }
}

/// A refund that was made.
public struct Refund: Codable, Sendable, Hashable {
    /// The provider's name for it.
    public var id: String
    /// Whether it had been made before it was asked for this time.
    public var isDuplicate = false

    /// Creates the record of a refund.
    public init(id: String) { self.id = id }
}

/// The refund was made, and the store then did not take it: ask again, and the provider knows it.
public struct RefundNotRecorded: Error, Sendable {
    /// What was made.
    public let refund: Refund
    /// What the store said.
    public let reason: StoreError
}

/// Pays back, each payment and intent once: by itself, or as a step of a saga.
///
/// ```swift
/// let refunds = try Refunds(on: store) { request in
///     try await provider.refund(request, key: request.idempotencyKey)
/// } find: { request in
///     try await provider.refund(for: request.idempotencyKey)
/// }
/// let refund = refunds.step(of: { (booking: Booking) in booking.refund })
/// ```
///
/// The provider is asked before anything is sent, so that one whose outcome is not known is not sent again; and it is
/// given the same key each time.
public struct Refunds: Sendable {
    /// Makes a refund.
    public typealias Sending = @Sendable (RefundRequest) async throws -> Refund
    /// Asks for a refund that may have been made; `nil` if it was not.
    public typealias Question = @Sendable (RefundRequest) async throws -> Refund?
    /// Is handed the alert of a refund that failed for good.
    public typealias Alert = @Sendable (ResilienceAlert) -> Void

    private let made: Idempotency<Refund>
    private let clock: any WallClock
    private let alertAbove: Int
    private let alert: Alert?
    private let send: Sending
    private let find: Question

    /// Creates the face of a set of refunds.
    ///
    /// - Parameters:
    ///   - name: names the keys of refunds: `idempotency.<name>`.
    ///   - store: where they are.
    ///   - retention: how long a refund is remembered here; after it the provider is asked. More than zero.
    ///   - alertAbove: a refund of more than this that fails for good is alerted; in the smallest unit of the currency.
    ///   - alert: is handed these alerts, such as `AlertRouter.report`.
    ///   - send: makes a refund.
    ///   - find: asks for one.
    /// - Throws: `InvalidArgument` for a name or retention that is not allowed.
    public init(
        _ name: String = "refunds",
        on store: any RecordStore,
        retention: Duration = .seconds(30 * 86_400),
        alertAbove: Int = 100_00,
        alert: Alert? = nil,
        send: @escaping Sending,
        find: @escaping Question
    ) throws(InvalidArgument) {
        made = try Idempotency(name, on: store, retention: retention)
        clock = store.clock
        self.alertAbove = alertAbove
        self.alert = alert
        self.send = send
        self.find = find
    }

    /// Pays back, unless that was done.
    ///
    /// - Throws: the error of `send` or `find`; ``StepRefusal`` if another one is at it, until when, if the intent was used
    ///   for another amount, or if the amount is not more than zero; `StoreError` if the store failed before anything was
    ///   sent, and ``RefundNotRecorded`` if it did after the refund was made; `CancellationError`.
    public func refund(_ request: RefundRequest) async throws -> Refund {
        guard request.amount > 0 else {
            throw StepRefusal("The amount is not more than zero", code: "REFUND_AMOUNT")
        }
        var known: Refund?
        do {
            let answer = try await made.run(
                request.name,
                fingerprint: "\(request.amount) \(request.currency)"
            ) { _ in
                let refund = try await findOrSend(request)
                known = refund
                return refund
            }
            var refund = answer.outcome
            refund.isDuplicate = refund.isDuplicate || answer.replayed
            return refund
        } catch IdempotencyError.inProgress(_, let until) {
            let wait = max(clock.now.duration(to: until), .milliseconds(1))
            throw StepRefusal("The refund is under way", code: "REFUND_IN_PROGRESS", retryAfter: wait)
        } catch IdempotencyError.mismatch {
            throw StepRefusal("This intent was used for another amount", code: "REFUND_MISMATCH")
        } catch {
            guard let known, let reason = error as? StoreError else { throw error }
            throw RefundNotRecorded(refund: known, reason: reason)
        }
    }

    private func findOrSend(_ request: RefundRequest) async throws -> Refund {
        guard var found = try await find(request) else { return try await send(request) }
        found.isDuplicate = true
        return found
    }

    /// A step that pays back. It has no compensation.
    ///
    /// One that fails for good is alerted if it is of more than the limit, then handed to `onFailure`.
    ///
    /// - Parameters:
    ///   - name: the name of the step.
    ///   - retry: how often it is tried.
    ///   - timeout: how long an attempt may take.
    ///   - request: what is to be paid back; `nil` skips the step.
    ///   - onFailure: handles the final failure, as by a note for a person.
    public func step<Input: Codable & Sendable>(
        _ name: String = "refund",
        retry: RetryPolicy = .refund,
        timeout: Duration? = nil,
        of request: @escaping @Sendable (Input) -> RefundRequest?,
        onFailure: SagaStep<Input, Refund>.FailureHandler? = nil
    ) -> SagaStep<Input, Refund> {
        SagaStep(
            name,
            retry: retry,
            timeout: timeout,
            run: { input, step in
                guard let request = request(input) else { throw SagaError.noOutput(step: step.step) }
                return try await refund(request)
            },
            onFailure: { input, failure, step in
                if let request = request(input) { report(failure, of: request) }
                try await onFailure?(input, failure, step)
            },
            resolve: { input, _ in
                guard let request = request(input), let found = try await find(request) else { return .notApplied }
                return .applied(found)
            },
            when: { input, _ in request(input) != nil }
        )
    }

    private func report(_ failure: SagaFailure, of request: RefundRequest) {
        guard let alert, request.amount > alertAbove else { return }
        alert(
            ResilienceAlert(
                "refund.failed",
                .critical,
                code: failure.code,
                subject: request.transaction,
                at: clock.now,
                message: "A refund of \(request.amount) \(request.currency) failed",
                attributes: ["intent": request.intent, "error": failure.error]
            )
        )
    }
}
