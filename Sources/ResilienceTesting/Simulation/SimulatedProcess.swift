import Synchronization

/// Tasks of a simulation that live and die together, as those of a process do.
///
/// A crash stops all of them where they next touch a ``SimulatedStore``, the clock or ``checkpoint()``: they wait there
/// for the end of the run, so none of their `catch` and `defer` blocks runs before. What they had committed stays.
///
/// ```swift
/// let first = sim.process("first") { try await worker(on: store).run() }
/// try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(3)), tolerance: nil)
/// first.crash()
/// let second = sim.process("second") { try await worker(on: store).run() }
/// ```
public final class SimulatedProcess: Sendable {
    /// How a process came to its end.
    public enum Outcome: Sendable {
        /// Its operation returned.
        case finished
        /// Its operation threw.
        case failed(any Error)
        /// It was crashed.
        case crashed
    }

    /// The process to which the current task belongs, if it belongs to one.
    @TaskLocal static var current: SimulatedProcess?

    /// The name of the process, and of its tasks in the trace.
    public let name: String
    private let state = Mutex(State())

    private struct State {
        var outcome: Outcome?
        var isReleased = false
        var waiters: [CheckedContinuation<Outcome, Never>] = []
        var stopped: [CheckedContinuation<Void, any Error>] = []
    }

    init(name: String) { self.name = name }

    /// Whether it was crashed.
    public var hasCrashed: Bool {
        guard case .crashed? = state.withLock({ $0.outcome }) else { return false }
        return true
    }

    /// Ends the process at this instant, as a power cut would; nothing happens if it has ended already.
    public func crash() { end(.crashed) }

    /// Waits until the process has ended, or the run; a cancelled caller waits on.
    public func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.outcome == nil { state.waiters.append(continuation) }
                return state.outcome
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// A place where the current task may be overtaken by others, or end for good if its process has crashed.
    ///
    /// For the stand-ins of foreign services: call it before and after they do something.
    ///
    /// - Throws: `CancellationError` in a process that has crashed, when the run is over.
    public static func checkpoint() async throws {
        await Task.yield()
        try await current?.stopIfCrashed()
    }

    /// Waits for the end of the run if the process has crashed, and then throws.
    func stopIfCrashed() async throws {
        guard hasCrashed else { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let waits = state.withLock { state in
                if !state.isReleased { state.stopped.append(continuation) }
                return !state.isReleased
            }
            if !waits { continuation.resume(throwing: CancellationError()) }
        }
    }

    func end(_ outcome: Outcome) {
        let waiters = state.withLock { state -> [CheckedContinuation<Outcome, Never>] in
            guard state.outcome == nil else { return [] }
            state.outcome = outcome
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    /// Lets go of everything that waits in the process: the run is over.
    func release() {
        end(.failed(CancellationError()))
        let stopped = state.withLock { state in
            state.isReleased = true
            defer { state.stopped = [] }
            return state.stopped
        }
        for continuation in stopped { continuation.resume(throwing: CancellationError()) }
    }
}
