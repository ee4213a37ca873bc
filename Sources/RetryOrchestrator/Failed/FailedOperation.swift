public import ErrorClassification
public import ResilienceCore

/// An operation that was given up, with its reason, kept until someone has dealt with it.
public struct FailedOperation<Payload: Codable & Sendable>: Codable, Sendable {
    /// The id under which it was submitted; unique in its store of failed operations.
    public var id: String
    /// What was to be done.
    public var payload: Payload
    /// The code of the last failure: the classifier's, or one of ``FailureCode``.
    public var code: String
    /// The verdict on the last failure; `nil` where there was none, as after a crash.
    public var classification: Classification?
    /// Whether the operation may have taken effect all the same.
    public var isAmbiguous: Bool
    /// A free label of the caller's by which failures are told apart: `instant`, `batch`.
    public var context: String
    /// How many attempts were made.
    public var attempts: Int
    /// The last attempts, oldest first.
    public var history: [StoredAttempt]
    /// Where it is on its way to being dealt with.
    public var status: Status
    /// When it was submitted.
    public var submittedAt: Timestamp
    /// When it was given up.
    public var failedAt: Timestamp
    /// When it changed last.
    public var updatedAt: Timestamp

    /// Where a failed operation is on its way to being dealt with.
    public enum Status: String, Codable, Sendable, Hashable, CaseIterable {
        /// Awaits a person.
        case pendingReview = "failed_pending_review"
        /// May be tried again.
        case retryable = "failed_retryable"
        /// Will never be tried again.
        case cancelled = "failed_cancelled"
        /// Waits for an automatic retry.
        case retryScheduled = "retry_scheduled"
        /// Is being tried again.
        case retryInProgress = "retry_in_progress"
        /// Has succeeded after all.
        case recovered = "recovered"
    }
}

/// Codes of failures that no error of the operation's own explains.
public enum FailureCode {
    /// The limit of attempts was reached and no failure is recorded.
    public static let attemptLimitExceeded = "ATTEMPT_LIMIT_EXCEEDED"
    /// An attempt's outcome is not known, and nothing can tell.
    public static let outcomeUnknown = "OUTCOME_UNKNOWN"
    /// The item was delivered too often without an outcome: it may kill its process.
    public static let poison = "POISON"
    /// The operation succeeded, but the store refused its result, or a write that `onSuccess` gave.
    public static let successNotRecorded = "SUCCESS_NOT_RECORDED"
    /// The operation failed with an error that no rule knows.
    public static let unknown = "UNKNOWN_ERROR"
}
