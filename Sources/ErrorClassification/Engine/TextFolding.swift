/// How bytes of a message become symbols of the automaton: letters of either case, digits, what joins the parts of an
/// identifier, and one separator for any run of everything else.
enum TextFolding {
    static let separator: UInt8 = 0
    static let joint: UInt8 = 37
    static let start: UInt8 = 38
    static let end: UInt8 = 39
    /// The number of symbols.
    static let width = 40

    /// Joins two parts of an identifier, path, address or decimal if a word follows at once; else it separates.
    static let maybeJoint: UInt8 = 40
    static let backslash: UInt8 = 41

    /// The symbol of each byte.
    static let table: [UInt8] = (UInt8.min...UInt8.max).map { byte in
        switch byte.asciiLowercased {
        case 0x61...0x7A: byte.asciiLowercased - 0x61 + 1
        case 0x30...0x39: byte - 0x30 + 27
        case UInt8(ascii: "_"): joint
        case UInt8(ascii: "\\"): backslash
        case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "$"), UInt8(ascii: "&"): maybeJoint
        default: separator
        }
    }

    /// Hands each symbol of the text to `body`, without start, end and the separators around; stops when it returns false.
    @inline(__always)
    static func forEachSymbol(
        _ bytes: UnsafeBufferPointer<UInt8>, _ table: UnsafeBufferPointer<UInt8>, _ body: (UInt8) -> Bool
    ) {
        var index = 0
        var separated = true
        while index < bytes.count {
            var symbol = table[Int(bytes[index])]
            index += 1
            if symbol >= maybeJoint {
                let next = index < bytes.count ? bytes[index] : 0
                if symbol == backslash, escapes(next) {
                    // An escaped line end or quotation mark of a JSON text.
                    index += 1
                    symbol = separator
                } else {
                    let follower = table[Int(next)]
                    symbol = follower != separator && follower <= joint ? joint : separator
                }
            }
            if symbol == separator {
                if separated { continue }
                separated = true
            } else {
                separated = false
            }
            guard body(symbol) else { return }
        }
    }

    @inline(__always)
    private static func escapes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "n") || byte == UInt8(ascii: "r") || byte == UInt8(ascii: "t") || byte == UInt8(ascii: "\"")
    }

    /// The symbols of a short text, without a separator at its begin or end.
    static func symbols(of text: some StringProtocol) -> [UInt8] {
        var symbols: [UInt8] = []
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            table.withUnsafeBufferPointer { table in
                forEachSymbol(bytes, table) { symbol in
                    symbols.append(symbol)
                    return true
                }
            }
        }
        if symbols.last == separator { symbols.removeLast() }
        return symbols
    }
}
