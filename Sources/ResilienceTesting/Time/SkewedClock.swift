public import ResilienceCore
import Synchronization

/// A clock that goes wrong over one that is right: off by an offset, and faster or slower by a drift.
///
/// For tests of what happens when machines disagree on the time. Both can be changed while tasks sleep; as on a machine
/// whose wall clock is corrected, a sleep that has begun is neither cut nor stretched by it.
///
/// ```swift
/// let clock = ManualClock()
/// let ahead = try SkewedClock(over: clock, offset: .seconds(30), drift: 0.01)
/// clock.advance(by: .seconds(100))
/// // ahead.now is 131 seconds after the start of the other clock.
/// ```
public final class SkewedClock: WallClock {
    private let base: any WallClock
    private let state: Mutex<State>

    private struct State {
        var offset: Duration
        var drift: Double
        /// Since when `drift` holds, on the clock below, and how much was gained until then.
        var since: Timestamp
        var gained: Duration = .zero

        func gained(at instant: Timestamp) -> Duration { gained + since.duration(to: instant).scaled(by: drift) }
    }

    /// A clock over another one.
    ///
    /// - Parameters:
    ///   - base: the clock that is right.
    ///   - offset: how far this clock is ahead at first; negative if it is behind.
    ///   - drift: how many seconds it gains in each second of the other clock; negative if it loses them.
    /// - Throws: `InvalidArgument` unless the drift lies within -0.5...1.
    public init(
        over base: any WallClock,
        offset: Duration = .zero,
        drift: Double = 0
    ) throws(InvalidArgument) {
        try Self.validate(drift)
        self.base = base
        state = Mutex(State(offset: offset, drift: drift, since: base.now))
    }

    /// How far the clock is off, besides what it gained by its drift; setting it steps the clock.
    public var offset: Duration {
        get { state.withLock { $0.offset } }
        set { state.withLock { $0.offset = newValue } }
    }

    /// How many seconds it gains in each second of the clock below.
    public var drift: Double { state.withLock { $0.drift } }

    /// Changes the drift from now on; the clock does not step.
    ///
    /// - Throws: `InvalidArgument` unless the drift lies within -0.5...1.
    public func setDrift(_ drift: Double) throws(InvalidArgument) {
        try Self.validate(drift)
        let instant = base.now
        state.withLock { state in
            state.gained = state.gained(at: instant)
            state.since = instant
            state.drift = drift
        }
    }

    /// What this clock takes the time to be.
    public var now: Timestamp {
        let instant = base.now
        return state.withLock { instant.advanced(by: $0.offset).advanced(by: $0.gained(at: instant)) }
    }

    /// One microsecond.
    public var minimumResolution: Duration { .microseconds(1) }

    /// Waits as long as this clock takes to reach `deadline` at its present drift.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        guard deadline < .distantFuture else { return try await base.sleep(until: deadline, tolerance: tolerance) }
        let wait = now.duration(to: deadline).scaled(by: 1 / (1 + drift))
        try await base.sleep(until: base.now.advanced(by: wait), tolerance: tolerance)
    }

    private static func validate(_ drift: Double) throws(InvalidArgument) {
        guard (-0.5...1).contains(drift) else {
            throw InvalidArgument(field: "drift", value: drift, allowed: "-0.5...1")
        }
    }
}

extension Duration {
    /// This duration times a factor, in microseconds rounded up, saturating.
    fileprivate func scaled(by factor: Double) -> Duration {
        let scaled = (Double(wholeMicroseconds) * factor).rounded(.up)
        return .microseconds(Int64(exactly: scaled) ?? (scaled < 0 ? .min : .max))
    }
}
