import Dispatch
import Foundation
package import ResilienceCore
import Synchronization

/// A clock that moves on when nothing else can be done, and the executor that knows when that is.
///
/// All jobs run one after the other on one thread. When none is left and nothing outside is under way, the clock jumps to
/// the next sleeper. So a run with waits of minutes takes seconds, and nothing happens at a time at which it could not
/// have happened.
package final class VirtualTime: TaskExecutor, WallClock {
    private let state: Mutex<State>
    /// Wakes the loop while it waits for something outside.
    private let bell = DispatchSemaphore(value: 0)

    private struct State {
        var now: Timestamp
        var jobs = JobQueue()
        var sleepers = Sleepers()
        /// Who waits until all others that can run now have run.
        var gathering: [CheckedContinuation<Void, Never>] = []
        /// Work outside that will come back: operations of a store on threads of its own.
        var outside = 0
        var waiting = false
        var finished = false

        /// Whether nothing is under way, apart from jobs.
        var isIdle: Bool { outside == 0 && gathering.isEmpty }
    }

    package init(startingAt start: Timestamp) { state = Mutex(State(now: start)) }

    // MARK: The clock

    package var now: Timestamp { state.withLock { $0.now } }

    package var minimumResolution: Duration { .microseconds(1) }

    package func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let id = state.withLock { $0.sleepers.nextID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let ended: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard deadline > state.now else { return .success(()) }
                    state.sleepers.add(id, until: deadline, continuation)
                    return nil
                }
                if let ended { continuation.resume(with: ended) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.remove(id) }?.resume(throwing: CancellationError())
        }
    }

    // MARK: Work outside

    /// Waits until all else that happens at this instant has come as far as it can.
    ///
    /// Those that go on together then share a sync of the disk.
    package func gather() async {
        await withCheckedContinuation { continuation in ring { $0.gathering.append(continuation) } }
    }

    /// Keeps the clock still while `body` waits for something that does not run here.
    package func outside<Result: Sendable, Failure: Error>(
        _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        state.withLock { $0.outside += 1 }
        // Heard by the loop, for this may end on a thread of the caller's.
        defer { ring { $0.outside -= 1 } }
        return try await body()
    }

    // MARK: The executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        ring { $0.jobs.append(job) }
    }

    private func ring(_ change: (inout State) -> Void) {
        let wasWaiting = state.withLock { state in
            change(&state)
            defer { state.waiting = false }
            return state.waiting
        }
        if wasWaiting { bell.signal() }
    }

    /// Runs `body` and all that it starts on a thread of its own.
    package func perform<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                self.run {
                    do { continuation.resume(returning: try await body()) } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
            thread.start()
        }
    }

    /// Returns when `body` has.
    private func run(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { $0.finished = false }
        UnstructuredTask.$executor.withValue(self) {
            _ = UnstructuredTask.start {
                await body()
                self.ring { $0.finished = true }
            }
        }
        while let step = next() {
            switch step {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .wake(let sleeper): sleeper.resume()
            case .release(let gathered): for one in gathered { one.resume() }
            case .wait: bell.wait()
            }
        }
    }

    private enum Step {
        case job(UnownedJob)
        case wake(CheckedContinuation<Void, any Error>)
        case release([CheckedContinuation<Void, Never>])
        case wait
    }

    /// What to do next; `nil` when all is over.
    private func next() -> Step? {
        state.withLock { state in
            if let job = state.jobs.popFirst() { return .job(job) }
            if state.finished { return nil }
            if let deadline = state.sleepers.next, deadline <= state.now || state.isIdle {
                state.now = max(state.now, deadline)
                return state.sleepers.popFirst().map { .wake($0) }
            }
            if !state.gathering.isEmpty {
                defer { state.gathering = [] }
                return .release(state.gathering)
            }
            state.waiting = true
            return .wait
        }
    }
}

/// First in, first out, without moving the rest at each pop.
private struct JobQueue {
    private var jobs: [UnownedJob] = []
    private var head = 0

    mutating func append(_ job: UnownedJob) { jobs.append(job) }

    mutating func popFirst() -> UnownedJob? {
        guard head < jobs.count else {
            jobs.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        defer { head += 1 }
        return jobs[head]
    }
}
