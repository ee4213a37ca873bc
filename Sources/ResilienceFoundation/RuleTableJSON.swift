public import ErrorClassification
public import Foundation
import ResilienceCore

extension RuleTable {
    /// Reads a rule table from JSON; `Docs/ClassifierTables.md` has the schema.
    ///
    /// ```swift
    /// let mine = try RuleTable(json: Data(contentsOf: file), file: file.lastPathComponent)
    /// let classifier = try ErrorClassifier([mine] + RuleTable.standard)
    /// ```
    ///
    /// Throws ``RuleTableError`` with file, rule and field for text that is no JSON, a field that is not known or is of
    /// the wrong kind, and for what ``ErrorClassification/RuleTable`` refuses.
    public init(json: Data, file: String) throws(RuleTableError) {
        let root: Any
        do { root = try JSONSerialization.jsonObject(with: json) } catch {
            throw RuleTableError(
                file: file,
                rule: nil,
                field: "",
                problem: "is not JSON: \(error.localizedDescription)"
            )
        }
        let reader = try JSONFields(root, file: file, rule: nil)
        try reader.allow(["name", "systems", "needsSource", "codesInText", "rules"])
        let name = try reader.required("name", reader.string("name"))
        let systems = try reader.strings("systems")
        let needsSource = try reader.bool("needsSource") ?? false
        let place = try reader.choice("codesInText", CodesInText.self) ?? .nowhere
        let items = try reader.required("rules", reader.array("rules"))
        var rules: [Rule] = []
        for (index, item) in items.enumerated() {
            rules.append(try Rule(JSONFields(item, file: file, rule: "rules[\(index)]")))
        }
        do {
            try self.init(name, systems: systems, needsSource: needsSource, codesInText: place, rules: rules)
        } catch {
            throw RuleTableError(
                file: file,
                rule: nil,
                field: error.field,
                problem: "is \(error.value); allowed is \(error.allowed)"
            )
        }
    }
}

/// A mistake in a rule table's JSON.
public struct RuleTableError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, as the caller named it.
    public let file: String
    /// The rule: `rules[3]`, with its name where it has one; nil for the table itself.
    public let rule: String?
    /// The field.
    public let field: String
    /// What is wrong with it.
    public let problem: String

    public var description: String {
        [file, rule, field.isEmpty ? nil : field].compactMap(\.self).joined(separator: ": ") + " \(problem)"
    }
}

extension Rule {
    fileprivate init(_ fields: JSONFields) throws(RuleTableError) {
        var fields = fields
        let name = try fields.required("name", fields.string("name"))
        fields.rule = fields.rule.map { "\($0) (\(name))" }
        try fields.allow([
            "name", "systems", "codes", "statuses", "types", "headers", "phrases", "fragments", "category",
            "disposition",
            "ambiguous", "severity", "code", "retryAfterSeconds", "citation",
        ])
        self.init(
            name,
            try fields.required("category", fields.choice("category", ErrorClassification.Category.self)),
            try fields.choice("disposition", Disposition.self),
            isAmbiguous: try fields.bool("ambiguous"),
            codes: try fields.strings("codes"),
            statuses: try fields.ranges("statuses"),
            phrases: try fields.strings("phrases"),
            fragments: try fields.strings("fragments")
        )
        systems = try fields.strings("systems")
        types = try fields.strings("types")
        headers = try fields.headers("headers")
        severity = try fields.choice("severity", Severity.self)
        code = try fields.string("code")
        citation = try fields.string("citation")
        if let seconds = try fields.number("retryAfterSeconds") {
            guard seconds >= 0, seconds <= 1e9 else {
                throw fields.fault("retryAfterSeconds", "must be 0 to 1000000000")
            }
            retryAfter = .microseconds(Int64(seconds * 1_000_000))
        }
    }
}
