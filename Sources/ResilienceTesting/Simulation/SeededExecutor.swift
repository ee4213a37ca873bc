import ResilienceCore
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs jobs one at a time on the thread that created it, each picked by a seeded generator among those that can run.
final class SeededExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var generator: SmallGenerator

        mutating func pick() -> UnownedJob? {
            guard jobs.count > 1 else { return jobs.popLast() }
            jobs.swapAt(Int.random(in: 0..<jobs.count, using: &generator), jobs.count - 1)
            return jobs.popLast()
        }
    }

    private let state: Mutex<State>
    private let thread = ThreadID.current
    private let foreign = Atomic<Int>(0)
    private let closed = Atomic<Bool>(false)

    init(generator: SmallGenerator) { state = Mutex(State(generator: generator)) }

    /// How many times something happened on another thread than that of the simulation.
    var foreignJobs: Int { foreign.load(ordering: .relaxed) }

    /// Whether the run is over, so that what is left of it should end.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    func close() { closed.store(true, ordering: .relaxed) }

    /// Counts a caller that is not on the thread of the simulation.
    func noteCaller() {
        if ThreadID.current != thread { foreign.add(1, ordering: .relaxed) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        noteCaller()
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Runs one job up to its next suspension; `false` if there is none.
    func runNext() -> Bool {
        guard let job = state.withLock({ $0.pick() }) else { return false }
        job.runSynchronously(on: asUnownedTaskExecutor())
        return true
    }

    /// Waits a moment of real time for a job that another thread brings: only where the simulation itself is at a loss.
    func waitForForeignJob() -> Bool {
        for _ in 0..<5_000 {
            if state.withLock({ !$0.jobs.isEmpty }) { return true }
            usleep(1_000)
        }
        return false
    }
}

/// The identity of a thread, for as long as it lives.
private struct ThreadID: Equatable, Sendable {
    private let number: UInt

    static var current: ThreadID {
        #if canImport(Glibc)
        ThreadID(number: UInt(pthread_self()))
        #else
        ThreadID(number: UInt(bitPattern: pthread_self()))
        #endif
    }
}
