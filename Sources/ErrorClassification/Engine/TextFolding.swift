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

    /// The symbol at `index`, which moves past it.
    @inline(__always)
    static func symbol(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ table: UnsafeBufferPointer<UInt8>,
        _ index: inout Int
    ) -> UInt8 {
        let symbol = table[Int(bytes[index])]
        index &+= 1
        guard symbol >= maybeJoint else { return symbol }
        let next = index < bytes.count ? bytes[index] : 0
        if symbol == backslash, escapes(next) {
            // An escaped line end or quotation mark of a JSON text.
            index &+= 1
            return separator
        }
        let follower = table[Int(next)]
        return follower != separator && follower <= joint ? joint : separator
    }

    @inline(__always)
    private static func escapes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "n") || byte == UInt8(ascii: "r") || byte == UInt8(ascii: "t")
            || byte == UInt8(ascii: "\"")
    }

    /// The symbols of a short text, runs of separators as one, without one at the begin or end.
    static func symbols(of text: some StringProtocol) -> [UInt8] {
        var symbols: [UInt8] = []
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            table.withUnsafeBufferPointer { table in
                var index = 0
                while index < bytes.count {
                    let symbol = symbol(bytes, table, &index)
                    if symbol != separator || (symbols.last ?? separator) != separator { symbols.append(symbol) }
                }
            }
        }
        if symbols.last == separator { symbols.removeLast() }
        return symbols
    }
}
