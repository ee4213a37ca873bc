/// An amount as it is written, compared by what it is worth: `0.50` equals `0.5`, and nothing is rounded.
public struct DecimalText: Sendable, Hashable {
    let whole: Substring
    let fraction: Substring

    /// Reads plain decimal digits with at most one point; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard isPlain, let first = parts.first else { return nil }
        whole = first.drop { $0 == "0" }
        var fraction = parts.count > 1 ? parts[1] : ""
        while fraction.last == "0" { fraction.removeLast() }
        self.fraction = fraction
    }

    /// Whether it is worth more than nothing and has at most 18 digits on either side of the point.
    var isPayable: Bool {
        !(whole.isEmpty && fraction.isEmpty) && whole.utf8.count <= 18 && fraction.utf8.count <= 18
    }
}
