#if SQLite
internal import ResilienceCore
internal import Synchronization

/// Watches for commits of other processes, once a second on the store's clock, while somebody listens.
final class OtherWriters: Sendable {
    private struct State {
        var listeners = 0
        var task: Task<Void, any Error>?
    }

    private let state = Mutex(State())

    /// One more listens; the first makes it look, each time with `look`.
    func listenerCame(clock: any WallClock, _ look: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.listeners += 1
            guard state.listeners == 1 else { return }
            state.task = UnstructuredTask.start {
                while true {
                    try await clock.pause(for: .seconds(1))
                    await look()
                }
            }
        }
    }

    /// One less listens.
    func listenerWent() {
        state.withLock { state in
            state.listeners -= 1
            if state.listeners == 0 { state.task?.cancel() }
        }
    }
}
#endif
