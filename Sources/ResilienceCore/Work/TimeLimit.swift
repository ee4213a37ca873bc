import Synchronization

/// How an operation under a time limit ended.
package enum TimeLimited<Value: Sendable>: Sendable {
    /// It returned in time.
    case finished(Value)
    /// It threw in time.
    case failed(any Error)
    /// The limit passed first.
    case timedOut
    /// The caller was cancelled first.
    case cancelled
}

/// Runs an operation and waits for it no longer than `limit`, also if it ignores its cancellation.
///
/// An operation that is not waited for any more is cancelled and left to end when it will. Costs two tasks: for slow
/// paths, such as the sinks of alerts and checks of health.
package func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    on clock: any WallClock,
    _ operation: @escaping @Sendable () async throws -> Value
) async -> TimeLimited<Value> {
    let race = Race<TimeLimited<Value>>()
    let work = UnstructuredTask.start {
        do {
            race.end(.finished(try await operation()))
        } catch {
            race.end(.failed(error))
        }
    }
    let timer = UnstructuredTask.start {
        try await clock.pause(for: limit)
        race.end(.timedOut)
    }
    let outcome = await withTaskCancellationHandler {
        await race.outcome()
    } onCancel: {
        race.end(.cancelled)
    }
    work.cancel()
    timer.cancel()
    return outcome
}

/// A result that several may give and one waits for; the first counts.
private final class Race<Outcome: Sendable>: Sendable {
    private enum State {
        /// Nobody has ended it. Next: waited or ended.
        case open
        /// Next: ended.
        case waited(CheckedContinuation<Outcome, Never>)
        case ended(Outcome)
    }

    private let state = Mutex(State.open)

    func end(_ outcome: Outcome) {
        let waiter: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .open:
                state = .ended(outcome)
                return nil
            case .waited(let continuation):
                state = .ended(outcome)
                return continuation
            case .ended:
                return nil
            }
        }
        waiter?.resume(returning: outcome)
    }

    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let ended: Outcome? = state.withLock { state in
                if case .ended(let outcome) = state { return outcome }
                state = .waited(continuation)
                return nil
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }
}
