/// How long to wait before each retry, before jitter.
///
/// Delays are whole microseconds. They saturate: any retry number up to `Int.max` with any base and cap gives a delay
/// between zero and the cap, in constant time. Apply a ``Jitter`` to what comes out, never the other way round: delays
/// that are jittered and then capped bunch on the cap, and clients fall into step.
///
/// ```swift
/// let backoff = try Backoff.exponential(base: .milliseconds(50), cap: .seconds(20))
/// var generator = SmallGenerator.seededBySystem()
/// let delay = Jitter.full.apply(to: backoff.delay(beforeRetry: 3, using: &generator), using: &generator)
/// ```
public struct Backoff: Sendable {
    private let kind: Kind

    private enum Kind: Sendable {
        case constant(Int64)
        case linear(step: Int64, cap: Int64)
        case exponential(base: Int64, factor: FixedPoint, cap: Int64)
        case decorrelated(base: Int64, cap: Int64)
        case custom(@Sendable (Int) -> Duration)
    }

    /// No delay at all.
    public static let none = Backoff(kind: .constant(0))
    /// 50 ms, doubling up to 20 s: for failures that pass.
    public static let standard = doubling(from: .milliseconds(50), upTo: .seconds(20))
    /// 1 s, doubling up to 20 s: for systems that have too much to do.
    public static let throttled = doubling(from: .seconds(1), upTo: .seconds(20))

    /// Exponential back-off with factor 2 for presets, where nothing can be thrown: the cap is at least the base.
    package static func doubling(from base: Duration, upTo cap: Duration) -> Backoff {
        let start = max(base.wholeMicroseconds, 0)
        let kind = Kind.exponential(base: start, factor: FixedPoint(2), cap: max(cap.wholeMicroseconds, start))
        return Backoff(kind: kind)
    }

    /// The same delay before every retry.
    ///
    /// - Throws: ``InvalidArgument`` if the delay is negative.
    public static func constant(_ delay: Duration) throws(InvalidArgument) -> Backoff {
        Backoff(kind: .constant(try delay.validated(field: "delay")))
    }

    /// `step` before the first retry, twice `step` before the second, and so on up to `cap`.
    ///
    /// - Throws: ``InvalidArgument`` if the step is negative or the cap below it.
    public static func linear(step: Duration, cap: Duration = .seconds(20)) throws(InvalidArgument) -> Backoff {
        let start = try step.validated(field: "step")
        return Backoff(kind: .linear(step: start, cap: try cap.validated(field: "cap", atLeast: step)))
    }

    /// `base` before the first retry, then each time `factor` times as long, up to `cap`.
    ///
    /// - Parameter factor: 1 to 1,000; kept to 32 binary places.
    /// - Throws: ``InvalidArgument`` if the base is negative, the cap below it, or the factor out of range.
    public static func exponential(
        base: Duration,
        factor: Double = 2,
        cap: Duration = .seconds(20)
    ) throws(InvalidArgument) -> Backoff {
        guard (1...1000).contains(factor) else {
            throw InvalidArgument(field: "factor", value: factor, allowed: "1...1000")
        }
        let start = try base.validated(field: "base")
        let end = try cap.validated(field: "cap", atLeast: base)
        return Backoff(kind: .exponential(base: start, factor: FixedPoint(factor), cap: end))
    }

    /// A random delay between `base` and three times the previous delay, up to `cap`.
    ///
    /// It spreads by itself and is meant to go with ``Jitter/none``. The cap bounds the range that is drawn from, not
    /// what was drawn, so delays do not bunch on it.
    ///
    /// - Throws: ``InvalidArgument`` if the base is negative or the cap below it.
    public static func decorrelated(base: Duration, cap: Duration = .seconds(20)) throws(InvalidArgument) -> Backoff {
        let start = try base.validated(field: "base")
        return Backoff(kind: .decorrelated(base: start, cap: try cap.validated(field: "cap", atLeast: base)))
    }

    /// A delay of the caller's own for each retry number, the first being 1. Negative results count as zero.
    public static func custom(_ delay: @escaping @Sendable (_ retry: Int) -> Duration) -> Backoff {
        Backoff(kind: .custom(delay))
    }

    /// The delay before a retry, capped and without jitter.
    ///
    /// - Parameters:
    ///   - retry: Which retry: 1 after the first failure. Smaller numbers count as 1.
    ///   - previous: The delay before the retry that came before, as this function gave it; only decorrelated back-off
    ///     asks for it, and takes its base if there is none.
    ///   - generator: Drawn from by decorrelated back-off only.
    public func delay(
        beforeRetry retry: Int,
        previous: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let steps = max(retry, 1)
        switch kind {
        case .constant(let delay):
            return delay == 0 ? .zero : .microseconds(delay)
        case .linear(let step, let cap):
            let (product, overflow) = step.multipliedReportingOverflow(by: Int64(clamping: steps))
            return .microseconds(overflow ? cap : min(product, cap))
        case .exponential(let base, let factor, let cap):
            return .microseconds(min(factor.power(steps - 1).scale(base), cap))
        case .decorrelated(let base, let cap):
            let last = max(previous?.wholeMicroseconds ?? base, base)
            let (triple, overflow) = last.multipliedReportingOverflow(by: 3)
            return .microseconds(Int64.random(in: base...(overflow ? cap : min(triple, cap)), using: &generator))
        case .custom(let delay):
            return .microseconds(max(delay(steps).wholeMicroseconds, 0))
        }
    }
}

extension Duration {
    /// This duration in whole microseconds, if it is not below `bound`.
    fileprivate func validated(field: String, atLeast bound: Duration = .zero) throws(InvalidArgument) -> Int64 {
        guard self >= bound else { throw InvalidArgument(field: field, value: self, allowed: "at least \(bound)") }
        return wholeMicroseconds
    }
}
