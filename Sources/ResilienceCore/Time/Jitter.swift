/// How a delay is spread at random, so that clients that failed together do not return together.
///
/// It is applied to a delay that is already capped, and may exceed the cap by what it adds. Results are whole
/// microseconds, drawn evenly from the range that each kind names, and saturate; a delay of zero is as good as any.
///
/// ```swift
/// let jitter = try Jitter.proportional(0.3)
/// let delay = jitter.apply(to: .seconds(30), using: &generator)    // 21 to 39 seconds
/// ```
public struct Jitter: Sendable, Hashable {
    private let kind: Kind

    private enum Kind: Sendable, Hashable {
        case none
        case full
        case equal
        case proportional(FixedPoint)
        case additive(Int64)
    }

    /// The delay as it is.
    public static let none = Jitter(kind: .none)
    /// From zero to the delay: the best spread, and the default of the retry policies.
    public static let full = Jitter(kind: .full)
    /// From half the delay to the delay.
    public static let equal = Jitter(kind: .equal)

    /// From the delay less `fraction` of it to the delay and `fraction` of it.
    ///
    /// - Parameter fraction: 0 to 1; kept to 32 binary places.
    /// - Throws: ``InvalidArgument`` if the fraction is out of range.
    public static func proportional(_ fraction: Double) throws(InvalidArgument) -> Jitter {
        guard (0...1).contains(fraction) else {
            throw InvalidArgument(field: "fraction", value: fraction, allowed: "0...1")
        }
        return Jitter(kind: .proportional(FixedPoint(fraction)))
    }

    /// From the delay to the delay and `limit`.
    ///
    /// - Throws: ``InvalidArgument`` if the limit is negative.
    public static func additive(upTo limit: Duration) throws(InvalidArgument) -> Jitter {
        guard limit >= .zero else { throw InvalidArgument(field: "limit", value: limit, allowed: "at least zero") }
        return Jitter(kind: .additive(limit.wholeMicroseconds))
    }

    /// Proportional jitter for presets, where nothing can be thrown: held to 0 to 100 percent.
    package static func percent(_ percent: Int) -> Jitter {
        Jitter(kind: .proportional(FixedPoint(Double(min(max(percent, 0), 100)) / 100)))
    }

    /// Additive jitter for presets, where nothing can be thrown: a negative limit counts as zero.
    package static func plus(_ limit: Duration) -> Jitter { Jitter(kind: .additive(max(limit.wholeMicroseconds, 0))) }

    /// The delay, spread.
    ///
    /// - Parameters:
    ///   - delay: The delay, capped. Negative ones count as zero.
    ///   - floor: What the result must not fall below, such as a server's Retry-After. The range is moved up to begin
    ///     there, so that jitter only adds to a floor and clients given the same floor still spread.
    ///   - generator: Drawn from once if the range holds more than one value.
    public func apply(
        to delay: Duration,
        notBefore floor: Duration = .zero,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        if delay == .zero, floor <= .zero, isOfTheDelay { return .zero }
        let range = range(of: max(delay.wholeMicroseconds, 0))
        let width = range.upperBound - range.lowerBound
        let start = max(range.lowerBound, floor.wholeMicroseconds)
        guard width > 0 else { return .microseconds(start) }
        let (sum, overflow) = start.addingReportingOverflow(.random(in: 0...width, using: &generator))
        return .microseconds(overflow ? .max : sum)
    }

    /// Whether it spreads over a part of the delay, so that a delay of zero stays zero.
    private var isOfTheDelay: Bool {
        if case .additive = kind { return false }
        return true
    }

    private func range(of delay: Int64) -> ClosedRange<Int64> {
        switch kind {
        case .none: return delay...delay
        case .full: return 0...delay
        case .equal: return delay - delay / 2...delay
        case .proportional(let fraction):
            let spread = fraction.scale(delay)
            return delay - spread...delay.saturatingSum(spread)
        case .additive(let limit): return delay...delay.saturatingSum(limit)
        }
    }
}

extension Int64 {
    fileprivate func saturatingSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
