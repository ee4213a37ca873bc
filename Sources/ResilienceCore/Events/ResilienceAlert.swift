/// Something that a person should know of.
///
/// ```swift
/// router.report(
///     ResilienceAlert("payment.failed", .critical, code: "INSUFFICIENT_FUNDS", subject: payment.id, at: clock.now,
///         message: "Payment failed after 3 attempts")
/// )
/// ```
///
/// Alerts leave the process: message and attributes hold no secrets.
public struct ResilienceAlert: Sendable, Hashable, Codable, Identifiable {
    /// How urgent an alert is.
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        /// It can wait for someone who looks by and by.
        case low
        /// Someone should look today.
        case medium
        /// Someone should look now.
        case high
        /// Wake someone up.
        case critical

        /// By urgency.
        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .low: 0
            case .medium: 1
            case .high: 2
            case .critical: 3
            }
        }
    }

    /// What happened, as a dotted name: `payment.failed`.
    public var name: String
    /// How urgent it is.
    public var severity: Severity
    /// The code of the error, if there is one.
    public var code: String?
    /// What it happened to: the name of a payment, a saga, a provider.
    public var subject: String
    /// When, on the clock of whoever reports it.
    public var at: Timestamp
    /// A sentence for people.
    public var message: String
    /// Further facts.
    public var attributes: [String: String]
    /// What makes two alerts the same one, for de-duplication.
    public var id: String

    /// Creates an alert.
    ///
    /// - Parameter id: what makes two alerts the same one; by default the name, code and subject.
    public init(
        _ name: String,
        _ severity: Severity,
        code: String? = nil,
        subject: String,
        at: Timestamp,
        message: String,
        attributes: [String: String] = [:],
        id: String? = nil
    ) {
        self.name = name
        self.severity = severity
        self.code = code
        self.subject = subject
        self.at = at
        self.message = message
        self.attributes = attributes
        self.id = id ?? "\(name)|\(code ?? "")|\(subject)"
    }
}
