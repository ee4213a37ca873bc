package import ResilienceCore

/// Numbers and lengths of time as text.
package enum WaitText {
    /// `120` or `2.5`, zero or more; nil for anything else.
    static func seconds(_ text: String) -> Duration? {
        var bytes = Substring(text).utf8[...]
        bytes.trimSpaces()
        guard let micro = decimal(&bytes), bytes.isEmpty else { return nil }
        return .microseconds(micro)
    }

    /// As ``seconds(_:)``, in milliseconds, rounded up to a microsecond.
    static func milliseconds(_ text: String) -> Duration? {
        guard let seconds = seconds(text) else { return nil }
        let micro = seconds.wholeMicroseconds
        return .microseconds(micro / 1000 + (micro % 1000 > 0 ? 1 : 0))
    }

    /// The time until a rate limit is free again: seconds from now, an instant in seconds or milliseconds since 1970 or in
    /// RFC 3339, or a length such as `6m0s`.
    package static func reset(_ text: String, now: () -> Timestamp) -> Duration? {
        if let number = seconds(text) {
            let whole = number.wholeMicroseconds / 1_000_000
            if whole < 1_000_000_000 { return number }
            let instant = whole < 1_000_000_000_000 ? Timestamp(seconds: whole) : Timestamp(microseconds: whole * 1000)
            return max(.zero, now().duration(to: instant))
        }
        if let length = length(text) { return length }
        return HTTPDate.parseRFC3339(text).map { max(.zero, now().duration(to: $0)) }
    }

    /// `6m0s`, `1h30m`, `250ms`, `20 seconds`; nil unless all of it is a length.
    static func length(_ text: String) -> Duration? {
        var bytes = Substring(text).utf8[...]
        bytes.trimSpaces()
        guard let length = length(&bytes, bareIsSeconds: false), bytes.isEmpty else { return nil }
        return length
    }

    /// Reads one length from the front. Units may follow each other; a bare number is seconds where that is said.
    static func length(_ bytes: inout Substring.UTF8View.SubSequence, bareIsSeconds: Bool) -> Duration? {
        var total: Int64 = 0
        var found = false
        while true {
            var rest = bytes
            guard let micro = decimal(&rest) else { break }
            if rest.first == 0x20 { rest.removeFirst() }
            let word = rest.prefix { $0.isASCIILetter }
            guard let unit = unit(word) else {
                guard !found, bareIsSeconds else { break }
                bytes = rest
                return .microseconds(micro)
            }
            let (product, overflow) = micro.multipliedReportingOverflow(by: unit)
            let (sum, overflowed) = total.addingReportingOverflow(product / 1000)
            guard !overflow, !overflowed else { return nil }
            total = sum
            found = true
            bytes = rest.dropFirst(word.count)
            if bytes.first == 0x20, bytes.dropFirst().first?.isASCIIDigit == true { bytes.removeFirst() }
        }
        return found ? .microseconds(total) : nil
    }

    /// A decimal number in millionths, rounded up; at most thirteen digits before the point.
    private static func decimal(_ bytes: inout Substring.UTF8View.SubSequence) -> Int64? {
        let whole = bytes.prefix(while: \.isASCIIDigit)
        guard !whole.isEmpty, whole.count <= 13 else { return nil }
        var rest = bytes.dropFirst(whole.count)
        var micro = whole.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) } * 1_000_000
        if rest.first == 0x2E, rest.dropFirst().first?.isASCIIDigit == true {
            rest.removeFirst()
            let fraction = rest.prefix(while: \.isASCIIDigit)
            var scale: Int64 = 100_000
            for digit in fraction.prefix(6) {
                micro += Int64(digit - 0x30) * scale
                scale /= 10
            }
            if fraction.dropFirst(6).contains(where: { $0 != 0x30 }) { micro += 1 }
            rest = rest.dropFirst(fraction.count)
        }
        bytes = rest
        return micro
    }

    /// Milliseconds of a unit.
    private static func unit(_ word: Substring.UTF8View.SubSequence) -> Int64? {
        switch String(decoding: word, as: UTF8.self).lowercased() {
        case "ms", "millis", "millisecond", "milliseconds", "msec": 1
        case "s", "sec", "secs", "second", "seconds": 1000
        case "m", "min", "mins", "minute", "minutes": 60_000
        case "h", "hr", "hrs", "hour", "hours": 3_600_000
        case "d", "day", "days": 86_400_000
        default: nil
        }
    }
}

extension Substring.UTF8View.SubSequence {
    fileprivate mutating func trimSpaces() {
        while let byte = first, byte == 0x20 || byte == 0x09 { removeFirst() }
        while let byte = last, byte == 0x20 || byte == 0x09 { removeLast() }
    }
}
