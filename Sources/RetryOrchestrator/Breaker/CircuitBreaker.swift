public import ResilienceCore
import Synchronization

/// Stops calling a system that fails, and finds out with a few calls when it works again.
///
/// One breaker belongs to one system and is shared by all who call it (``PerKey``). It counts calls; when too many
/// fail or are slow it opens, and calls are refused with ``PolicyError/Code/circuitOpen`` without being made. After a
/// time it is half open: exactly as many calls as there are probes pass, and what becomes of them closes it or opens
/// it again. A call that comes back late, from before the last change, is not counted.
///
/// ```swift
/// let breakers = PerKey { host in
///     CircuitBreaker(name: host, failures: .byClassification(classifier))
/// }
/// let rates = try await breakers["rates.example.com"].run { try await api.rates() }
/// ```
///
/// A probe that never comes back keeps it half open until it is reset: put a ``Timeout`` inside of it.
///
/// A call costs two short locks. The clock is read only while it is open, with a window of time, or for slow calls.
public final class CircuitBreaker: Sendable {
    /// The subject of its events, and what its errors call it.
    public let name: String
    private let failures: FailureRule
    private let clock: any WallClock
    private let observer: (any Observer)?
    private let machine: Mutex<BreakerMachine>

    /// Creates a breaker, which is closed.
    ///
    /// - Parameters:
    ///   - name: What its events and errors call it.
    ///   - failures: Which errors count against the system.
    ///   - clock: Measures its times, on the monotonic reading.
    ///   - observer: Is told when its state changes.
    public init(
        _ options: BreakerOptions = .standard,
        name: String = "breaker",
        failures: FailureRule,
        clock: any WallClock = .system,
        observer: (any Observer)? = nil
    ) {
        self.name = name
        self.failures = failures
        self.clock = clock
        self.observer = observer
        machine = Mutex(BreakerMachine(options))
    }

    /// Runs an operation, unless the circuit is open.
    ///
    /// - Parameters:
    ///   - failedIf: Whether a result counts as a failure; it is given to the caller all the same.
    ///   - operation: What to run, in the caller's isolation.
    /// - Throws: What the operation throws; ``PolicyError`` if the circuit is open.
    public func run<Success>(
        failedIf: (Success) -> Bool = { _ in false },
        _ operation: () async throws -> Success
    ) async throws -> Success {
        let pass = try admit()
        let begin = pass.isTimed ? clock.uptime : .zero
        do {
            let result = try await operation()
            record(isFailure: failedIf(result), of: pass, since: begin)
            return result
        } catch {
            if error is CancellationError || Task.isCancelled || PolicyError(cast: error)?.isRefusal == true {
                change { $0.giveBack(pass) }
            } else {
                record(isFailure: failures.counts(error), of: pass, since: begin)
            }
            throw error
        }
    }

    /// Whether it lets calls through. It becomes half open by the first call after its time, not by itself.
    public var state: CircuitState { machine.withLock { $0.state.name } }

    /// How it stands.
    public var snapshot: BreakerSnapshot {
        let now = clock.uptime
        return machine.withLock { machine in
            machine.turn(to: now)
            return BreakerSnapshot(machine, at: now)
        }
    }

    /// Lets nothing through until it is reset: for maintenance.
    public func forceOpen() { change { $0.forceOpen() } }

    /// Lets everything through, uncounted, until it is reset: to do without it for a while.
    public func forceClosed() { change { $0.forceClosed() } }

    /// Closes it and forgets what it had counted.
    public func reset() { change { $0.close() } }

    /// Goes on with other options, in the same state and with the calls counted so far.
    public func reconfigure(_ options: BreakerOptions) {
        let now = clock.uptime
        change { $0.reconfigure(options, at: now) }
    }

    private func admit() throws -> BreakerMachine.Pass {
        switch change({ $0.admit(at: clock.uptime) }) {
        case .passes(let pass): return pass
        case .refused(let wait): throw PolicyError(.circuitOpen, policy: name, retryAfter: wait)
        }
    }

    private func record(isFailure: Bool, of pass: BreakerMachine.Pass, since begin: Duration) {
        change { machine in
            var mark = CallMark(isFailure: isFailure)
            if pass.isTimed, let limit = machine.options.slowCalls?.limit { mark.isSlow = clock.uptime - begin > limit }
            machine.record(mark, of: pass, at: clock.uptime)
        }
    }

    /// Lets the machine do something, and tells the observer if that changed its state.
    @discardableResult
    private func change<Answer: Sendable>(_ step: (inout BreakerMachine) -> Answer) -> Answer {
        guard let observer else { return machine.withLock { step(&$0) } }
        let (answer, old, new, counts) = machine.withLock { machine in
            let old = machine.state.name
            let answer = step(&machine)
            return (answer, old, machine.state.name, machine.countsAtChange)
        }
        if old != new { observer.observe(.breakerChanged(from: old, to: new, counts, name, at: clock.now)) }
        return answer
    }
}
