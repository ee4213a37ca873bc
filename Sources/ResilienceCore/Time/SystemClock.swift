#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The machine's wall clock, with waits measured on its monotonic clock.
///
/// ``now`` is what the machine believes the time to be and may step when it is corrected. A wait takes the distance to
/// its deadline when it begins and then counts on the monotonic clock, so a step neither cuts nor stretches it.
public struct SystemClock: WallClock {
    private let source: Source

    private enum Source: Sendable {
        case system
        case injected(wall: @Sendable () -> Timestamp, monotonic: any WallClock)
    }

    /// The clock of this machine.
    public init() { source = .system }

    /// The same rule over other sources, for tests that step the wall clock.
    package init(wall: @escaping @Sendable () -> Timestamp, monotonic: any WallClock) {
        source = .injected(wall: wall, monotonic: monotonic)
    }

    /// Whether it is the clock of this machine, and not the same rule over other sources.
    package var isOfTheMachine: Bool {
        if case .system = source { return true }
        return false
    }

    /// The machine's time, in microseconds.
    public var now: Timestamp {
        guard case .injected(let wall, _) = source else { return Self.readWall() }
        return wall()
    }

    /// The reading of the monotonic clock, which goes on while the machine or the process is suspended.
    public var uptime: Duration {
        guard case .injected(_, let monotonic) = source else { return Self.start.duration(to: .now) }
        return monotonic.uptime
    }

    private static let start = ContinuousClock.now

    /// One microsecond.
    public var minimumResolution: Duration { .microseconds(1) }

    /// Waits until the distance from ``now`` to `deadline` has passed on the monotonic clock.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    public func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        let distance = min(now.duration(to: deadline), Self.longestWait)
        guard distance > .zero else { return try Task.checkCancellation() }
        switch source {
        case .system:
            try await Task.sleep(until: .now.advanced(by: distance), tolerance: tolerance, clock: .continuous)
        case .injected(_, let monotonic):
            try await monotonic.sleep(until: monotonic.now.advanced(by: distance), tolerance: tolerance)
        }
    }

    /// Farther deadlines end here: the system's sleep cannot take every distance.
    private static let longestWait = Duration.seconds(100 * 365 * 86_400)

    private static func readWall() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

extension WallClock where Self == SystemClock {
    /// The clock of this machine.
    public static var system: SystemClock { SystemClock() }
}
