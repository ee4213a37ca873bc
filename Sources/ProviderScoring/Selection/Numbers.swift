#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Functions that the standard library lacks.
enum Numbers {
    static func logarithm(_ value: Double) -> Double { log(value) }

    /// The value, or zero where nothing is left of it: what only decays gets so small that processors take a hundred cycles
    /// for each step with it.
    static func withoutDust(_ value: Double) -> Double { value < 1e-12 ? 0 : value }

    /// e to a power of at most zero: what is left after a time. Small powers, which are the rule, cost a multiplication.
    static func decay(_ power: Double) -> Double { power > -0.001 ? 1 + power : exp(power) }

    /// The number within its limits; `usual` for what is none.
    static func limited(_ number: Double, to limits: ClosedRange<Double>, usual: Double) -> Double {
        number.isNaN ? usual : min(max(number, limits.lowerBound), limits.upperBound)
    }

    /// A later instant, and the time between two, in microseconds: what is too large is the largest there is.
    static func sum(_ instant: Int64, _ time: Int64) -> Int64 {
        let (sum, overflow) = instant.addingReportingOverflow(time)
        return overflow ? (time < 0 ? .min : .max) : sum
    }
    static func time(from start: Int64, to end: Int64) -> Int64 {
        let (time, overflow) = end.subtractingReportingOverflow(start)
        return overflow ? (end < start ? .min : .max) : time
    }
}
