/// An instant on the wall clock that can be stored: microseconds since 1970-01-01T00:00:00Z.
///
/// Unlike `ContinuousClock.Instant`, which counts from boot, a timestamp means the same after a restart and on another
/// machine. Its arithmetic saturates at ``distantPast`` and ``distantFuture``; it never traps. Fractions of a microsecond
/// are rounded up, so a wait is never shorter than asked for.
///
/// ```swift
/// let deadline = clock.now.advanced(by: .seconds(300))
/// ```
public struct Timestamp: InstantProtocol, Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public let microseconds: Int64

    /// The instant that many microseconds after 1970-01-01T00:00:00Z.
    @inlinable
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The instant that many whole seconds after 1970-01-01T00:00:00Z, saturating.
    public init(seconds: Int64) {
        let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : value
    }

    /// The earliest instant there is.
    public static let distantPast = Timestamp(microseconds: .min)
    /// The latest instant there is: a wait until then ends by cancellation only.
    public static let distantFuture = Timestamp(microseconds: .max)

    /// This instant moved by `duration`, saturating.
    public func advanced(by duration: Duration) -> Timestamp {
        let (value, overflow) = microseconds.addingReportingOverflow(duration.wholeMicroseconds)
        guard overflow else { return Timestamp(microseconds: value) }
        return duration < .zero ? .distantPast : .distantFuture
    }

    /// The time from this instant to `other`; negative if `other` is earlier.
    public func duration(to other: Timestamp) -> Duration {
        let (value, overflow) = other.microseconds.subtractingReportingOverflow(microseconds)
        guard overflow else { return Duration(wholeMicroseconds: value) }
        return Duration(wholeMicroseconds: other < self ? .min : .max)
    }

    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}

extension Timestamp: Codable {
    /// Reads the microseconds as one integer.
    public init(from decoder: any Decoder) throws {
        self.init(microseconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    /// Writes the microseconds as one integer.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// The instant in UTC as ISO 8601, with microseconds where there are any: `2025-11-01T08:10:57Z`.
    public var description: String {
        if self == .distantFuture { return "distant future" }
        if self == .distantPast { return "distant past" }
        let (seconds, fraction) = microseconds.flooredDivision(by: 1_000_000)
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        let date = CivilDate(daysSince1970: days)
        let clock = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map { $0.padded(to: 2) }
        let tail = fraction == 0 ? "" : "." + fraction.padded(to: 6)
        return "\(date)T\(clock.joined(separator: ":"))\(tail)Z"
    }
}

// A duration is 128 bits of attoseconds. To divide these costs more than all else that is done with one; up to some hours
// 64 bits are enough.

extension Duration {
    /// This duration in microseconds, rounded up and saturating.
    package var wholeMicroseconds: Int64 {
        // 10¹² is 2¹² times 5¹²: what is left after the shift has 64 bits up to ten hours.
        let shifted = (attoseconds &+ 999_999_999_999) >> 12
        let short = Int64(truncatingIfNeeded: shifted)
        if Int128(short) == shifted {
            let (whole, rest) = short.quotientAndRemainder(dividingBy: 244_140_625)
            return rest < 0 ? whole - 1 : whole
        }
        let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000)
        return Int64(clamping: rest > 0 ? whole + 1 : whole)
    }

    /// So many microseconds.
    package init(wholeMicroseconds: Int64) { self.init(attoseconds: Int128(wholeMicroseconds) &* 1_000_000_000_000) }

    /// This duration in seconds, for figures.
    package var inSeconds: Double {
        let short = Int64(truncatingIfNeeded: attoseconds)
        let (seconds, rest) =
            Int128(short) == attoseconds
            ? short.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000) : components
        return Double(seconds) + Double(rest) * 1e-18
    }
}

/// A date of the proleptic Gregorian calendar, for printing timestamps without Foundation.
private struct CivilDate: CustomStringConvertible {
    let year: Int64
    let month: Int64
    let day: Int64

    /// Counts in eras of 400 years that begin on 1 March, so that the leap day ends a year.
    init(daysSince1970: Int64) {
        let (era, dayOfEra) = (daysSince1970 + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var description: String { "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))" }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    fileprivate func padded(to width: Int) -> String {
        let digits = String(magnitude)
        return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
