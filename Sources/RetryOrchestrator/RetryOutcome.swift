public import ErrorClassification
public import ResilienceCore

/// How a call ended, and what was decided on the way.
///
/// ```swift
/// let outcome = await retrier.outcome { _ in try await api.charge(order) }
/// for attempt in outcome.attempts {
///     print(attempt.number, attempt.classification?.category.rawValue ?? "", attempt.decision ?? "succeeded")
/// }
/// if case .failure = outcome.result, let instant = outcome.retryableAt { print("again after \(instant)") }
/// ```
public struct RetryOutcome<Success> {
    /// What the operation gave, or the error that it threw last; `CancellationError` if the call was cancelled.
    public let result: Result<Success, any Error>
    /// Each attempt in its order, with the decision that followed it.
    public let attempts: [AttemptRecord]
    /// Why no further attempt was made; `nil` if the operation succeeded.
    public let stop: StopReason?
    /// When another call could make sense, where that is known.
    public let retryableAt: Timestamp?
}

extension RetryOutcome: Sendable where Success: Sendable {}

/// What became of one attempt.
public struct AttemptRecord: Sendable, Hashable {
    /// Which attempt it was; the first is 1.
    public let number: Int
    /// When it began, on the retrier's clock.
    public let began: Timestamp
    /// When it ended.
    public let ended: Timestamp
    /// The verdict on its error; `nil` if it threw none, or was cancelled.
    public let classification: Classification?
    /// What was decided after it; `nil` if it succeeded.
    public let decision: RetryDecision?
}
