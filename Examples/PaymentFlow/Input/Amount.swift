import ExampleSupport

/// A positive decimal number as text, in its shortest form: `0.50` is `0.5`.
struct Amount: Sendable, Hashable, CustomStringConvertible {
    let description: String

    /// Digits that are allowed before the point, and after it.
    static let digits = 18

    /// Reads plain digits with at most one point between them.
    ///
    /// - Throws: ``FieldProblem`` for text that is no number, and for one that is not greater than zero.
    init(_ text: String) throws(FieldProblem) {
        guard let first = text.utf8.first else { throw FieldProblem("amount", "is empty") }
        let unsigned = first == UInt8(ascii: "-") ? text.dropFirst() : Substring(text)
        let parts = unsigned.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard isPlain else { throw FieldProblem("amount", "is no decimal number: \"\(text.prefix(40))\"") }
        guard unsigned.utf8.count == text.utf8.count else {
            throw FieldProblem("amount", "is negative: \"\(text.prefix(40))\"")
        }
        let whole = parts[0].drop { $0 == "0" }
        var fraction = parts.count > 1 ? parts[1] : ""
        while fraction.last == "0" { fraction.removeLast() }
        guard !(whole.isEmpty && fraction.isEmpty) else { throw FieldProblem("amount", "is zero") }
        guard whole.utf8.count <= Self.digits, fraction.utf8.count <= Self.digits else {
            throw FieldProblem("amount", "has more than \(Self.digits) digits on a side of the point")
        }
        description = (whole.isEmpty ? "0" : String(whole)) + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}

extension Amount: Codable {
    init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
