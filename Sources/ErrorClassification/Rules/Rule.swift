public import ResilienceCore

/// One rule: the facts that it asks for and the verdict that it gives.
///
/// All kinds of facts that a rule names must hold; of each kind one suffices. A rule that names none always matches.
///
/// ```swift
/// Rule("stock", .resourceExhausted, .failover, codes: ["NO_STOCK"], phrases: ["out of stock", "no * left"])
/// ```
public struct Rule: Sendable, Hashable {
    /// Its name, unique in its table; verdicts carry `table.rule`.
    public var name: String
    /// The systems it speaks of; empty for all that its table speaks of.
    public var systems: [String] = []
    /// Codes, compared without regard to ASCII case. `23*` is every code that begins so.
    public var codes: [String] = []
    /// HTTP statuses.
    public var statuses: [ClosedRange<Int>] = []
    /// Error types by their full name, as `String(reflecting:)` gives it: `MyApp.GatewayError`.
    public var types: [String] = []
    /// Headers of the reply.
    public var headers: [HeaderMatch] = []
    /// Phrases of whole words in the message: a space is any white space or punctuation, line ends included; `*` is any
    /// text between; `^` and `$` are the message's begin and end. A word inside an identifier, a path, an address or a
    /// hash is not a word: `timeout` is not found in `statement_timeout`.
    public var phrases: [String] = []
    /// As phrases, but also found inside words.
    public var fragments: [String] = []
    /// What kind of failure it is.
    public var category: Category
    /// What may be done; the category's usual if nil.
    public var disposition: Disposition?
    /// Whether the operation may have taken effect; the category's usual if nil.
    public var isAmbiguous: Bool?
    /// How much it matters; the category's usual if nil.
    public var severity: Severity?
    /// A code for the verdict in the place of the system's own.
    public var code: String?
    /// How long to wait where the reply does not say.
    public var retryAfter: Duration?
    /// Where the system documents it: an address or a section.
    public var citation: String?

    /// A header that must be there.
    public struct HeaderMatch: Sendable, Hashable {
        /// The name, compared without regard to case.
        public var name: String
        /// A phrase that its value must hold; nil accepts any value.
        public var value: String?

        /// Creates the condition.
        public init(name: String, value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    /// Creates a rule. It is checked when it is put into a table.
    public init(
        _ name: String,
        _ category: Category,
        _ disposition: Disposition? = nil,
        isAmbiguous: Bool? = nil,
        codes: [String] = [],
        statuses: [ClosedRange<Int>] = [],
        phrases: [String] = [],
        fragments: [String] = []
    ) {
        self.name = name
        self.category = category
        self.disposition = disposition
        self.isAmbiguous = isAmbiguous
        self.codes = codes
        self.statuses = statuses
        self.phrases = phrases
        self.fragments = fragments
    }

    /// Whether the message is asked.
    var readsMessage: Bool { !phrases.isEmpty || !fragments.isEmpty }

    /// Whether it asks for one kind of fact only, and not for a header.
    var isPlain: Bool {
        let kinds = [!codes.isEmpty, !statuses.isEmpty, !types.isEmpty, readsMessage].count { $0 }
        return kinds <= 1 && headers.isEmpty
    }

    /// Whether nothing is asked at all.
    var isUnconditional: Bool {
        codes.isEmpty && statuses.isEmpty && types.isEmpty && headers.isEmpty && !readsMessage
    }
}
