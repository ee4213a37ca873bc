#if SQLite
#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif
internal import Foundation
internal import Synchronization

/// The threads of one store, and the tasks that wait for all of them to end.
final class Threads: Sendable {
    private struct State {
        var running = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs `body` on a thread of its own.
    func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.running += 1 }
        let thread = Thread {
            body()
            self.end()
        }
        thread.name = name
        thread.start()
    }

    private func end() {
        let waiters = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Blocks the calling thread, which must be one of these.
    static func pause(_ duration: Duration) {
        Thread.sleep(forTimeInterval: duration / .seconds(1))
    }

    /// Lets other threads run, if any are ready to.
    static func yield() { sched_yield() }

    /// Returns when none is running.
    func allEnded() async {
        await withCheckedContinuation { waiter in
            let isOver = state.withLock { state in
                if state.running > 0 { state.waiters.append(waiter) }
                return state.running == 0
            }
            if isOver { waiter.resume() }
        }
    }
}
#endif
