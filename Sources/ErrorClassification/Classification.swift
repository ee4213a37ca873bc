public import ResilienceCore

/// The verdict on a failure: what it was and what may be done about it.
///
/// ```swift
/// let verdict = ErrorClassifier.standard.classify(error)
/// if verdict.isSafeToResend { try await wait(verdict.retryAfter ?? .seconds(1)) }
/// ```
public struct Classification: Sendable, Hashable {
    /// What kind of failure it is.
    public var category: Category
    /// What may be done about it.
    public var disposition: Disposition
    /// Whether the operation may have taken effect. Such a failure is resolved by a question, or resent only if the
    /// operation is idempotent.
    public var isAmbiguous: Bool
    /// The code: the rule's own where it names one, else the failing system's.
    public var code: String?
    /// How much it matters.
    public var severity: Severity
    /// How long to wait at least, where the system said so.
    public var retryAfter: Duration?
    /// A wait that the reply named and that could not be read, as `name: value`; it is not obeyed.
    public var ignoredHint: String?
    /// The rule that decided, as `table.rule`; `unknown` if none did.
    public var rule: String

    /// Creates a verdict; what is not given is what is usual for the category.
    public init(
        _ category: Category, _ disposition: Disposition? = nil, isAmbiguous: Bool? = nil, code: String? = nil,
        severity: Severity? = nil, retryAfter: Duration? = nil, rule: String
    ) {
        self.category = category
        self.disposition = disposition ?? category.usualDisposition
        self.isAmbiguous = isAmbiguous ?? category.isUsuallyAmbiguous
        self.code = code
        self.severity = severity ?? category.usualSeverity
        self.retryAfter = retryAfter
        self.rule = rule
    }

    /// Whether sending the request again can help and cannot do it twice.
    public var isSafeToResend: Bool { disposition.resends && !isAmbiguous }
}

extension Classification: Codable {
    private enum CodingKeys: String, CodingKey {
        case category, disposition, isAmbiguous, code, severity, retryAfterMicroseconds, ignoredHint, rule
    }

    /// Reads the fields; the wait is a whole number of microseconds.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        category = try fields.decode(Category.self, forKey: .category)
        disposition = try fields.decode(Disposition.self, forKey: .disposition)
        isAmbiguous = try fields.decode(Bool.self, forKey: .isAmbiguous)
        code = try fields.decodeIfPresent(String.self, forKey: .code)
        severity = try fields.decode(Severity.self, forKey: .severity)
        retryAfter = try fields.decodeIfPresent(Int64.self, forKey: .retryAfterMicroseconds).map { .microseconds($0) }
        ignoredHint = try fields.decodeIfPresent(String.self, forKey: .ignoredHint)
        rule = try fields.decode(String.self, forKey: .rule)
    }

    /// Writes the fields; the wait is a whole number of microseconds, rounded up.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(category, forKey: .category)
        try fields.encode(disposition, forKey: .disposition)
        try fields.encode(isAmbiguous, forKey: .isAmbiguous)
        try fields.encodeIfPresent(code, forKey: .code)
        try fields.encode(severity, forKey: .severity)
        try fields.encodeIfPresent(retryAfter?.wholeMicroseconds, forKey: .retryAfterMicroseconds)
        try fields.encodeIfPresent(ignoredHint, forKey: .ignoredHint)
        try fields.encode(rule, forKey: .rule)
    }
}

extension Classification: CustomStringConvertible {
    /// One line for a log: `timeout, retry, ambiguous (http.504)`.
    public var description: String {
        var text = "\(category.rawValue), \(disposition.rawValue)"
        if isAmbiguous { text += ", ambiguous" }
        if let code { text += ", code \(code)" }
        if let retryAfter { text += ", after \(retryAfter)" }
        return text + " (\(rule))"
    }
}
