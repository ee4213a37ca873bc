public import ResilienceCore

/// How a ``RetryQueue`` works, beside its policy.
public struct RetryQueueOptions: Sendable {
    /// Limits of the worker of first attempts.
    public var firstAttempts = WorkerOptions()
    /// Limits of the worker of everything later. It has a space and limits of its own, so that retries, such as those
    /// that a restart finds, cannot block new work.
    public var retries = WorkerOptions()
    /// Deliveries without a recorded outcome after which an item is given up: it may kill its process. 1 to 1,000.
    public var deliveryLimit = 10
    /// The wait after an ambiguous failure before the resolver is asked, so that a request still under way can end.
    public var settleTime: Duration = .zero
    /// How often the resolver is asked about one attempt before the item is given up as ambiguous. 1 to 1,000.
    public var questionLimit = 10
    /// The wait before the resolver is asked again, doubled each time up to 64-fold.
    public var questionWait: Duration = .seconds(10)
    /// How long an attempt may take; `nil` for as long as it takes. One that took longer is cancelled and counts as
    /// ambiguous; one that does not end within a second of that is not followed by another (``Timeout``).
    public var attemptTimeout: Duration?
    /// How long a question to the resolver may take; one that took longer counts as ``Resolution/unknown``.
    public var questionTimeout: Duration? = .seconds(60)
    /// How long the outcome of an item is kept, and with it the memory that its id was used.
    public var retention: Duration = .seconds(30 * 86_400)
    /// Whether what is given up with a failure that passes by itself, and cannot have taken effect, is at once retryable:
    /// for a ``FailedSweep`` to bring back. Else everything waits for a person first.
    public var sweepsTransientFailures = false
    /// A label for the failed operations of this queue.
    public var context = ""
    /// Seeds the jitter; `nil` for a seed of the system's.
    public var seed: UInt64?

    /// The defaults.
    public init() {}

    func validate() throws(InvalidArgument) {
        guard (1...1_000).contains(deliveryLimit) else {
            throw InvalidArgument(field: "deliveryLimit", value: deliveryLimit, allowed: "1...1000")
        }
        guard (1...1_000).contains(questionLimit) else {
            throw InvalidArgument(field: "questionLimit", value: questionLimit, allowed: "1...1000")
        }
        for (field, wait) in [("settleTime", settleTime), ("questionWait", questionWait)] {
            guard wait >= .zero, wait <= .seconds(86_400) else {
                throw InvalidArgument(field: field, value: wait, allowed: "0 to 1 day")
            }
        }
        for (field, limit) in [("attemptTimeout", attemptTimeout), ("questionTimeout", questionTimeout)] {
            guard let limit else { continue }
            guard limit > .zero, limit <= .seconds(86_400) else {
                throw InvalidArgument(field: field, value: limit, allowed: "more than zero, at most 1 day")
            }
        }
        guard retention >= .seconds(1) else {
            throw InvalidArgument(field: "retention", value: retention, allowed: "at least 1 s")
        }
    }
}
