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

    /// e to a power of at most zero: what is left after a time. Small powers, which are the rule, cost a multiplication.
    static func decay(_ power: Double) -> Double { power > -0.001 ? 1 + power : exp(power) }
}
