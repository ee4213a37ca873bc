/// A wait that a message names: `Please try again in 18.642s`, `retry after 35`, `"retryDelay": "21s"`.
enum MessageWait {
    /// The first wait named that is longer than nothing, or nil. Costs one pass over the message.
    static func find(in message: String) -> Duration? {
        let bytes = Substring(message).utf8
        var index = bytes.startIndex
        var previous: UInt8 = 0x20
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte.isASCIIDigit, !previous.isASCIIDigit, previous != 0x2E, previous != 0x2D,
                let lead = lead(bytes[..<index])
            {
                var rest = bytes[index...]
                if let wait = WaitText.length(&rest, bareIsSeconds: lead.bareIsSeconds), wait > .zero {
                    return wait
                }
            }
            previous = byte
            index = bytes.index(after: index)
        }
        return nil
    }

    /// Words before a number that make it a wait. A bare number after the first ones counts seconds.
    private static let leads: [(words: [UInt8], bareIsSeconds: Bool)] = [
        ("retryafter", true), ("flood_wait_", true), ("floodwait", true), ("retrydelay", true), ("retryin", false),
        ("tryagainin", false), ("againafter", false), ("resetafter", false), ("resetsin", false), ("resetin", false),
        ("wait", false), ("availablein", false), ("retryagainin", false),
    ].map { (Array($0.0.utf8), $0.1) }

    /// The lead that ends right before a number, read backwards over letters and `_`, spaces and quotation marks left out.
    private static func lead(_ before: Substring.UTF8View) -> (words: [UInt8], bareIsSeconds: Bool)? {
        var letters: [UInt8] = []
        var index = before.endIndex
        var skipped = 0
        while index > before.startIndex, letters.count < 12, skipped < 8 {
            index = before.index(before: index)
            let byte = before[index]
            if byte.isASCIILetter {
                letters.append(byte.asciiLowercased)
            } else if byte == 0x5F && letters.isEmpty && skipped == 0 {
                letters.append(byte)
            } else if isFiller(byte) {
                skipped += 1
            } else {
                break
            }
        }
        guard letters.count >= 4 else { return nil }
        return leads.first { letters.starts(with: $0.words.reversed()) }
    }

    private static func isFiller(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x3A || byte == 0x3D || byte == 0x2D || byte == 0x5F
    }
}
