/// How many starts are allowed in a time: for one worker, in this process.
///
/// Starts are spread evenly; after a pause at most ``burst`` follow at once.
public struct RateLimit: Sendable, Hashable {
    /// How many starts in ``period``.
    public let count: Int
    /// The time that ``count`` speaks of.
    public let period: Duration
    /// How many may start at once after a pause.
    public let burst: Int

    /// Creates a limit.
    ///
    /// - Parameters:
    ///   - count: starts in a period, 1 to 1,000,000.
    ///   - period: a millisecond to a day.
    ///   - burst: starts at once after a pause, 1 to `count`.
    /// - Throws: ``InvalidArgument`` for a value out of range.
    public init(_ count: Int, per period: Duration, burst: Int = 1) throws(InvalidArgument) {
        guard (1...1_000_000).contains(count) else {
            throw InvalidArgument(field: "count", value: count, allowed: "1...1000000")
        }
        guard period >= .milliseconds(1), period <= .seconds(86_400) else {
            throw InvalidArgument(field: "period", value: period, allowed: "1 ms to 1 day")
        }
        guard (1...count).contains(burst) else {
            throw InvalidArgument(field: "burst", value: burst, allowed: "1...\(count)")
        }
        self.count = count
        self.period = period
        self.burst = burst
    }
}

/// Counts starts against a limit: the generic cell rate algorithm (ITU-T I.371), one instant of state.
///
/// Instants are those of the monotonic clock: a step of the wall clock neither opens nor closes it.
package struct RateMeter {
    private let interval: Duration
    private let tolerance: Duration
    private let burst: Int
    /// When the next start would be due if all starts were evenly spaced; `nil` before the first.
    private var theoretical: Duration?

    package init(_ limit: RateLimit) {
        interval = limit.period / limit.count
        tolerance = interval * (limit.burst - 1)
        burst = limit.burst
    }

    /// How many may start now, at most `wanted`.
    package func allowed(_ wanted: Int, at uptime: Duration) -> Int {
        let ahead = ahead(at: uptime)
        guard ahead <= tolerance else { return 0 }
        let room = interval > .zero ? Int((tolerance - ahead) / interval) + 1 : burst
        return min(wanted, room, burst)
    }

    /// Takes note of starts.
    package mutating func started(_ count: Int, at uptime: Duration) {
        theoretical = position(at: uptime) + interval * count
    }

    /// Where it stands: how far starts are paid for.
    package func position(at uptime: Duration) -> Duration { uptime + ahead(at: uptime) }

    /// How long until at least one may start.
    package func wait(at uptime: Duration) -> Duration { max(ahead(at: uptime) - tolerance, .zero) }

    private func ahead(at uptime: Duration) -> Duration { max((theoretical ?? uptime) - uptime, .zero) }

    /// Goes on with another limit; what was started counts, and those who have an instant ahead keep it.
    ///
    /// A higher rate holds at once: what was started counts by the space that it takes now, not by the space of before.
    package mutating func follow(_ limit: RateLimit, at uptime: Duration) {
        var meter = RateMeter(limit)
        meter.theoretical = theoretical
        if theoretical != nil, meter.interval < interval {
            let ahead = ahead(at: uptime)
            let last = ahead - tolerance - interval
            // Somebody waits for the last instant, or all that was started counts.
            let left = last > .zero ? last + meter.interval + meter.tolerance : meter.interval * (ahead / interval)
            meter.theoretical = uptime + left
        }
        self = meter
    }

    /// The last starts were not made: it stands again where it stood before them.
    package mutating func rewind(to position: Duration) { theoretical = position }
}
