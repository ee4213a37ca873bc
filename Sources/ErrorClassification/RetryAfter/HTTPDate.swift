import ResilienceCore

/// Dates as HTTP and JSON write them, read without a calendar library.
enum HTTPDate {
    /// The instant of a date in one of the three forms of RFC 9110 section 5.6.7.
    static func parse(_ text: String) -> Timestamp? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" })
        guard words.count >= 5, isWeekday(words[0]) else { return nil }
        if words.count == 5 {
            // asctime: Sun Nov  6 08:49:37 1994
            return instant(year: words[4], month: words[1], day: words[2], time: words[3], digits: [4])
        }
        // Sun, 06 Nov 1994 08:49:37 GMT and Sunday, 06-Nov-94 08:49:37 GMT
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC" else { return nil }
        return instant(year: words[3], month: words[2], day: words[1], time: words[4], digits: [2, 4])
    }

    /// The instant of an RFC 3339 date: `2026-03-03T10:05:30.25Z` or with an offset.
    static func parseRFC3339(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74 else { return nil }
        guard let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let seconds = secondOfDay(bytes[11..<19])
        else { return nil }
        var rest = bytes[19...]
        var micro: Int64 = 0
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix(while: \.isASCIIDigit)
            guard !digits.isEmpty else { return nil }
            for index in 0..<6 {
                let digit = index < digits.count ? digits[digits.startIndex + index] - 0x30 : 0
                micro = micro * 10 + Int64(digit)
            }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = offsetSeconds(rest), let date = days(year, month, day) else { return nil }
        return Timestamp(microseconds: (date * 86_400 + seconds - offset) * 1_000_000 + micro)
    }

    private static func offsetSeconds(_ bytes: ArraySlice<UInt8>) -> Int64? {
        if bytes.count == 1, let zone = bytes.first, zone | 0x20 == 0x7A { return 0 }
        guard bytes.count == 6, let sign = bytes.first, sign == 0x2B || sign == 0x2D else { return nil }
        let body = bytes.dropFirst()
        guard let hours = number(body.prefix(2)), let minutes = number(body.suffix(2)), hours < 24, minutes < 60 else {
            return nil
        }
        return (hours * 3600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
    }

    private static func instant(
        year: Substring,
        month: Substring,
        day: Substring,
        time: Substring,
        digits: [Int]
    ) -> Timestamp? {
        guard digits.contains(year.utf8.count), day.utf8.count <= 2, var year = number(Array(year.utf8)[...]),
            let month = months.firstIndex(of: month.lowercased()), let day = number(Array(day.utf8)[...]),
            let seconds = secondOfDay(Array(time.utf8)[...])
        else { return nil }
        // Two digits: 1970 to 2069.
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        guard let date = days(year, Int64(month) + 1, day) else { return nil }
        return Timestamp(seconds: date * 86_400 + seconds)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func isWeekday(_ word: Substring) -> Bool {
        ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].contains(word.prefix(3).lowercased())
    }

    /// `08:49:37`; a leap second is allowed.
    private static func secondOfDay(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let parts = bytes.split(separator: 0x3A, omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.count == 2 }), let hour = number(parts[0]),
            let minute = number(parts[1]), let second = number(parts[2]), hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard !bytes.isEmpty, bytes.count <= 4, bytes.allSatisfy(\.isASCIIDigit) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Days since 1970-01-01 of the proleptic Gregorian calendar, in years that begin on 1 March.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= lengths[Int(month) - 1] else { return nil }
        let shifted = month > 2 ? month - 3 : month + 9
        let marchYear = month > 2 ? year : year - 1
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * shifted + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
