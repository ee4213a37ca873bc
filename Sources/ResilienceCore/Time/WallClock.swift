/// A clock whose instants can be stored.
///
/// An ordinary Swift `Clock`, so `Task.sleep(until:clock:)` and `measure` work with it. All of this package takes time
/// from such a clock: ``SystemClock`` in production, a manual one in tests.
///
/// `sleep(until:)` throws `CancellationError` as soon as the task is cancelled, returns at once for an instant that has
/// passed, and never returns early.
public protocol WallClock: Clock where Instant == Timestamp, Duration == Swift.Duration {
    /// The time since some fixed start that no correction of the clock steps: for lengths of time within a process, such
    /// as the rest of a lease. Waits are measured on it.
    var uptime: Duration { get }
}

extension WallClock {
    /// The distance of ``now`` from 1970, for clocks that are never stepped.
    public var uptime: Duration { Timestamp(microseconds: 0).duration(to: now) }

    /// Waits for `duration`; a duration of zero or less returns at once without entering the scheduler.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, before or during the wait.
    package func pause(for duration: Duration) async throws {
        try Task.checkCancellation()
        guard duration > .zero else { return }
        try await sleep(until: now.advanced(by: duration), tolerance: nil)
    }
}
