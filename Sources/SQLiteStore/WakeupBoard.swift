#if SQLite
internal import ResilienceCore
internal import Synchronization

/// Who listens for wake-ups, by space.
final class WakeupBoard: Sendable {
    private struct Listener {
        let space: String
        let continuation: AsyncStream<Void>.Continuation
    }

    private struct State {
        var listeners: [UInt64: Listener] = [:]
        var next: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    var hasListeners: Bool { state.withLock { !$0.listeners.isEmpty } }

    /// A stream of hints of one space; `onStart` and `onEnd` are called as its listener comes and goes.
    func stream(
        in space: String,
        onStart: @escaping @Sendable () -> Void,
        onEnd: @escaping @Sendable () -> Void
    ) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = state.withLock { state -> UInt64? in
                guard !state.isClosed else { return nil }
                state.next += 1
                state.listeners[state.next] = Listener(space: space, continuation: continuation)
                return state.next
            }
            guard let id else { return continuation.finish() }
            onStart()
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
                onEnd()
            }
        }
    }

    /// Tells the listeners of each space in which a batch may have made something due earlier, once.
    func wake(by batches: [Batch]) {
        guard hasListeners else { return }
        wake { listener in
            batches.contains { batch in batch.writes.contains { Self.isHint($0, for: listener.space) } }
        }
    }

    private static func isHint(_ write: Write, for space: String) -> Bool {
        switch write.effect {
        case .put(_, .some, _, _), .reschedule(.some): Bytes.equal(write.key.space, space)
        default: false
        }
    }

    /// Tells everybody.
    func wakeAll() { wake { _ in true } }

    private func wake(where isConcerned: (Listener) -> Bool) {
        let concerned = state.withLock { $0.listeners.values.filter(isConcerned) }
        for listener in concerned { listener.continuation.yield() }
    }

    /// Ends all streams, and those to come.
    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.continuation.finish() }
    }
}
#endif
