import ResilienceCore
import Synchronization

/// Something that waits for a deadline.
protocol TimerTarget: Sendable {
    /// Its deadline has come. Gives the time after which it wants to be told again, if it does.
    func deadlineCame() -> Duration?
}

/// The deadlines of any number of calls, behind one sleeping task.
///
/// The sleeper is there only while deadlines are: it sleeps until the earliest that it knew when it lay down, and looks
/// again. So a deadline that is removed in time, as nearly all are, never enters the scheduler. None comes early.
final class TimerQueue: Sendable {
    typealias ID = TimerHeap<any TimerTarget>.ID

    /// The one of the system's clock; every other clock has queues of its own.
    private static let system = TimerQueue(on: .system)

    private let clock: any WallClock
    private let state = Mutex(State())

    fileprivate struct State {
        var heap = TimerHeap<any TimerTarget>()
        /// Until when the present sleeper sleeps; `nil` if there is none.
        var wake: Duration?
        /// Which sleeper is the present one; those before it end when they wake.
        var sleeper: UInt64 = 0
        var task: Task<Void, any Error>?
    }

    init(on clock: any WallClock) { self.clock = clock }

    static func shared(on clock: any WallClock) -> TimerQueue {
        (clock as? SystemClock)?.isOfTheMachine == true ? system : TimerQueue(on: clock)
    }

    /// Tells `target` when that much time has passed.
    func arm(_ target: any TimerTarget, after delay: Duration) -> ID {
        let deadline = clock.uptime + delay
        let (id, sleeper) = state.withLock { ($0.heap.insert(target, at: deadline), $0.sleeperNeeded()) }
        if let sleeper { sleep(as: sleeper) }
        return id
    }

    /// Gives a target another deadline, that much time from now; nothing happens if it was disarmed.
    func rearm(_ id: ID, after delay: Duration) {
        let deadline = clock.uptime + delay
        let sleeper = state.withLock { state in
            state.heap.move(id, to: deadline)
            return state.sleeperNeeded()
        }
        if let sleeper { sleep(as: sleeper) }
    }

    /// Forgets a target, which is not told any more unless that is under way.
    func disarm(_ id: ID) { state.withLock { $0.heap.remove(id) } }

    private func sleep(as sleeper: UInt64) {
        // The system's queue serves the whole process: its sleeper must not end with the simulation that first used it.
        let executor = self === Self.system ? nil : UnstructuredTask.executor
        let task = UnstructuredTask.$executor.withValue(executor) {
            UnstructuredTask.start {
                while let wake = self.state.withLock({ $0.nextWake(of: sleeper) }) {
                    do {
                        try await self.clock.pause(for: wake - self.clock.uptime)
                    } catch {
                        return self.state.withLock { $0.sleeperEnded(sleeper) }
                    }
                    self.tellDue()
                }
            }
        }
        let stale = state.withLock { state -> Task<Void, any Error>? in
            guard state.sleeper == sleeper else { return task }
            defer { state.task = task }
            return state.task
        }
        stale?.cancel()
    }

    private func tellDue() {
        let now = clock.uptime
        while let (id, target) = state.withLock({ $0.heap.popDue(at: now) }) {
            if let delay = target.deadlineCame() { rearm(id, after: delay) }
        }
    }
}

extension TimerQueue.State {
    /// The number of a new sleeper, if there is none or the present one would sleep too long.
    mutating func sleeperNeeded() -> UInt64? {
        guard let next = heap.next else { return nil }
        if let wake, wake <= next { return nil }
        sleeper += 1
        wake = next
        return sleeper
    }

    /// Until when a sleeper sleeps next; `nil` if it is to end.
    mutating func nextWake(of sleeper: UInt64) -> Duration? {
        guard sleeper == self.sleeper else { return nil }
        wake = heap.next
        if wake == nil { task = nil }
        return wake
    }

    /// A sleeper was cancelled: by the next one, or since its clock is at its end.
    mutating func sleeperEnded(_ sleeper: UInt64) {
        guard sleeper == self.sleeper else { return }
        (wake, task) = (nil, nil)
    }
}
