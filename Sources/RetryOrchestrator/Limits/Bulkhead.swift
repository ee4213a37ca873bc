public import ResilienceCore
import Synchronization

/// Lets so many operations run at once and no more, so that one slow system does not take all tasks.
///
/// Who finds no permit waits in a queue of bounded length, first come, first served. A permit is given back on every
/// way out: result, error, cancellation.
///
/// ```swift
/// let bulkhead = Bulkhead(try BulkheadOptions(permits: 20, queueLimit: 100, longestWait: .seconds(2)))
/// let report = try await bulkhead.run { try await reports.build(for: customer) }
/// ```
///
/// A call that finds a permit costs two short locks.
public final class Bulkhead: Sendable {
    /// What its errors call it.
    public let name: String
    private let timers: TimerQueue
    private let state: Mutex<State>

    private struct State {
        var machine: BulkheadMachine
        var waiters: [BulkheadMachine.Ticket: CheckedContinuation<Void, any Error>] = [:]
        /// How a wait ended before it had begun.
        var early: [BulkheadMachine.Ticket: Result<Void, any Error>] = [:]
    }

    /// Creates a bulkhead with all permits free.
    ///
    /// - Parameters:
    ///   - name: What its errors call it.
    ///   - clock: Measures the longest wait.
    public init(_ options: BulkheadOptions, name: String = "bulkhead", clock: any WallClock = .system) {
        self.name = name
        timers = .shared(on: clock)
        state = Mutex(State(machine: BulkheadMachine(options)))
    }

    /// Runs an operation as soon as there is a permit for it.
    ///
    /// - Throws: What the operation throws; ``PolicyError`` if the queue is full or the wait too long;
    ///   `CancellationError` if the task is cancelled while it waits, at once.
    public func run<Success>(_ operation: () async throws -> Success) async throws -> Success {
        try await enter()
        defer { wake(state.withLock { $0.machine.leave() }, with: .success(())) }
        return try await operation()
    }

    /// How it stands.
    public var snapshot: BulkheadSnapshot {
        state.withLock { state in
            BulkheadSnapshot(
                options: state.machine.options,
                inUse: state.machine.inUse,
                waiting: state.machine.waiting,
                refused: state.machine.refused
            )
        }
    }

    /// Goes on with other options. Operations that run and those that wait stay; more permits let more in at once.
    public func reconfigure(_ options: BulkheadOptions) {
        wake(state.withLock { $0.machine.reconfigure(options) }, with: .success(()))
    }

    private func enter() async throws {
        try Task.checkCancellation()
        let (entry, limit) = state.withLock { ($0.machine.enter(), $0.machine.options.longestWait) }
        switch entry {
        case .entered: return
        case .refused: throw PolicyError(.bulkheadFull, policy: name)
        case .queued(let ticket): try await wait(ticket, atMost: limit)
        }
    }

    private func wait(_ ticket: BulkheadMachine.Ticket, atMost limit: Duration?) async throws {
        let timer = limit.map { timers.arm(Patience(bulkhead: self, ticket: ticket), after: $0) }
        defer { if let timer { timers.disarm(timer) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let early = state.withLock { state in
                    let early = state.early.removeValue(forKey: ticket)
                    if early == nil { state.waiters[ticket] = continuation }
                    return early
                }
                if let early { continuation.resume(with: early) }
            }
        } onCancel: {
            giveUp(ticket, CancellationError())
        }
    }

    fileprivate func giveUp(_ ticket: BulkheadMachine.Ticket, _ error: any Error) {
        let waits = state.withLock { state in
            let waits = state.machine.giveUp(ticket)
            if waits, error is PolicyError { state.machine.countRefusal() }
            return waits
        }
        if waits { wake([ticket], with: .failure(error)) }
    }

    private func wake(_ tickets: [BulkheadMachine.Ticket], with result: Result<Void, any Error>) {
        for ticket in tickets {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: ticket)
                if waiter == nil { state.early[ticket] = result }
                return waiter
            }
            waiter?.resume(with: result)
        }
    }
}

/// The end of the time that somebody wants to wait.
private struct Patience: TimerTarget {
    let bulkhead: Bulkhead
    let ticket: BulkheadMachine.Ticket

    func deadlineCame() -> Duration? {
        bulkhead.giveUp(ticket, PolicyError(.bulkheadFull, policy: bulkhead.name))
        return nil
    }
}
