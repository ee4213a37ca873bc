public import ErrorClassification
public import ResilienceCore

/// One line in the trail of a saga: what was about to be done, or what came of it.
///
/// The trail is only ever appended to, and the state of the saga is what follows from it.
public struct SagaEvent: Codable, Sendable, Hashable {
    /// What happened.
    public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
        /// The saga was stored.
        case started
        /// A step is about to be run.
        case began
        /// It was done.
        case succeeded
        /// A question showed that it had been done.
        case foundApplied
        /// It is not wanted, or an operator said to go on without it.
        case skipped
        /// It had no effect and is tried again.
        case retrying
        /// It may have taken effect.
        case uncertain
        /// A question about it was not answered.
        case stillUnknown
        /// Nobody knows whether it took effect; it is undone all the same.
        case doubtful
        /// Nobody knows whether it took effect, and a person has to find out.
        case unresolved
        /// It had no effect and is not tried again.
        case failed
        /// Its failure is about to be handled.
        case handlerBegan
        /// Its failure was handled.
        case handled
        /// Its failure could not be handled yet.
        case handlerRetrying
        /// Its failure could not be handled.
        case handlerFailed
        /// It is about to be undone.
        case undoBegan
        /// It was undone.
        case undone
        /// It was not undone yet, and is tried again.
        case undoRetrying
        /// It may have been undone.
        case undoUncertain
        /// A question whether it was undone was not answered.
        case undoStillUnknown
        /// It could not be undone, and a person has to.
        case undoFailed
        /// Someone asked to cancel the saga.
        case cancelled
        /// An operator had the step tried again.
        case operatorRetried
        /// An operator had the step left as it is.
        case operatorSkipped
        /// The saga came to an end, or to a halt.
        case ended
    }

    /// What happened.
    public var kind: Kind
    /// When.
    public var at: Timestamp
    /// To which step.
    public var step: String?
    /// Which attempt was begun.
    public var attempt: Int?
    /// When it goes on.
    public var until: Timestamp?
    /// What it failed with.
    public var failure: SagaFailure?
    /// Who did it.
    public var by: String?
    /// What they noted.
    public var note: String?
    /// Of the start: the steps of the definition.
    public var steps: [String]?
    /// Of the start: the step from which on nothing is undone.
    public var pivot: String?
    /// Of the end: the state.
    public var state: SagaState?

    /// In the order in which JSON has them, so that they need not be sorted.
    private enum CodingKeys: CodingKey {
        case at, attempt, by, failure, kind, note, pivot, state, step, steps, until
    }

    package init(
        _ kind: Kind,
        at: Timestamp,
        step: String? = nil,
        attempt: Int? = nil,
        until: Timestamp? = nil,
        failure: SagaFailure? = nil
    ) {
        self.kind = kind
        self.at = at
        self.step = step
        self.attempt = attempt
        self.until = until
        self.failure = failure
    }
}

/// Where a saga is.
public enum SagaState: String, Codable, Sendable, Hashable, CaseIterable {
    /// On its way, or waiting for another attempt.
    case running
    /// All steps are done.
    case completed
    /// What had been done was undone.
    case compensated
    /// It has come to a halt: a person has to look.
    case needsAttention
}

/// What a step of a saga failed with.
public struct SagaFailure: Codable, Sendable, Hashable {
    /// Which of its closures failed.
    public enum Part: String, Codable, Sendable, Hashable {
        /// The step itself.
        case run
        /// The handler of its failure.
        case onFailure
        /// Its compensation.
        case compensate
    }

    /// The step.
    public var step: String
    /// Which of its closures.
    public var part: Part
    /// The type of the error, or one of ``SagaFailureCode`` where there was none.
    public var error: String
    /// The sentence of a ``StepRefusal``; of other errors no text is kept, since it may hold secrets.
    public var message: String?
    /// The verdict on the error; `nil` where there was none, as after a crash.
    public var classification: Classification?
    /// How many attempts had been made.
    public var attempts: Int
    /// When.
    public var at: Timestamp

    package init(
        step: String,
        part: Part,
        error: String,
        message: String? = nil,
        classification: Classification? = nil,
        attempts: Int,
        at: Timestamp
    ) {
        self.step = step
        self.part = part
        self.error = error
        self.message = message
        self.classification = classification
        self.attempts = attempts
        self.at = at
    }

    /// The code of the error, where the verdict knows one.
    public var code: String? { classification?.code }
}

/// Names of failures that no error explains.
public enum SagaFailureCode {
    /// The process died within the call, or its outcome could not be found out.
    public static let outcomeUnknown = "OUTCOME_UNKNOWN"
    /// The attempts are used up without an error, as by crashes.
    public static let attemptLimitExceeded = "ATTEMPT_LIMIT_EXCEEDED"
    /// The step was delivered too often without an outcome: it may kill its process.
    public static let poison = "POISON"
    /// The step was done, but the store refused what it gave.
    public static let outputNotRecorded = "OUTPUT_NOT_RECORDED"
}

/// How a saga ended, or came to a halt.
public enum SagaResult: Sendable, Hashable {
    /// All steps are done, or were not wanted.
    case completed
    /// All that had been done was undone: because of these failures, or because someone cancelled it.
    case compensated([SagaFailure])
    /// A person has to look: with every failure, the one that began it first.
    case needsAttention([SagaFailure])
}
