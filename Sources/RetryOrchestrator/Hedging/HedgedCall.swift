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
        var waiter: CheckedContinuation<Success, any Error>?
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
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state in
                    if state.result == nil { state.waiter = continuation }
                    return state.result
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            if state.withLock({ $0.machine.cancel() }) { end(.failure(CancellationError())) }
        }
    }

    /// The answer is late: another attempt, if the extra load allows it, and a further one after the same time.
    func deadlineCame() -> Duration? {
        guard state.withLock({ $0.machine.hasMore }), hedging.takeHedge() else { return nil }
        start()
        return state.withLock { $0.machine.hasMore } ? delay : nil
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
        let (waiter, tasks) = state.withLock { state in
            state.result = result
            defer { (state.waiter, state.tasks) = (nil, []) }
            return (state.waiter, state.tasks)
        }
        for task in tasks { task.cancel() }
        waiter?.resume(with: result)
    }
}
