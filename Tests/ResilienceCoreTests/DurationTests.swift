import ResilienceCore
import Testing

/// Durations as microseconds and as seconds, by the short way and the long one.
@Suite struct DurationTests {
    /// At each power of two, a little beside it and beside the next whole microsecond, either sign.
    private static let samples: [Int128] =
        (0..<127).flatMap { power -> [Int128] in
            let value = Int128(1) << power
            let whole = value / micro * micro
            return [value - 1, value, value &+ 1, whole, whole &+ 1, whole - 1].flatMap { [$0, -$0] }
        } + [0, .max, .min]
    private static let micro: Int128 = 1_000_000_000_000

    @Test func microsecondsAreRoundedUpAndSaturate() {
        for attoseconds in Self.samples {
            let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: Self.micro)
            let expected = Int64(clamping: rest > 0 ? whole + 1 : whole)
            #expect(Duration(attoseconds: attoseconds).wholeMicroseconds == expected, "\(attoseconds)")
        }
        for value in [0, 1, -1, .max, .min] as [Int64] {
            #expect(Duration(wholeMicroseconds: value) == .microseconds(value))
            #expect(Duration(wholeMicroseconds: value).wholeMicroseconds == value)
        }
    }

    @Test func secondsAreThoseOfTheParts() {
        for attoseconds in Self.samples where attoseconds.magnitude < 1 << 120 {
            let duration = Duration(attoseconds: attoseconds)
            let (seconds, rest) = duration.components
            #expect(duration.inSeconds == Double(seconds) + Double(rest) * 1e-18, "\(attoseconds)")
        }
    }
}
