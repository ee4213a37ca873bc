public import ResilienceCore
import RetryOrchestrator

/// One attempt at a provider, as it stands in the log: failures, fallbacks and offers too.
public struct LoggedRequest: Sendable, Hashable {
    /// Who was called.
    public var provider: String
    /// What for: ``RouteRequest/operation``.
    public var operation: String
    /// What became of it: the kind of its outcome, such as `success`, `failure` or `stockOut`.
    public var outcome: String
    /// What the provider said where it failed: one line, bounded.
    public var error: String?
    /// The code of the failure, if it had one.
    public var code: String?
    /// What it was done for.
    public var reference: String?
    /// Further facts: ``RouteRequest/tags``.
    public var tags: [String: String]
    /// Which attempt of its call it was; the first is 1.
    public var attempt: Int
    /// Whether another provider had been tried before it in its call.
    public var isFallback: Bool
    /// How likely it was that this provider was picked, so that a log can be replayed against another policy.
    public var probability: Double
    /// When it began.
    public var began: Timestamp
    /// How long it took.
    public var elapsed: Duration

    /// Creates an entry.
    public init(
        provider: String,
        operation: String,
        outcome: String = "success",
        error: String? = nil,
        code: String? = nil,
        reference: String? = nil,
        tags: [String: String] = [:],
        attempt: Int = 1,
        isFallback: Bool = false,
        probability: Double = 1,
        began: Timestamp,
        elapsed: Duration
    ) {
        self.provider = provider
        self.operation = operation
        self.outcome = outcome
        self.error = error
        self.code = code
        self.reference = reference
        self.tags = tags
        self.attempt = attempt
        self.isFallback = isFallback
        self.probability = probability
        self.began = began
        self.elapsed = elapsed
    }

    /// Whether the provider did what it was asked to.
    public var isSuccess: Bool { outcome == "success" }
    /// When it ended, by which the log is ordered.
    public var ended: Timestamp { began.advanced(by: elapsed) }
    /// The response time in milliseconds, rounded, as reports and views show it.
    public var milliseconds: Int64 { max(0, min(elapsed.wholeMicroseconds, .max - 500) + 500) / 1_000 }
}

extension LoggedRequest {
    /// Characters of a text, and tags, that the log keeps: so few that any store takes an entry.
    private static let longestText = 512
    private static let mostTags = 32

    /// Whether the log keeps all of it.
    var isBounded: Bool {
        isShort(provider) && isShort(operation) && isShort(outcome) && isShort(error ?? "") && isShort(code ?? "")
            && isShort(reference ?? "") && tags.count <= Self.mostTags && tags.allSatisfy { isShort($0) && isShort($1) }
            && (0...1).contains(probability)
    }

    /// What the log keeps of it; of too many tags the first by name.
    func bounded() -> LoggedRequest {
        func cut(_ text: String) -> String { ErrorText.bounded(text, Self.longestText) }
        let kept = tags.sorted { $0.key < $1.key }.prefix(Self.mostTags).map { (cut($0.key), cut($0.value)) }
        return LoggedRequest(
            provider: cut(provider),
            operation: cut(operation),
            outcome: cut(outcome),
            error: error.map(cut),
            code: code.map(cut),
            reference: reference.map(cut),
            tags: Dictionary(kept, uniquingKeysWith: { first, _ in first }),
            attempt: attempt,
            isFallback: isFallback,
            probability: probability >= 0 ? min(probability, 1) : 0,
            began: began,
            elapsed: elapsed
        )
    }

    /// By its bytes, which costs nothing; a text with as many bytes has no more characters.
    private func isShort(_ text: String) -> Bool { text.utf8.count <= Self.longestText }
}

extension LoggedRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case provider, operation, success, outcome, error, code, reference, tags, attempt, fallback, probability
        case began, ended, responseTimeMicroseconds
    }

    /// Reads an entry.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            provider: try fields.decode(String.self, forKey: .provider),
            operation: try fields.decode(String.self, forKey: .operation),
            outcome: try fields.decode(String.self, forKey: .outcome),
            error: try fields.decodeIfPresent(String.self, forKey: .error),
            code: try fields.decodeIfPresent(String.self, forKey: .code),
            reference: try fields.decodeIfPresent(String.self, forKey: .reference),
            tags: try fields.decodeIfPresent([String: String].self, forKey: .tags) ?? [:],
            attempt: try fields.decode(Int.self, forKey: .attempt),
            isFallback: try fields.decode(Bool.self, forKey: .fallback),
            probability: try fields.decode(Double.self, forKey: .probability),
            began: try fields.decode(Timestamp.self, forKey: .began),
            elapsed: .microseconds(try fields.decode(Int64.self, forKey: .responseTimeMicroseconds))
        )
    }

    /// Writes an entry; times as whole microseconds, and what can be told from other fields as well, for SQL.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(provider, forKey: .provider)
        try fields.encode(operation, forKey: .operation)
        try fields.encode(isSuccess, forKey: .success)
        try fields.encode(outcome, forKey: .outcome)
        try fields.encodeIfPresent(error, forKey: .error)
        try fields.encodeIfPresent(code, forKey: .code)
        try fields.encodeIfPresent(reference, forKey: .reference)
        if !tags.isEmpty { try fields.encode(tags, forKey: .tags) }
        try fields.encode(attempt, forKey: .attempt)
        try fields.encode(isFallback, forKey: .fallback)
        try fields.encode(probability, forKey: .probability)
        try fields.encode(began, forKey: .began)
        try fields.encode(ended, forKey: .ended)
        try fields.encode(elapsed.wholeMicroseconds, forKey: .responseTimeMicroseconds)
    }
}
