import ResilienceCore

/// Makes names of records, each in one piece of memory: they are made for each operation.
enum Name {
    /// The texts, then an instant as sixteen digits that order as it does, then more texts.
    static func made(
        _ first: String = "",
        _ second: String = "",
        _ third: String = "",
        at instant: Timestamp,
        _ fourth: String = "",
        _ fifth: String = ""
    ) -> String {
        let before = first.utf8.count + second.utf8.count + third.utf8.count
        return String(unsafeUninitializedCapacity: before + 16 + fourth.utf8.count + fifth.utf8.count) { bytes in
            var count = 0
            add(first, to: bytes, &count)
            add(second, to: bytes, &count)
            add(third, to: bytes, &count)
            add(UInt64(bitPattern: instant.microseconds) ^ (1 << 63), to: bytes, &count)
            add(fourth, to: bytes, &count)
            add(fifth, to: bytes, &count)
            return count
        }
    }

    /// Thirty-two digits.
    static func hexadecimal(_ high: UInt64, _ low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 32) { bytes in
            var count = 0
            add(high, to: bytes, &count)
            add(low, to: bytes, &count)
            return count
        }
    }

    private static func add(_ text: String, to bytes: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        guard !text.isEmpty else { return }
        Bytes.with(text) { text in
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[count...]).copyMemory(
                from: text
            )
        }
        count += text.utf8.count
    }

    private static func add(_ number: UInt64, to bytes: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 15
            bytes[count + index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
        count += 16
    }
}
