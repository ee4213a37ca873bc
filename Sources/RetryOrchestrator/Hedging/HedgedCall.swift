import ResilienceCore
import Synchronization

/// One hedged call: its attempts, the time until the next one, and the caller who waits.
final class HedgedCall<Success: Sendable>: TimerTarget {
    private let hedging: Hedging
    private let operation: @Sendable (Int) async throws -> Success
    private let delay: Duration
    private let state: Mutex<State>

    private struct State {
        var machine: HedgeMachine
        var tasks: [Task<Void, any Error>] = []
        var result: Result<Success, any Error>?
        /// Attempts that are due and not yet started.
        var due = 0
        var waiter: CheckedContinuation<Step, Never>?

        /// What the caller has to do now, if anything.
        mutating func next() -> Step? {
            if let result { return .end(result) }
            guard due > 0 else { return nil }
            due -= 1
            return .start
        }
    }

    /// What the caller's task is woken for. It starts all attempts, so that they have its task-locals and its priority,
    /// and not those of the timer.
    private enum Step: Sendable {
        case start
        case end(Result<Success, any Error>)
    }

    init(
        _ hedging: Hedging,
        _ operation: @escaping @Sendable (Int) async throws -> Success,
        attempts: Int,
        delay: Duration
    ) {
        self.hedging = hedging
        self.operation = operation
        self.delay = delay
        state = Mutex(State(machine: HedgeMachine(limit: attempts)))
    }

    func run() async throws -> Success {
        start()
        let timer = hedging.timers.arm(self, after: delay)
        defer { hedging.timers.disarm(timer) }
        return try await withTaskCancellationHandler {
            while true {
                switch await step() {
                case .start: start()
                case .end(let result): return try result.get()
                }
            }
        } onCancel: {
            if state.withLock({ $0.machine.cancel() }) { end(.failure(CancellationError())) }
        }
    }

    private func step() async -> Step {
        await withCheckedContinuation { continuation in
            let step = state.withLock { state in
                let step = state.next()
                if step == nil { state.waiter = continuation }
                return step
            }
            if let step { continuation.resume(returning: step) }
        }
    }

    /// The answer is late: another attempt, if the extra load allows it, and a further one after the same time.
    func deadlineCame() -> Duration? {
        guard state.withLock({ $0.machine.hasMore }), hedging.takeHedge() else { return nil }
        wake { $0.due += 1 }
        return state.withLock { $0.machine.hasMore } ? delay : nil
    }

    /// Changes the state, and wakes the caller if there is something to do for it.
    private func wake(after change: (inout State) -> Void) {
        let (waiter, step) = state.withLock { state -> (CheckedContinuation<Step, Never>?, Step?) in
            change(&state)
            guard let waiter = state.waiter, let step = state.next() else { return (nil, nil) }
            state.waiter = nil
            return (waiter, step)
        }
        if let step { waiter?.resume(returning: step) }
    }

    private func start() {
        guard let number = state.withLock({ $0.machine.start() }) else { return }
        let begin = hedging.uptime
        let task = UnstructuredTask.start {
            do {
                let value = try await self.operation(number)
                self.hedging.note(latency: self.hedging.uptime - begin)
                self.ended(.success(value), succeeded: true)
            } catch {
                self.ended(.failure(error), succeeded: false)
            }
        }
        let isOver = state.withLock { state in
            state.tasks.append(task)
            return state.machine.isOver
        }
        if isOver { task.cancel() }
    }

    private func ended(_ result: Result<Success, any Error>, succeeded: Bool) {
        if state.withLock({ $0.machine.ended(succeeded: succeeded) }) != nil { end(result) }
    }

    /// Gives the caller the result and tells every attempt to end.
    private func end(_ result: Result<Success, any Error>) {
        let tasks = state.withLock { state in
            state.result = result
            defer { state.tasks = [] }
            return state.tasks
        }
        for task in tasks { task.cancel() }
        wake { _ in }
    }
}
