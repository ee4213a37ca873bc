import Synchronization

/// Work that any number of tasks wait for, each as long as it likes.
///
/// It runs in a task of its own: who is cancelled stops waiting and the work goes on for the others. At its time limit
/// it is cancelled and left alone, and what it gives later is dropped. Costs two tasks.
package final class Flight<Value: Sendable>: Sendable {
    private let state = Mutex(State())
    private let onEnd: @Sendable (TimeLimited<Value>) -> Void

    private struct State {
        var isEnding = false
        var outcome: TimeLimited<Value>?
        /// In the order in which they came; they are woken in it.
        var waiters: [(id: Int, continuation: CheckedContinuation<TimeLimited<Value>?, Never>)] = []
        var lastID = 0
        var tasks: [Task<Void, any Error>] = []
    }

    /// Prepares work.
    ///
    /// - Parameter onEnd: Told how it ended, once and before anybody who waits for it.
    package init(onEnd: @escaping @Sendable (TimeLimited<Value>) -> Void = { _ in }) { self.onEnd = onEnd }

    /// How many wait for it.
    package var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Starts the work; to be called once.
    package func start(
        limit: Duration? = nil,
        on clock: any WallClock,
        _ operation: @escaping @Sendable () async throws -> Value
    ) {
        let work = UnstructuredTask.start {
            do { self.end(.finished(try await operation())) } catch { self.end(.failed(error)) }
        }
        var tasks = [work]
        if let limit {
            tasks.append(
                UnstructuredTask.start {
                    try await clock.pause(for: limit)
                    self.end(.timedOut)
                }
            )
        }
        let all = tasks
        let isOver = state.withLock { state in
            if !state.isEnding { state.tasks = all }
            return state.isEnding
        }
        if isOver { for task in all { task.cancel() } }
    }

    /// How the work ended; waits for it.
    ///
    /// - Throws: `CancellationError` as soon as the waiting task is cancelled.
    package func outcome() async throws -> TimeLimited<Value> {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<TimeLimited<Value>?, Never>) in
                let (isOver, outcome) = state.withLock { state -> (Bool, TimeLimited<Value>?) in
                    if Task.isCancelled { return (true, nil) }
                    if let outcome = state.outcome { return (true, outcome) }
                    state.waiters.append((id, continuation))
                    return (false, nil)
                }
                if isOver { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).continuation }
            }
            waiter?.resume(returning: nil)
        }
        guard let outcome else { throw CancellationError() }
        return outcome
    }

    /// The first end counts.
    private func end(_ outcome: TimeLimited<Value>) {
        let tasks: [Task<Void, any Error>]? = state.withLock { state in
            guard !state.isEnding else { return nil }
            state.isEnding = true
            defer { state.tasks = [] }
            return state.tasks
        }
        guard let tasks else { return }
        onEnd(outcome)
        let waiters = state.withLock { state in
            state.outcome = outcome
            defer { state.waiters = [] }
            return state.waiters
        }
        for task in tasks { task.cancel() }
        for waiter in waiters { waiter.continuation.resume(returning: outcome) }
    }
}

/// Runs an operation and stops waiting for it as soon as the caller is cancelled, also if it ignores that.
///
/// - Throws: What the operation throws; `CancellationError`.
package func abandonable<Value: Sendable>(
    on clock: any WallClock,
    _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let flight = Flight<Value>()
    return try await withTaskCancellationHandler {
        flight.start(on: clock, operation)
        // A cancellation that came before there was work to cancel.
        if Task.isCancelled { flight.cancel() }
        switch try await flight.outcome() {
        case .finished(let value): return value
        case .failed(let error): throw error
        case .timedOut, .cancelled: throw CancellationError()
        }
    } onCancel: {
        flight.cancel()
    }
}

extension Flight {
    /// Cancels the work. Who waits for it sees how it ends.
    package func cancel() { for task in state.withLock({ $0.tasks }) { task.cancel() } }
}
