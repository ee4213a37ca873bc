// swift-format-ignore-file
// Tables, a rule to a line.
extension Rule {
    /// A rule of a preset: codes in one string, apart by spaces.
    init(
        _ name: String, _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil,
        on codes: String = "", status: [ClosedRange<Int>] = [], says phrases: [String] = [],
        from systems: [String] = [], cite citation: String? = nil
    ) {
        self.init(
            name, category, disposition, isAmbiguous: ambiguous, codes: codes.split(separator: " ").map(String.init),
            statuses: status, phrases: phrases)
        self.systems = systems
        self.citation = citation
    }
}

extension RuleTable {
    /// A preset whose rules are documented in one place, unless a rule cites another.
    init(
        _ name: String, of systems: [String] = [], needsSource: Bool = false, codesInText: CodesInText = .nowhere,
        cite citation: String, _ rules: [Rule]
    ) {
        let cited = rules.map { rule in
            var rule = rule
            rule.citation = rule.citation ?? citation
            return rule
        }
        self.init(preset: name, systems: systems, needsSource: needsSource, codesInText: codesInText, rules: cited)
    }
}

/// One status, where a rule takes ranges.
func only(_ statuses: Int...) -> [ClosedRange<Int>] { statuses.map { $0...$0 } }
