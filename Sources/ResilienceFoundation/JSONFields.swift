import ErrorClassification
import Foundation

/// The fields of one JSON object, each read as what it has to be.
struct JSONFields {
    private let object: [String: Any]
    let file: String
    var rule: String?

    init(_ value: Any, file: String, rule: String?) throws(RuleTableError) {
        guard let object = value as? [String: Any] else {
            throw RuleTableError(file: file, rule: rule, field: "", problem: "must be an object")
        }
        self.object = object
        self.file = file
        self.rule = rule
    }

    func fault(_ field: String, _ problem: String) -> RuleTableError {
        RuleTableError(file: file, rule: rule, field: field, problem: problem)
    }

    func allow(_ names: Set<String>) throws(RuleTableError) {
        if let stranger = object.keys.filter({ !names.contains($0) }).min() {
            throw fault(stranger, "is not known; allowed are \(names.sorted().joined(separator: ", "))")
        }
    }

    func required<Value>(_ name: String, _ value: Value?) throws(RuleTableError) -> Value {
        guard let value else { throw fault(name, "is missing") }
        return value
    }

    func string(_ name: String) throws(RuleTableError) -> String? { try value(name, "a string") { $0 as? String } }

    func strings(_ name: String) throws(RuleTableError) -> [String] {
        try value(name, "a list of strings") { $0 as? [String] } ?? []
    }

    func array(_ name: String) throws(RuleTableError) -> [Any]? { try value(name, "a list") { $0 as? [Any] } }

    func bool(_ name: String) throws(RuleTableError) -> Bool? {
        try value(name, "true or false") { ($0 as? NSNumber).flatMap { Self.isBool($0) ? $0.boolValue : nil } }
    }

    func number(_ name: String) throws(RuleTableError) -> Double? {
        try value(name, "a number") { ($0 as? NSNumber).flatMap { Self.isBool($0) ? nil : $0.doubleValue } }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        _: Choice.Type
    ) throws(RuleTableError) -> Choice? where Choice.RawValue == String {
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return try value(name, "one of \(allowed)") { ($0 as? String).flatMap(Choice.init(rawValue:)) }
    }

    /// Statuses as numbers, `503`, or as texts, `"500...599"`.
    func ranges(_ name: String) throws(RuleTableError) -> [ClosedRange<Int>] {
        try value(name, "a list of numbers and ranges such as \"500...599\"") { value in
            guard let items = value as? [Any] else { return nil }
            let ranges = items.compactMap(Self.range)
            return ranges.count == items.count ? ranges : nil
        } ?? []
    }

    /// Headers as an object of name to phrase, or to null for any value.
    func headers(_ name: String) throws(RuleTableError) -> [Rule.HeaderMatch] {
        try value(name, "an object of header names to phrases or null") { value in
            guard let items = value as? [String: Any] else { return nil }
            let matches = items.sorted { $0.key < $1.key }.compactMap { item -> Rule.HeaderMatch? in
                if item.value is NSNull { return Rule.HeaderMatch(name: item.key) }
                return (item.value as? String).map { Rule.HeaderMatch(name: item.key, value: $0) }
            }
            return matches.count == items.count ? matches : nil
        } ?? []
    }

    private func value<Value>(_ name: String, _ kind: String, _ read: (Any) -> Value?) throws(RuleTableError) -> Value?
    {
        guard let found = object[name], !(found is NSNull) else { return nil }
        guard let value = read(found) else { throw fault(name, "must be \(kind)") }
        return value
    }

    private static func range(_ item: Any) -> ClosedRange<Int>? {
        if let number = item as? NSNumber, !isBool(number) { return Int(exactly: number.doubleValue).map { $0...$0 } }
        guard let text = item as? String else { return nil }
        let ends = text.components(separatedBy: "...").compactMap { Int($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }

    /// JSON's truth values are numbers to Foundation, told by their type.
    private static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
