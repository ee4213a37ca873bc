public import ResilienceCore
import Synchronization

/// A run of concurrent code whose schedule, time and faults follow from one number.
///
/// All tasks of the body run on the calling thread, one at a time; whenever several could go on, the seed picks one.
/// Whenever none can, time moves to the next wait's end. So a run takes no real time for waits, the same seed repeats the
/// same run, and many seeds try many schedules.
///
/// ```swift
/// for seed in 1...1_000 {
///     let result = try Simulation.run(seed: UInt64(seed)) { sim in
///         let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
///         let first = sim.task("first") { try await reserve("seat-1", in: store) }
///         let second = sim.task("second") { try await reserve("seat-1", in: store) }
///         return try await [first.value, second.value]
///     }
///     #expect(result.value.count { $0 } == 1, "seed \(seed)")
///     #expect(result.foreignJobs == 0)
/// }
/// ```
///
/// Tasks interleave where they suspend, so code under test uses ``SimulatedStore``, which suspends around each operation,
/// takes time from ``clock`` and randomness from ``fork()``. Child tasks, `async let`, task groups and default actors stay
/// inside. A plain `Task { }` leaves (start tasks with ``task(_:_:)``), and so does an actor with an executor of its own,
/// such as the main actor; ``SimulationResult/foreignJobs`` counts what left.
public final class Simulation: Sendable {
    /// The number from which everything follows.
    public let seed: UInt64
    /// The time of the simulation.
    public let clock: SimulatedClock
    private let state: Mutex<State>
    private let trace = Mutex(SimulationTrace())

    var executor: SeededExecutor { clock.executor }

    private struct State {
        var generator: SmallGenerator
        var tasks: [Started] = []
        var processes: [SimulatedProcess] = []
    }

    private struct Started {
        let name: String
        var isFinished = false
        var cancel: @Sendable () -> Void = {}
    }

    private init(seed: UInt64, start: Timestamp) {
        self.seed = seed
        var generator = SmallGenerator(seed: seed)
        let executor = SeededExecutor(generator: SmallGenerator(seed: generator.next()))
        clock = SimulatedClock(manual: ManualClock(now: start), executor: executor)
        state = Mutex(State(generator: generator))
    }

    /// Runs `body` to its end on the calling thread; its end ends the run.
    ///
    /// Tasks that are still under way then are cancelled, and what they do after it is not in the result. Call it from a
    /// synchronous function. A small run costs some 50 µs and about 2 µs for each store operation in a release build.
    ///
    /// - Parameters:
    ///   - seed: the number from which schedule, time and faults follow.
    ///   - start: the first instant of the clock.
    ///   - stepLimit: after how many jobs the run is given up.
    ///   - body: what is run. It must take time from the clock of the simulation and randomness from ``fork()``.
    /// - Throws: ``SimulationError``, which holds the error of the body if it threw one. A deadlock is told from work on
    ///   other threads by a quarter of a second of real time.
    public static func run<Value: Sendable>(
        seed: UInt64,
        startingAt start: Timestamp = ManualClock().now,
        stepLimit: Int = 100_000,
        _ body: @escaping @Sendable (Simulation) async throws -> Value
    ) throws(SimulationError) -> SimulationResult<Value> {
        let simulation = Simulation(seed: seed, start: start)
        let outcome = Outcome<Value>()
        simulation.task("main") {
            do {
                outcome.set(.success(try await body(simulation)))
            } catch {
                outcome.set(.failure(error))
            }
        }
        defer { simulation.close() }
        var steps = 0
        while true {
            switch outcome.result {
            case .success(let value)?: return simulation.result(value, steps: steps, since: start)
            case .failure(let error)?: throw simulation.error(.thrown(error), steps: steps)
            case nil: break
            }
            guard steps < stepLimit else { throw simulation.error(.livelock, steps: steps) }
            if simulation.executor.runNext() {
                steps += 1
            } else if let wake = simulation.clock.manual.nextWake, wake < .distantFuture {
                simulation.clock.manual.advance(to: wake)
            } else if !simulation.executor.waitForForeignJob() {
                throw simulation.error(.deadlock, steps: steps)
            }
        }
    }

    /// A generator of its own for one part of the run, which follows from the seed and the order of the forks.
    public func fork() -> SmallGenerator { state.withLock { SmallGenerator(seed: $0.generator.next()) } }

    /// Starts a task that stands under `name` in the trace.
    ///
    /// As any unstructured task it is not cancelled with the one that starts it, only at the end of the run.
    @discardableResult
    public func task<Success: Sendable>(
        _ name: String,
        _ operation: @escaping @Sendable () async throws -> Success
    ) -> Task<Success, any Error> {
        let number = state.withLock { state in
            state.tasks.append(Started(name: name))
            return state.tasks.count - 1
        }
        let task = UnstructuredTask.$executor.withValue(executor) {
            SimulatedTask.$name.withValue(name) {
                UnstructuredTask.start {
                    defer { self.state.withLock { $0.tasks[number].isFinished = true } }
                    return try await operation()
                }
            }
        }
        state.withLock { $0.tasks[number].cancel = { task.cancel() } }
        return task
    }

    /// Starts a process, of which all tasks end together when it is crashed.
    public func process(
        _ name: String,
        _ operation: @escaping @Sendable () async throws -> Void
    ) -> SimulatedProcess {
        let process = SimulatedProcess(name: name)
        state.withLock { $0.processes.append(process) }
        SimulatedProcess.$current.withValue(process) {
            _ = task(name) {
                do {
                    try await operation()
                    process.end(.finished)
                } catch {
                    process.end(.failed(error))
                }
            }
        }
        return process
    }

    func record(_ step: SimulationStep) { trace.withLock { $0.append(step) } }
}

// MARK: - The end of a run

extension Simulation {
    private func result<Value>(_ value: Value, steps: Int, since start: Timestamp) -> SimulationResult<Value> {
        let trace = trace.withLock { $0 }
        return SimulationResult(
            value: value,
            steps: steps,
            trace: trace.steps,
            traceHash: trace.hash.value,
            faults: trace.faults,
            foreignJobs: executor.foreignJobs,
            elapsed: start.duration(to: clock.now)
        )
    }

    private func error(_ reason: SimulationError.Reason, steps: Int) -> SimulationError {
        let trace = trace.withLock { $0.steps }
        let unfinished = state.withLock { $0.tasks.filter { !$0.isFinished } }.map { task in
            let last = trace.last { $0.task == task.name }
            return "\(task.name), \(last.map { "last seen \($0)" } ?? "which asked nothing of a store")"
        }
        return SimulationError(
            seed: seed,
            reason: reason,
            instant: clock.now,
            steps: steps,
            unfinished: unfinished,
            recent: trace.suffix(10),
            foreignJobs: executor.foreignJobs
        )
    }

    /// Ends what is still under way, so that a run leaves nothing in memory.
    private func close() {
        executor.close()
        let (tasks, processes) = state.withLock { ($0.tasks, $0.processes) }
        for process in processes { process.release() }
        for task in tasks { task.cancel() }
        clock.manual.cancelSleepers()
        var left = 100_000
        while left > 0, executor.runNext() { left -= 1 }
    }
}

/// Where the body leaves what it gave.
private final class Outcome<Value: Sendable>: Sendable {
    private let state = Mutex<Result<Value, any Error>?>(nil)
    // Asked after each job.
    private let isSet = Atomic<Bool>(false)

    var result: Result<Value, any Error>? {
        isSet.load(ordering: .acquiring) ? state.withLock { $0 } : nil
    }

    func set(_ result: Result<Value, any Error>) {
        state.withLock { $0 = result }
        isSet.store(true, ordering: .releasing)
    }
}
