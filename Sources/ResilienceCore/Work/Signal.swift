import Synchronization

/// A bell that one task waits for: rung before the wait, it is remembered.
package final class Signal: Sendable {
    private enum State {
        case quiet
        case rung
        case waited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    package init() {}

    /// Wakes the waiter, or the next one to come.
    package func ring() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard case .waited(let continuation) = state else {
                state = .rung
                return nil
            }
            state = .quiet
            return continuation
        }
        waiter?.resume()
    }

    /// Waits until it is rung or the task is cancelled; returns at once if it was rung since the last wait.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if case .quiet = state, !Task.isCancelled {
                        state = .waited(continuation)
                        return false
                    }
                    state = .quiet
                    return true
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }

    /// Waits until it is rung, `deadline` is reached or the task is cancelled. No deadline starts no timer.
    package func wait(until deadline: Timestamp?, on clock: any WallClock) async {
        guard let deadline, deadline < .distantFuture else { return await wait() }
        guard deadline > clock.now else { return }
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.wait()
                return true
            }
            group.addTask { (try? await clock.sleep(until: deadline, tolerance: nil)) != nil }
            // A clock that refuses to wait leaves the bell alone; to go on without a wait would be to spin.
            while await group.next() == false {}
            group.cancelAll()
        }
    }
}
