/// Text of others, made fit for the one line of an error.
package enum ErrorText {
    /// One line without control characters. Of a JSON object in it only the message of its error is kept.
    ///
    /// - Parameter redact: Takes secrets out, of the text as it came and of the message: in JSON a secret may be escaped.
    package static func clean(_ text: String, limit: Int, redact: (String) -> String = { $0 }) -> String {
        let human = JSONMessage.find(in: text).map(redact) ?? redact(text)
        return bounded(oneLine(human), limit)
    }

    /// A name of at most 64 characters on one line.
    package static func label(_ text: String) -> String { bounded(oneLine(text), 64) }

    /// At most that many code points, the last one an ellipsis if something was cut.
    package static func bounded(_ text: String, _ limit: Int) -> String {
        guard text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
    }

    private static func oneLine(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var isGap = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
                isGap = true
            } else {
                if isGap, !result.isEmpty { result.append(" ") }
                isGap = false
                result.append(scalar)
            }
        }
        return String(result)
    }
}

/// Finds `error.message` in a JSON object that stands in a text; a reader of what it needs, and of nothing else.
private struct JSONMessage {
    private var rest: Substring.UnicodeScalarView

    static func find(in text: String) -> String? {
        guard let start = text.unicodeScalars.firstIndex(of: "{") else { return nil }
        var reader = JSONMessage(rest: text.unicodeScalars[start...])
        return reader.member(["error", "message"], depth: 0)
    }

    /// The string at that path of the object that begins here. Reads the object to its end, or gives `nil`.
    private mutating func member(_ path: ArraySlice<String>, depth: Int) -> String? {
        guard take("{"), let key = path.first else { return nil }
        var found: String?
        if take("}") { return nil }
        repeat {
            guard let name = string(), take(":") else { return nil }
            if name != key {
                guard skip(depth: depth) else { return nil }
            } else if path.count == 1 {
                guard let text = string() else { return nil }
                found = text
            } else {
                guard let text = member(path.dropFirst(), depth: depth + 1) else { return nil }
                found = text
            }
        } while take(",")
        return take("}") ? found : nil
    }

    private mutating func skip(depth: Int) -> Bool {
        guard depth < 32 else { return false }
        skipSpace()
        switch rest.first {
        case "\"": return string() != nil
        case "{", "[":
            let isObject = rest.first == "{"
            rest.removeFirst()
            let end: Unicode.Scalar = isObject ? "}" : "]"
            if take(end) { return true }
            repeat {
                if isObject { guard string() != nil, take(":") else { return false } }
                guard skip(depth: depth + 1) else { return false }
            } while take(",")
            return take(end)
        default:
            let word = rest.prefix { $0 != "," && $0 != "}" && $0 != "]" }
            rest.removeFirst(word.count)
            return !word.isEmpty
        }
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var result = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return String(result) }
            guard scalar == "\\" else {
                result.append(scalar)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            switch escaped {
            case "n", "t", "r", "b", "f": result.append(" ")
            case "u":
                let digits = String(rest.prefix(4))
                guard digits.count == 4, let code = UInt32(digits, radix: 16) else { return nil }
                rest.removeFirst(4)
                result.append(Unicode.Scalar(code) ?? "\u{FFFD}")
            default: result.append(escaped)
            }
        }
        return nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
    }
}
