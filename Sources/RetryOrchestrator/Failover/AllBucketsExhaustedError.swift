public import ErrorClassification
public import ResilienceCore

/// No bucket was left to try.
///
/// Its description is one line, bounded, and holds no secret that the failover handler knows.
public struct AllBucketsExhaustedError: FailureReporting, CustomStringConvertible, CustomReflectable {
    /// The other side.
    public let providerName: String
    /// The buckets in their order.
    public let attemptedBuckets: [String]
    /// The failure that was the last; `nil` if no request could be made at all.
    public let lastError: (any Error)?
    /// What kept each bucket from being used: of the whole request the last reason that is not `skipped`.
    public let bucketFailureReasons: [String: FailoverReason]
    /// How many attempts the request made.
    public let attempts: Int
    /// Each attempt, where the request was observed.
    public let trail: [AttemptRecord]
    /// When the first bucket is free again, where that is known.
    public let retryAfter: Timestamp?
    private let lastMessage: String

    /// Creates the error.
    ///
    /// - Parameter redact: Takes secrets out of the last error's message.
    public init(
        providerName: String,
        attemptedBuckets: [String],
        lastError: (any Error)?,
        bucketFailureReasons: [String: FailoverReason] = [:],
        attempts: Int = 0,
        trail: [AttemptRecord] = [],
        retryAfter: Timestamp? = nil,
        redact: (String) -> String = { $0 }
    ) {
        self.providerName = providerName
        self.attemptedBuckets = attemptedBuckets
        self.lastError = lastError
        self.bucketFailureReasons = bucketFailureReasons
        self.attempts = attempts
        self.trail = trail
        self.retryAfter = retryAfter
        let facts = lastError.map { ($0 as? any FailureReporting)?.failure ?? Failure(describing: $0) }
        let text = facts.map { $0.message.isEmpty ? $0.code ?? $0.status.map { "status \($0)" } ?? "" : $0.message }
        lastMessage = ErrorText.clean(text ?? "none", limit: 512, redact: redact)
    }

    /// The status of the last error, if it had one.
    public var status: Int? { (lastError as? any FailureReporting)?.failure.status }

    /// The buckets that work again once a person has logged in, in their order.
    public var bucketsNeedingLogin: [String] {
        attemptedBuckets.filter { bucketFailureReasons[$0]?.needsLogin == true }
    }

    /// The facts, for classifiers: a code of its own, and no status, so that nothing takes it for something that passes.
    public var failure: Failure { Failure(source: "resilience", code: "all_buckets_exhausted") }

    /// What the description tells, and not the last error itself: that may hold a secret.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }

    public var description: String {
        let labels = attemptedBuckets.prefix(8).map(ErrorText.label)
        let more = attemptedBuckets.count > 8 ? " (+\(attemptedBuckets.count - 8) more)" : ""
        let list = labels.isEmpty ? "none" : labels.joined(separator: ", ") + more
        let reasons = attemptedBuckets.prefix(8).compactMap { bucket in
            bucketFailureReasons[bucket].map { "\(ErrorText.label(bucket)): \($0.rawValue)" }
        }
        let head = "All buckets exhausted for provider '\(ErrorText.label(providerName))' after \(attempts) attempts"
        let why = reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; ")
        return ErrorText.bounded("\(head) (buckets: \(list))\(why). Last error: \(lastMessage)", 512)
    }
}
