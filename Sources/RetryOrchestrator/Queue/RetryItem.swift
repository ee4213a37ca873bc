public import ErrorClassification
public import ResilienceCore

/// The durable state of one item of a ``RetryQueue``: what its record holds.
///
/// Public so that an operator's tools and a test's decorators can read it; only the queue writes it.
public struct RetryItem<Payload: Codable & Sendable>: Codable, Sendable {
    /// What was submitted.
    public var payload: Payload
    /// When it was submitted.
    public var submittedAt: Timestamp
    /// How many attempts were begun: intents that were written before the call.
    public var attempts: Int = 0
    /// The attempt whose outcome is not recorded: under way, or cut off by a crash, or ambiguous.
    public var intent: Intent?
    /// How often the resolver was asked about the present intent and did not know.
    public var questions: Int = 0
    /// Whether the outcome of some attempt had to be found out by a question.
    public var hadAmbiguity: Bool = false
    /// Whether an earlier attempt may have taken effect and was followed by another one with the same key.
    public var mayHaveApplied: Bool = false
    /// The wait before the last attempt, in microseconds; decorrelated back-off grows from it.
    public var previousWait: Int64?
    /// The last attempts with their outcome, oldest first: at most ``RetryItem/historyLimit``.
    public var history: [StoredAttempt] = []

    /// That it was brought back from the failed operations, whose record its outcome changes.
    public var redriven: Redriven?

    /// How an item was brought back.
    public struct Redriven: Codable, Sendable, Hashable {
        /// Whether by a person or a sweep.
        public var kind: FailedRecovery.Kind
        /// Which.
        public var by: String
        /// When. Limits of time count from here.
        public var at: Timestamp
    }

    /// An attempt that was announced before the call was made.
    public struct Intent: Codable, Sendable, Hashable {
        /// Which attempt, from 1.
        public var attempt: Int
        /// When the call was about to be made.
        public var at: Timestamp
        /// The fence of the claim under which it was made.
        public var fence: Revision
        /// What the attempt failed with, where it failed ambiguously.
        public var failure: Classification?
        /// What its error said.
        public var message: String?
    }

    /// Creates the state of a new item.
    public init(_ payload: Payload, submittedAt: Timestamp) {
        self.payload = payload
        self.submittedAt = submittedAt
    }

    /// How many attempts the history keeps.
    public static var historyLimit: Int { 20 }

    mutating func remember(_ record: StoredAttempt) {
        history.append(record)
        if history.count > Self.historyLimit { history.removeFirst(history.count - Self.historyLimit) }
    }
}

/// What is still as in a new item is left out: most items are stored and read in that state.
extension RetryItem {
    private enum CodingKeys: String, CodingKey {
        case payload, submittedAt, attempts, intent, questions, hadAmbiguity, mayHaveApplied, previousWait, history,
            redriven
    }

    /// Reads the fields; one that is absent is as in a new item.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        payload = try fields.decode(Payload.self, forKey: .payload)
        submittedAt = try fields.decode(Timestamp.self, forKey: .submittedAt)
        attempts = try fields.decodeIfPresent(Int.self, forKey: .attempts) ?? 0
        intent = try fields.decodeIfPresent(Intent.self, forKey: .intent)
        questions = try fields.decodeIfPresent(Int.self, forKey: .questions) ?? 0
        hadAmbiguity = try fields.decodeIfPresent(Bool.self, forKey: .hadAmbiguity) ?? false
        mayHaveApplied = try fields.decodeIfPresent(Bool.self, forKey: .mayHaveApplied) ?? false
        previousWait = try fields.decodeIfPresent(Int64.self, forKey: .previousWait)
        history = try fields.decodeIfPresent([StoredAttempt].self, forKey: .history) ?? []
        redriven = try fields.decodeIfPresent(Redriven.self, forKey: .redriven)
    }

    /// Writes the fields that are not as in a new item.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(payload, forKey: .payload)
        try fields.encode(submittedAt, forKey: .submittedAt)
        if attempts != 0 { try fields.encode(attempts, forKey: .attempts) }
        try fields.encodeIfPresent(intent, forKey: .intent)
        if questions != 0 { try fields.encode(questions, forKey: .questions) }
        if hadAmbiguity { try fields.encode(hadAmbiguity, forKey: .hadAmbiguity) }
        if mayHaveApplied { try fields.encode(mayHaveApplied, forKey: .mayHaveApplied) }
        try fields.encodeIfPresent(previousWait, forKey: .previousWait)
        if !history.isEmpty { try fields.encode(history, forKey: .history) }
        try fields.encodeIfPresent(redriven, forKey: .redriven)
    }
}

/// One attempt as it ended.
public struct StoredAttempt: Codable, Sendable, Hashable {
    /// Which attempt, from 1.
    public var number: Int
    /// When the call was about to be made.
    public var startedAt: Timestamp
    /// When its outcome was known.
    public var endedAt: Timestamp
    /// What it failed with; `nil` if it succeeded, or if a crash cut it off.
    public var failure: Classification?
    /// What its error said, cut to ``messageBytes``. It is in the store only, never in events or alerts: it may name
    /// what they must not.
    public var message: String?
    /// How it ended.
    public var outcome: Outcome

    /// Creates the record of an attempt.
    ///
    /// - Parameters:
    ///   - number: which, from 1.
    ///   - startedAt: when the call was about to be made.
    ///   - endedAt: when its outcome was known.
    ///   - failure: what it failed with.
    ///   - message: what its error said.
    ///   - outcome: how it ended.
    public init(
        number: Int,
        startedAt: Timestamp,
        endedAt: Timestamp,
        failure: Classification? = nil,
        message: String? = nil,
        outcome: Outcome
    ) {
        self.number = number
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.failure = failure
        self.message = message
        self.outcome = outcome
    }

    /// How much of a message is kept.
    public static let messageBytes = 500

    /// How an attempt ended.
    public enum Outcome: String, Codable, Sendable, Hashable {
        /// It succeeded.
        case succeeded
        /// It failed and had no effect.
        case failed
        /// Its outcome was not known; a question showed that it had taken effect.
        case foundApplied
        /// Its outcome was not known; a question showed that it had not taken effect.
        case foundNotApplied
        /// Its outcome was not known; the operation being idempotent, it was sent again with the same key.
        case resent
        /// Its outcome was not known, and nobody could tell.
        case unresolved
    }
}
