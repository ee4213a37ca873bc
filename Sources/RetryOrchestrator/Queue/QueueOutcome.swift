public import ResilienceCore

/// What is recorded of an item that succeeded: exactly one for each id.
public struct QueueOutcome<Payload: Codable & Sendable, Output: Codable & Sendable>: Codable, Sendable {
    /// What was submitted.
    public var payload: Payload
    /// What the operation, or the resolver, returned.
    public var output: Output
    /// How many attempts were made.
    public var attempts: Int
    /// Whether the outcome of some attempt had to be found out by a question or by sending it again.
    public var recoveredAfterAmbiguity: Bool
    /// When it was submitted.
    public var submittedAt: Timestamp
    /// When the outcome was recorded.
    public var finishedAt: Timestamp
    /// The last attempts, oldest first.
    public var history: [StoredAttempt]
}

/// Where an item of a queue is.
public enum QueueStatus<Payload: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// It waits for an attempt, or one is under way.
    case pending(RetryItem<Payload>, due: Timestamp?)
    /// It succeeded.
    case succeeded(QueueOutcome<Payload, Output>)
    /// It was given up and stored for a person.
    case failed(FailedOperation<Payload>)
    /// Its record could not be read and was moved there with its bytes: for a person. Its id stays taken.
    case parked(RecordKey)
}

/// What became of a submission.
public enum Submission: Sendable, Hashable {
    /// It is stored and will be worked on.
    case accepted
    /// The same was submitted before under this id; nothing was done.
    case alreadySubmitted
}

/// Why a submission was refused.
public enum RetryQueueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The id stands for another payload already. Nothing was stored.
    case idInUse(String)
    /// The item of that id could not be read and was parked; it may have taken effect. Nothing was stored.
    case parked(String)

    public var description: String {
        switch self {
        case .idInUse(let id): "the id \(id) was submitted before with another payload"
        case .parked(let id): "the item \(id) could not be read and was parked"
        }
    }
}

/// What the caller's query says of an attempt whose outcome is not known.
public enum Resolution<Output: Sendable>: Sendable {
    /// It took effect, with this result: the item has succeeded.
    case applied(Output)
    /// It did not take effect, and will not any more.
    case notApplied
    /// The query cannot tell yet; it is asked again later.
    case unknown
}

/// An attempt of a queued operation, handed to the operation and to the resolver.
public struct QueuedAttempt: Sendable, Hashable {
    /// The id under which the item was submitted.
    public let id: String
    /// Which attempt, from 1.
    public let number: Int
    /// How many attempts may follow this one.
    public let left: Int
    /// The same on each attempt of this item: hand it to the callee, so that it applies the call once.
    public let idempotencyKey: String
    /// Greater on each delivery: hand it to a callee that can refuse what is older than it has seen.
    public let fence: Revision
    /// When the item was brought back from the failed operations, after attempts that are not counted here; `nil` if it
    /// was not.
    public let broughtBackAt: Timestamp?
}
