import ResilienceCore
public import Synchronization

/// One operation under a timeout: its task, its deadline and the caller who waits.
///
/// It does not know what the operation gives, so that all calls are of one type.
@usableFromInline
final class TimedCall: TimerTarget {
    private typealias Waiter = CheckedContinuation<TimedMachine.Ending, Never>

    @usableFromInline let timeout: Timeout
    private let state = Mutex(State())

    private struct State {
        var machine = TimedMachine()
        var task: Task<Void, any Error>?
        var timer: TimerQueue.ID?
        /// Set as soon as it is known what the caller gets.
        var ending: TimedMachine.Ending?
        var waiter: Waiter?

        /// Keeps the ending, and gives the caller to be woken if it waits already.
        mutating func settle(_ ending: TimedMachine.Ending) -> Waiter? {
            self.ending = ending
            defer { waiter = nil }
            return waiter
        }
    }

    @usableFromInline
    init(_ timeout: Timeout) { self.timeout = timeout }

    /// Starts the operation and waits for what the caller gets.
    @inlinable
    func run<Success: Sendable>(_ operation: @escaping @Sendable () async throws -> Success) async throws -> Success {
        let output = TimedOutput<Success>()
        let ending = try await ending {
            await output.take(from: operation)
            self.operationEnded()
        }
        return try output.result(after: ending, of: timeout)
    }

    /// Starts an operation, which keeps what it gives and says when it has ended, and waits until it is known how the
    /// call ends.
    @usableFromInline
    func ending(_ operation: @escaping @Sendable @isolated(any) () async throws -> Void) async throws
        -> TimedMachine.Ending
    {
        try Task.checkCancellation()
        let timer = timeout.timers.arm(self, after: timeout.limit)
        defer { timeout.timers.disarm(timer) }
        state.withLock { $0.timer = timer }
        return await ending(of: UnstructuredTask.startHere(operation))
    }

    private func ending(of task: Task<Void, any Error>) async -> TimedMachine.Ending {
        let (known, isTooLate) = state.withLock { state in
            state.task = task
            return (state.ending, state.machine.state == .cancelledByTimeout)
        }
        if let known { return known }
        // Its time was over before it was known by what to cancel it.
        if isTooLate { task.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ending = state.withLock { state in
                    if state.ending == nil { state.waiter = continuation }
                    return state.ending
                }
                if let ending { continuation.resume(returning: ending) }
            }
        } onCancel: {
            callerCancelled()
        }
    }

    /// Lets the operation take its time from now on, unless it was cancelled already.
    func liftLimit() {
        // Under the lock, so that a grace time that begins in the meantime is not made endless.
        state.withLock { state in
            guard state.machine.state == .running, let timer = state.timer else { return }
            timeout.timers.rearm(timer, after: Timeout.longest)
        }
    }

    func deadlineCame() -> Duration? {
        let (step, task, waiter) = state.withLock { state -> (TimedMachine.Step, Task<Void, any Error>?, Waiter?) in
            let step = state.machine.deadlineCame()
            guard case .end(let ending) = step else { return (step, state.task, nil) }
            return (step, nil, state.settle(ending))
        }
        switch step {
        case .nothing:
            return nil
        case .cancel:
            task?.cancel()
            return timeout.cancellationGrace
        case .end(let ending):
            waiter?.resume(returning: ending)
            return nil
        }
    }

    @usableFromInline
    func operationEnded() {
        let (ending, waiter) = state.withLock { state -> (TimedMachine.Ending?, Waiter?) in
            guard let ending = state.machine.operationEnded() else { return (nil, nil) }
            return (ending, state.settle(ending))
        }
        if let ending { waiter?.resume(returning: ending) }
    }

    private func callerCancelled() {
        let (task, timer) = state.withLock { state in
            state.machine.callerCancelled() ? (state.task, state.timer) : (nil, nil)
        }
        task?.cancel()
        if let timer { timeout.timers.rearm(timer, after: timeout.cancellationGrace) }
    }
}

/// What an operation gave, from its task to its caller. Inlined, since generic types of another module are slow to make.
@usableFromInline
final class TimedOutput<Success: Sendable>: Sendable {
    @usableFromInline let kept: Mutex<Result<Success, any Error>?>

    @inlinable init() { kept = Mutex(nil) }

    /// Runs the operation and keeps what comes of it.
    @inlinable
    func take(from operation: @Sendable () async throws -> Success) async {
        let result: Result<Success, any Error>
        do {
            result = .success(try await operation())
        } catch {
            result = .failure(error)
        }
        kept.withLock { $0 = result }
    }

    /// What the caller gets.
    @inlinable
    func result(after ending: TimedMachine.Ending, of timeout: Timeout) throws -> Success {
        guard ending == .itsOwn, let result = kept.withLock({ $0 }) else { throw timeout.error(ending) }
        return try result.get()
    }
}
