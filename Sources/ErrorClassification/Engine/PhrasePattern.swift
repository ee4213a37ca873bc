/// A phrase as the automaton reads it: parts that must be found one after the other.
struct PhrasePattern: Hashable {
    static let maximumParts = 15

    /// The symbols of each part.
    let parts: [[UInt8]]

    /// Reads a phrase of whole words, or a fragment that may stand inside words.
    ///
    /// Returns nil for what ``isWritable(_:)`` refuses.
    init?(_ text: String, wholeWords: Bool) {
        var body = text[...]
        let anchoredAtStart = body.hasPrefix("^")
        if anchoredAtStart { body.removeFirst() }
        let anchoredAtEnd = body.hasSuffix("$")
        if anchoredAtEnd { body.removeLast() }
        var parts = body.split(separator: "*", omittingEmptySubsequences: false).map(TextFolding.symbols)
        guard parts.count <= Self.maximumParts else { return nil }
        guard parts.allSatisfy({ !$0.isEmpty && $0.count <= 200 }) else { return nil }
        let last = parts.count - 1
        for index in parts.indices {
            let begins = anchoredAtStart && index == 0
            let ends = anchoredAtEnd && index == last
            if wholeWords || begins { parts[index].insert(TextFolding.separator, at: 0) }
            if begins { parts[index].insert(TextFolding.start, at: 0) }
            if wholeWords || ends { parts[index].append(TextFolding.separator) }
            if ends { parts[index].append(TextFolding.end) }
        }
        self.parts = parts
    }

    /// Whether this text is a phrase.
    static func isWritable(_ text: String) -> Bool { PhrasePattern(text, wholeWords: true) != nil }
}
