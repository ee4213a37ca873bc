public import ResilienceCore

/// The verdict on a failure: what it was and what may be done about it.
///
/// ```swift
/// let verdict = ErrorClassifier.standard.classify(error)
/// if verdict.isSafeToResend { try await wait(verdict.retryAfter ?? .seconds(1)) }
/// ```
///
/// A copy is one reference: the verdicts of rules are made once, and one that is changed is copied first.
public struct Classification: Sendable, Hashable {
    private var storage: Storage
    /// The code: the rule's own where it names one, else the failing system's.
    public var code: String?

    /// What a verdict holds beside the code, which differs from failure to failure.
    struct Fields: Hashable, Sendable {
        var category: Category
        var disposition: Disposition
        var isAmbiguous: Bool
        var severity: Severity
        var retryAfter: Duration?
        var ignoredHint: String?
        var rule: String
    }

    private final class Storage: Sendable {
        let fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }

    /// What it holds, to be changed in one go.
    var fields: Fields {
        get { storage.fields }
        set { storage = Storage(newValue) }
    }

    /// What kind of failure it is.
    public var category: Category {
        get { storage.fields.category }
        set { fields.category = newValue }
    }
    /// What may be done about it.
    public var disposition: Disposition {
        get { storage.fields.disposition }
        set { fields.disposition = newValue }
    }
    /// Whether the operation may have taken effect. Such a failure is resolved by a question, or resent only if the
    /// operation is idempotent.
    public var isAmbiguous: Bool {
        get { storage.fields.isAmbiguous }
        set { fields.isAmbiguous = newValue }
    }
    /// How much it matters.
    public var severity: Severity {
        get { storage.fields.severity }
        set { fields.severity = newValue }
    }
    /// How long to wait at least, where the system said so.
    public var retryAfter: Duration? {
        get { storage.fields.retryAfter }
        set { fields.retryAfter = newValue }
    }
    /// A wait that the reply named and that could not be read, as `name: value`; it is not obeyed.
    public var ignoredHint: String? {
        get { storage.fields.ignoredHint }
        set { fields.ignoredHint = newValue }
    }
    /// The rule that decided, as `table.rule`; `unknown` if none did.
    public var rule: String {
        get { storage.fields.rule }
        set { fields.rule = newValue }
    }

    /// Creates a verdict; what is not given is what is usual for the category.
    public init(
        _ category: Category,
        _ disposition: Disposition? = nil,
        isAmbiguous: Bool? = nil,
        code: String? = nil,
        severity: Severity? = nil,
        retryAfter: Duration? = nil,
        rule: String
    ) {
        storage = Storage(
            Fields(
                category: category,
                disposition: disposition ?? category.usualDisposition,
                isAmbiguous: isAmbiguous ?? category.isUsuallyAmbiguous,
                severity: severity ?? category.usualSeverity,
                retryAfter: retryAfter,
                rule: rule
            )
        )
        self.code = code
    }

    /// The verdict on what no rule knows.
    static let unknown = Classification(.unknown, rule: "unknown")

    /// Whether all fields are equal.
    public static func == (left: Classification, right: Classification) -> Bool {
        left.code == right.code && (left.storage === right.storage || left.fields == right.fields)
    }

    /// Hashes all fields.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(fields)
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
        storage = Storage(
            Fields(
                category: try fields.decode(Category.self, forKey: .category),
                disposition: try fields.decode(Disposition.self, forKey: .disposition),
                isAmbiguous: try fields.decode(Bool.self, forKey: .isAmbiguous),
                severity: try fields.decode(Severity.self, forKey: .severity),
                retryAfter: try fields.decodeIfPresent(Int64.self, forKey: .retryAfterMicroseconds)
                    .map { .microseconds($0) },
                ignoredHint: try fields.decodeIfPresent(String.self, forKey: .ignoredHint),
                rule: try fields.decode(String.self, forKey: .rule)
            )
        )
        code = try fields.decodeIfPresent(String.self, forKey: .code)
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
