public import ResilienceCore

/// Rules in order, first match wins, under one name and for some systems.
///
/// ```swift
/// let mine = try RuleTable("shop", systems: ["shop"], rules: [
///     Rule("sold out", .resourceExhausted, .failover, codes: ["SOLD_OUT"]),
/// ])
/// let classifier = try ErrorClassifier([mine] + RuleTable.standard)
/// ```
public struct RuleTable: Sendable, Hashable {
    /// Its name; verdicts carry `table.rule`.
    public let name: String
    /// The systems it speaks of, as ``Failure/source`` names them; empty for all.
    public let systems: [String]
    /// Whether it is silent about failures whose source is not named, because its codes and words mean other things
    /// elsewhere.
    public let needsSource: Bool
    /// Whether its codes are also looked for in messages, after its rules; only in those of its systems, if it names any.
    public let codesInText: CodesInText
    /// The rules in order.
    public let rules: [Rule]

    /// Where codes are looked for in a message.
    public enum CodesInText: String, Sendable, Hashable, CaseIterable {
        /// Nowhere.
        case nowhere
        /// At its begin only.
        case leading
        /// Anywhere, but only those that are no ordinary words.
        case anywhere
    }

    /// Creates a table and checks it.
    ///
    /// Throws ``ResilienceCore/InvalidArgument`` with table, rule and field.
    public init(
        _ name: String,
        systems: [String] = [],
        needsSource: Bool = false,
        codesInText: CodesInText = .nowhere,
        rules: [Rule]
    ) throws(InvalidArgument) {
        self.init(preset: name, systems: systems, needsSource: needsSource, codesInText: codesInText, rules: rules)
        try validate()
    }

    /// Creates a table that a test has checked.
    init(
        preset name: String,
        systems: [String] = [],
        needsSource: Bool = false,
        codesInText: CodesInText = .nowhere,
        rules: [Rule]
    ) {
        self.name = name
        self.systems = systems
        self.needsSource = needsSource && !systems.isEmpty
        self.codesInText = codesInText
        self.rules = rules
    }

    /// The same rules for some systems only.
    public func limited(to systems: [String]) -> RuleTable {
        RuleTable(preset: name, systems: systems, needsSource: true, codesInText: codesInText, rules: rules)
    }

    /// Its rules as they are compiled: the codes that are looked for in text follow the rules, what always matches is last.
    var expanded: [Rule] {
        var found = rules.filter { !$0.isUnconditional }
        if codesInText != .nowhere {
            found += rules.filter { !$0.codes.isEmpty && !$0.readsMessage }.compactMap { rule in
                let phrases = rule.codes.compactMap(codePhrase)
                guard !phrases.isEmpty else { return nil }
                var clone = rule
                clone.codes = []
                clone.phrases = phrases
                // What is a code here may be the name of a field in another system's words.
                if clone.systems.isEmpty { clone.systems = systems }
                return clone
            }
        }
        return found + rules.filter(\.isUnconditional)
    }

    private func codePhrase(_ code: String) -> String? {
        guard !code.hasSuffix("*"), PhrasePattern.isWritable(code) else { return nil }
        if codesInText == .leading { return "^" + code }
        return code.isDistinctive ? code : nil
    }
}

extension String {
    /// Whether this code is no ordinary word: long enough, and with an underscore, a digit or a capital inside.
    fileprivate var isDistinctive: Bool {
        let bytes = Array(utf8)
        guard bytes.count >= 6, bytes.contains(where: \.isASCIILetter) else { return false }
        let capitalsInside = bytes.dropFirst().contains { $0 >= 0x41 && $0 <= 0x5A }
        let smallLetters = bytes.contains { $0 >= 0x61 && $0 <= 0x7A }
        return bytes.contains(0x5F) || bytes.contains(where: \.isASCIIDigit) || (capitalsInside && smallLetters)
    }
}
