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
    /// How many attempts were made, those of redrives included.
    public var attempts: Int
    /// The last attempts, oldest first.
    public var history: [StoredAttempt]
    /// Where it is on its way to being dealt with. Changed by ``FailedOperations`` only, along ``FailedStatus/next``.
    public internal(set) var status: FailedStatus
    /// When it was submitted.
    public var submittedAt: Timestamp
    /// When it was given up for the first time.
    public var failedAt: Timestamp
    /// When it changed last.
    public internal(set) var updatedAt: Timestamp
    /// How often it was brought back to its queue.
    public internal(set) var redrives = 0
    /// When it was brought back last.
    public internal(set) var lastRedriveAt: Timestamp?
    /// How it succeeded after all.
    public internal(set) var recovery: FailedRecovery?
    /// What people noted, oldest first: the last ``notesKept``. All of them are in the audit trail.
    public internal(set) var notes: [FailedNote] = []

    /// How many notes the record keeps.
    public static var notesKept: Int { 20 }

    /// Creates the record of an operation that has just been given up.
    ///
    /// - Parameters:
    ///   - id: its identity, 1 to 512 bytes.
    ///   - payload: what was to be done.
    ///   - code: what it failed with.
    ///   - classification: the verdict on that.
    ///   - isAmbiguous: whether it may have taken effect.
    ///   - context: a free label.
    ///   - attempts: how many were made.
    ///   - history: the last of them.
    ///   - isRetryable: whether a sweep may bring it back; else it waits for a person.
    ///   - submittedAt: when it was asked for.
    ///   - failedAt: when it was given up.
    public init(
        id: String,
        payload: Payload,
        code: String,
        classification: Classification? = nil,
        isAmbiguous: Bool = false,
        context: String = "",
        attempts: Int,
        history: [StoredAttempt] = [],
        isRetryable: Bool = false,
        submittedAt: Timestamp,
        failedAt: Timestamp
    ) {
        self.id = id
        self.payload = payload
        self.code = code
        self.classification = classification
        self.isAmbiguous = isAmbiguous
        self.context = context
        self.attempts = attempts
        self.history = history
        status = isRetryable ? .retryable : .pendingReview
        self.submittedAt = submittedAt
        self.failedAt = failedAt
        updatedAt = failedAt
    }

    /// What the error of the last attempt said, where there was one.
    public var message: String? { history.last?.message }

    /// Whether trying again can help and cannot do it twice.
    public var isTransient: Bool { classification?.isSafeToResend ?? false && !isAmbiguous }

    /// Its queue recorded a success.
    mutating func recover(_ redriven: RetryItem<Payload>.Redriven?, at now: Timestamp) {
        status = .recovered
        updatedAt = now
        recovery = FailedRecovery(kind: redriven?.kind ?? .automatic, by: redriven?.by ?? "", at: now, proof: nil)
    }

    /// Its queue gave it up again.
    mutating func fail(again other: FailedOperation) {
        code = other.code
        classification = other.classification
        isAmbiguous = other.isAmbiguous
        attempts += other.attempts
        history = other.history
        status = other.isTransient ? .retryable : .pendingReview
        updatedAt = other.failedAt
    }

    mutating func note(_ text: String, by who: String, at now: Timestamp) {
        notes.append(FailedNote(at: now, who: who, text: text))
        if notes.count > Self.notesKept { notes.removeFirst(notes.count - Self.notesKept) }
    }
}

/// What a person, or a sweep, noted on a failed operation.
public struct FailedNote: Codable, Sendable, Hashable {
    /// When.
    public let at: Timestamp
    /// Who.
    public let who: String
    /// What.
    public let text: String
}

/// How a failed operation succeeded after all.
public struct FailedRecovery: Codable, Sendable, Hashable {
    /// Who brought it about.
    public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
        /// A person: by a redrive, or outside.
        case manual
        /// A sweep.
        case automatic
    }

    /// Who brought it about.
    public let kind: Kind
    /// The person or the sweep by name.
    public let by: String
    /// When it was recorded.
    public let at: Timestamp
    /// What shows it, such as the hash of a transaction; `nil` where the queue recorded the success itself.
    public let proof: String?
}

/// Codes of failures that no error of the operation's own explains.
public enum FailureCode {
    /// The limit of attempts was reached and no failure is recorded.
    public static let attemptLimitExceeded = "ATTEMPT_LIMIT_EXCEEDED"
    /// An attempt's outcome is not known, and nothing can tell.
    public static let outcomeUnknown = "OUTCOME_UNKNOWN"
    /// The id of a message stands for another one in its queue.
    public static let idInUse = "ID_IN_USE"
    /// The item was delivered too often without an outcome: it may kill its process.
    public static let poison = "POISON"
    /// The operation succeeded, but the store refused its result, or a write that `onSuccess` gave.
    public static let successNotRecorded = "SUCCESS_NOT_RECORDED"
    /// The operation failed with an error that no rule knows.
    public static let unknown = "UNKNOWN_ERROR"
}

extension FailedOperation {
    private enum CodingKeys: String, CodingKey {
        case id, payload, code, classification, isAmbiguous, context, attempts, history, status
        case submittedAt, failedAt, updatedAt, redrives, lastRedriveAt, recovery, notes
    }

    /// Reads the fields; what was never done to it may be absent.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        id = try fields.decode(String.self, forKey: .id)
        payload = try fields.decode(Payload.self, forKey: .payload)
        code = try fields.decode(String.self, forKey: .code)
        classification = try fields.decodeIfPresent(Classification.self, forKey: .classification)
        isAmbiguous = try fields.decode(Bool.self, forKey: .isAmbiguous)
        context = try fields.decode(String.self, forKey: .context)
        attempts = try fields.decode(Int.self, forKey: .attempts)
        history = try fields.decode([StoredAttempt].self, forKey: .history)
        status = try fields.decode(FailedStatus.self, forKey: .status)
        submittedAt = try fields.decode(Timestamp.self, forKey: .submittedAt)
        failedAt = try fields.decode(Timestamp.self, forKey: .failedAt)
        updatedAt = try fields.decode(Timestamp.self, forKey: .updatedAt)
        redrives = try fields.decodeIfPresent(Int.self, forKey: .redrives) ?? 0
        lastRedriveAt = try fields.decodeIfPresent(Timestamp.self, forKey: .lastRedriveAt)
        recovery = try fields.decodeIfPresent(FailedRecovery.self, forKey: .recovery)
        notes = try fields.decodeIfPresent([FailedNote].self, forKey: .notes) ?? []
    }
}
