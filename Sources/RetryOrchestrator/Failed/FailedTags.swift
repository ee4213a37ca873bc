import ResilienceCore

/// The tags under which a failed operation is found: for each combination of status, code and context one, which ends
/// with the time. So one scan answers a combination, in order of age, in pages.
enum FailedTags {
    static func of<Payload>(_ operation: FailedOperation<Payload>) -> [String] {
        let time = timeKey(operation.failedAt)
        var tags: [String] = []
        for status in [nil, operation.status] {
            for code in [nil, operation.code] {
                for context in [nil, operation.context] {
                    tags.append(prefix(status, code, context) + time)
                }
            }
        }
        return tags
    }

    static func prefix(_ status: FailedStatus?, _ code: String?, _ context: String?) -> String {
        var prefix = ""
        if let status { prefix += "s=\(status.rawValue)&" }
        if let code { prefix += "c=\(bounded(code))&" }
        if let context { prefix += "x=\(bounded(context))&" }
        return prefix + "at|"
    }

    /// The scan of a combination within `start..<end`.
    static func scan(
        _ space: String,
        _ prefix: String,
        from start: Timestamp?,
        until end: Timestamp?
    ) -> Scan {
        Scan(
            space,
            by: .tag,
            from: prefix + (start.map(timeKey) ?? ""),
            until: prefix + (end.map(timeKey) ?? "~")
        )
    }

    /// At most 80 bytes without separators. What had to be changed for that ends with a hash, so that two names which
    /// differ are found apart.
    static func bounded(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: "|")
        }
        guard !isPlain || name.utf8.count > 60 || name.utf8.contains(UInt8(ascii: "#")) else { return name }
        // FNV-1a: the same in every process.
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let kept = name.utf8.filter { $0 > 0x2F && $0 < 0x7B }.prefix(60)
        return String(decoding: kept, as: UTF8.self) + "#" + String(hash, radix: 16)
    }

    /// Microseconds as twenty digits, shifted to be positive, so that byte order is time order.
    static func timeKey(_ instant: Timestamp) -> String {
        let digits = String(UInt64(bitPattern: instant.microseconds) ^ (1 << 63))
        return String(repeating: "0", count: 20 - digits.count) + digits
    }
}
