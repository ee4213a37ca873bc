import ResilienceCore
import Synchronization

/// One operation under a timeout: its task, its deadline and the caller who waits.
final class TimedCall<Success: Sendable>: TimerTarget {
    fileprivate typealias Waiter = CheckedContinuation<Success, any Error>

    private let timeout: Timeout
    private let state = Mutex(State())

    fileprivate struct State {
        var machine = TimedMachine()
        var task: Task<Void, any Error>?
        var timer: TimerQueue.ID?
        /// Whether the operation has become free to take its time.
        var isLifted = false
        /// Set as soon as it is known what the caller gets.
        var result: Result<Success, any Error>?
        var waiter: Waiter?
    }

    init(_ timeout: Timeout) { self.timeout = timeout }

    /// Starts the operation and waits for what the caller gets.
    func run(_ operation: @escaping @Sendable () async throws -> Success) async throws -> Success {
        try Task.checkCancellation()
        let task = UnstructuredTask.start {
            do {
                self.operationEnded(.success(try await operation()))
            } catch {
                self.operationEnded(.failure(error))
            }
        }
        let timer = timeout.timers.arm(self, after: timeout.limit)
        defer { timeout.timers.disarm(timer) }
        let isLifted = state.withLock { state in
            (state.task, state.timer) = (task, timer)
            return state.isLifted
        }
        if isLifted { timeout.timers.rearm(timer, after: Timeout.longest) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state in
                    if state.result == nil { state.waiter = continuation }
                    return state.result
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            callerCancelled()
        }
    }

    /// Lets the operation take its time from now on, unless it was cancelled already.
    func liftLimit() {
        let timer = state.withLock { state -> TimerQueue.ID? in
            guard state.machine.state == .running else { return nil }
            state.isLifted = true
            return state.timer
        }
        if let timer { timeout.timers.rearm(timer, after: Timeout.longest) }
    }

    func deadlineCame() -> Duration? {
        let (step, task, waiter) = state.withLock { state -> (TimedMachine.Step, Task<Void, any Error>?, Waiter?) in
            let step = state.machine.deadlineCame()
            guard case .end(let ending) = step else { return (step, state.task, nil) }
            return (step, nil, state.settle(.failure(timeout.error(ending))))
        }
        switch step {
        case .nothing:
            return nil
        case .cancel:
            task?.cancel()
            return timeout.cancellationGrace
        case .end(let ending):
            waiter?.resume(throwing: timeout.error(ending))
            return nil
        }
    }

    private func operationEnded(_ result: Result<Success, any Error>) {
        let (outcome, waiter) = state.withLock { state -> (Result<Success, any Error>, Waiter?) in
            guard let ending = state.machine.operationEnded() else { return (result, nil) }
            let outcome = ending == .itsOwn ? result : .failure(timeout.error(ending))
            return (outcome, state.settle(outcome))
        }
        waiter?.resume(with: outcome)
    }

    private func callerCancelled() {
        let (task, timer) = state.withLock { state in
            state.machine.callerCancelled() ? (state.task, state.timer) : (nil, nil)
        }
        task?.cancel()
        if let timer { timeout.timers.rearm(timer, after: timeout.cancellationGrace) }
    }
}

extension TimedCall.State {
    /// Keeps the result, and gives the caller to be woken if it waits already.
    fileprivate mutating func settle(_ result: Result<Success, any Error>) -> TimedCall.Waiter? {
        self.result = result
        defer { waiter = nil }
        return waiter
    }
}
