public import ResilienceCore
import Synchronization

/// A clock that stands still until a test moves it.
///
/// Waiting for the sleeper before moving the clock is what makes such a test exact: no polling, no real time.
///
/// ```swift
/// let clock = ManualClock()
/// let waiting = Task { try await clock.sleep(until: clock.now.advanced(by: .seconds(30)), tolerance: nil) }
/// await clock.waitForSleepers()
/// clock.advance(by: .seconds(30))
/// try await waiting.value
/// ```
///
/// Every method is safe to call from any thread and takes a lock for a moment; none calls out while it holds it.
public final class ManualClock: WallClock {
    private let state: Mutex<ManualClockState>

    /// A clock that shows `now`: the beginning of 2026, unless told otherwise.
    public init(now: Timestamp = Timestamp(seconds: 1_767_225_600)) { state = Mutex(ManualClockState(now: now)) }

    /// The instant to which the clock was last moved.
    public var now: Timestamp { state.withLock { $0.now } }

    /// One microsecond.
    public var minimumResolution: Duration { .microseconds(1) }

    /// How many tasks are asleep.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The earliest deadline of a sleeper; `nil` if nobody sleeps.
    public var nextWake: Timestamp? { state.withLock { $0.sleepers.first?.deadline } }

    /// Waits until the clock was moved to `deadline` or beyond; returns at once if it was already.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        guard deadline > now else { return }
        let id = state.withLock { $0.nextID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                // A cancellation that this look misses finds the sleeper in its place.
                let sleeper = ManualClockState.Sleeper(id: id, deadline: deadline, continuation: continuation)
                switch state.withLock({ $0.admit(sleeper, isCancelled: Task.isCancelled) }) {
                case .asleep(let waiters): for waiter in waiters { waiter.resume() }
                case .awake: continuation.resume()
                case .cancelled: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            state.withLock { $0.remove(id) }?.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock by `duration` and wakes the sleepers whose deadline has come.
    ///
    /// They are woken in the order of their deadlines, those with the same deadline in the order in which they fell
    /// asleep, and each sees the new ``now``. Zero or less moves nothing.
    public func advance(by duration: Duration) {
        wake(state.withLock { $0.advance(to: $0.now.advanced(by: duration)) })
    }

    /// Moves the clock to `instant` and wakes the sleepers whose deadline has come, as ``advance(by:)`` does.
    ///
    /// An instant that is not after ``now`` moves nothing: this clock never goes back.
    public func advance(to instant: Timestamp) {
        wake(state.withLock { $0.advance(to: instant) })
    }

    /// Waits until at least `count` tasks are asleep.
    ///
    /// Call it before the clock is moved, so that the task under test has reached its wait. Returns early if the calling
    /// task is cancelled.
    public func waitForSleepers(_ count: Int = 1) async {
        let id = state.withLock { $0.nextID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let waiter = ManualClockState.Waiter(id: id, count: count, continuation: continuation)
                let waits = state.withLock { state in !Task.isCancelled && state.add(waiter) }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.removeWaiter(id) }?.resume()
        }
    }

    /// Ends every sleep with `CancellationError`, as if all sleeping tasks were cancelled.
    func cancelSleepers() {
        for sleeper in state.withLock({ $0.removeAll() }) { sleeper.continuation.resume(throwing: CancellationError()) }
    }

    private func wake(_ sleepers: some Sequence<ManualClockState.Sleeper>) {
        for sleeper in sleepers { sleeper.continuation.resume() }
    }
}

/// What the lock guards; it resumes nobody, but returns who is to be resumed.
private struct ManualClockState {
    struct Sleeper {
        let id: UInt64
        let deadline: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
    }

    struct Waiter {
        let id: UInt64
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private(set) var now: Timestamp
    /// By deadline, then by arrival.
    private(set) var sleepers: [Sleeper] = []
    private var waiters: [Waiter] = []
    private var lastID: UInt64 = 0

    init(now: Timestamp) { self.now = now }

    mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Whether the task has to wait.
    mutating func add(_ waiter: Waiter) -> Bool {
        guard sleepers.count < waiter.count else { return false }
        waiters.append(waiter)
        return true
    }

    mutating func removeWaiter(_ id: UInt64) -> CheckedContinuation<Void, Never>? {
        waiters.firstIndex { $0.id == id }.map { waiters.remove(at: $0).continuation }
    }

    /// What becomes of a task that wants to sleep.
    enum Admission {
        /// It sleeps; these tests waited for it.
        case asleep([CheckedContinuation<Void, Never>])
        /// The clock was moved past its deadline in the meantime.
        case awake
        case cancelled
    }

    mutating func admit(_ sleeper: Sleeper, isCancelled: Bool) -> Admission {
        guard !isCancelled else { return .cancelled }
        guard sleeper.deadline > now else { return .awake }
        insert(sleeper)
        guard !waiters.isEmpty else { return .asleep([]) }
        let reached = waiters.filter { $0.count <= sleepers.count }
        waiters.removeAll { $0.count <= sleepers.count }
        return .asleep(reached.map(\.continuation))
    }

    private mutating func insert(_ sleeper: Sleeper) {
        var low = 0
        var high = sleepers.count
        while low < high {
            let middle = (low + high) / 2
            if sleepers[middle].deadline <= sleeper.deadline { low = middle + 1 } else { high = middle }
        }
        sleepers.insert(sleeper, at: low)
    }

    mutating func remove(_ id: UInt64) -> CheckedContinuation<Void, any Error>? {
        sleepers.firstIndex { $0.id == id }.map { sleepers.remove(at: $0).continuation }
    }

    mutating func removeAll() -> [Sleeper] {
        defer { sleepers = [] }
        return sleepers
    }

    mutating func advance(to instant: Timestamp) -> ArraySlice<Sleeper> {
        guard instant > now else { return [] }
        now = instant
        let due = sleepers.prefix { $0.deadline <= instant }
        sleepers.removeFirst(due.count)
        return due
    }
}
