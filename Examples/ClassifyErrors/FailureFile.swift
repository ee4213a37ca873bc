import ErrorClassification
import Foundation

/// Failures read from text: TSV with a header line, or one JSON object a line.
struct FailureFile {
    var rows: [LabelledFailure] = []
    /// Lines that could not be read, each with file, line and field.
    var faults: [String] = []

    init(text: String, name: String) {
        // To Swift a return and a line feed are one character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        let isJSON = lines.first { !$0.isEmpty }?.hasPrefix("{") ?? false
        let header = isJSON ? [] : (lines.first ?? "").split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        if !isJSON, !header.contains("message"), !header.contains("code"), !header.contains("http_status") {
            faults.append("\(name):1: a header line with message, code or http_status is missing")
            return
        }
        for (index, line) in lines.enumerated() where !line.isEmpty && (isJSON || index > 0) {
            let place = "\(name):\(index + 1)"
            do {
                let fields = isJSON ? try Self.json(line) : try Self.columns(line, header)
                var row = try LabelledFailure(id: "line \(index + 1)", fields: fields.text)
                row.failure.headers = fields.headers
                rows.append(row)
            } catch {
                faults.append("\(place): \(error)")
            }
        }
    }

    private typealias Fields = (text: [String: String], headers: Headers)

    private static func columns(_ line: Substring, _ header: [String]) throws -> Fields {
        let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard values.count <= header.count else {
            throw LabelError(field: "columns", value: "\(values.count)", allowed: "at most \(header.count), as in the header line")
        }
        return (Dictionary(zip(header, values), uniquingKeysWith: { first, _ in first }), [:])
    }

    private static func json(_ line: Substring) throws -> Fields {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
            throw LabelError(field: "line", value: String(line.prefix(40)), allowed: "a JSON object")
        }
        var headers = Headers()
        for (name, value) in object["headers"] as? [String: Any] ?? [:] { headers.append(name: name, value: "\(value)") }
        return (object.filter { $0.key != "headers" && !($0.value is NSNull) }.mapValues { text(of: $0) }, headers)
    }

    private static func text(of value: Any) -> String {
        guard let number = value as? NSNumber, !(value is String) else { return "\(value)" }
        return JSONTruth.isBoolean(number) ? (number.boolValue ? "true" : "false") : "\(number)"
    }
}

/// Tells JSON's truth values from its numbers.
private enum JSONTruth {
    static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
