public import ResilienceCore
import Synchronization

/// An observer that keeps what it is told, and on which a test can wait for an event.
///
/// ```swift
/// let observer = RecordingObserver()
/// let worker = try Worker(space, on: store, observer: observer) { _ in }
/// let running = Task { await worker.run() }
/// let event = try await observer.first { $0.kind == .parked }
/// ```
public final class RecordingObserver: Observer {
    private let state = Mutex(State())

    private struct State {
        var events: [ResilienceEvent] = []
        var waiters: [Waiter] = []
        var lastID: UInt64 = 0
    }

    private struct Waiter {
        let id: UInt64
        let matches: @Sendable (ResilienceEvent) -> Bool
        let continuation: CheckedContinuation<ResilienceEvent, any Error>
    }

    /// An observer that has seen nothing.
    public init() {}

    /// All events, in the order in which they came.
    public var events: [ResilienceEvent] { state.withLock { $0.events } }

    /// How many events came of each kind.
    public var counts: [ResilienceEvent.Kind: Int] { events.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 } }

    /// How many events came of a kind.
    public func count(_ kind: ResilienceEvent.Kind) -> Int { events.count { $0.kind == kind } }

    /// Keeps the event and wakes who waited for it.
    public func observe(_ event: ResilienceEvent) {
        let woken = state.withLock { state in
            state.events.append(event)
            guard !state.waiters.isEmpty else { return [Waiter]() }
            let woken = state.waiters.filter { $0.matches(event) }
            state.waiters.removeAll { waiter in woken.contains { $0.id == waiter.id } }
            return woken
        }
        for waiter in woken { waiter.continuation.resume(returning: event) }
    }

    /// The first event that matches: one that has come already, or else the next one.
    ///
    /// - Parameter matches: decides by the event alone; it is called under a lock and must not use this observer.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func first(where matches: @escaping @Sendable (ResilienceEvent) -> Bool) async throws -> ResilienceEvent {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let known = state.withLock { state -> Result<ResilienceEvent, any Error>? in
                    if let event = state.events.first(where: matches) { return .success(event) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters.append(Waiter(id: id, matches: matches, continuation: continuation))
                    return nil
                }
                if let known { continuation.resume(with: known) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}
