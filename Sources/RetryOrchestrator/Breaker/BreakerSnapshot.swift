public import ResilienceCore

/// Whether a ``CircuitBreaker`` lets calls through.
public enum CircuitState: String, Sendable, Hashable, Codable {
    /// Calls pass and are counted.
    case closed
    /// Nothing passes until a time is over, and the first call after it is a probe.
    case open
    /// A few calls pass as probes.
    case halfOpen
    /// Nothing passes until it is reset.
    case forcedOpen
    /// Everything passes, uncounted, until it is reset.
    case forcedClosed
}

/// How a ``CircuitBreaker`` stands at one instant.
public struct BreakerSnapshot: Sendable, Hashable {
    /// Its options.
    public let options: BreakerOptions
    /// Whether it lets calls through.
    public let state: CircuitState
    /// For how long it still lets nothing through; `nil` unless it is open.
    public let refusesFor: Duration?
    /// Calls in the window, or of the probes so far while it is half open.
    public let calls: Int
    /// Failures among them.
    public let failures: Int
    /// Slow calls among them.
    public let slowCalls: Int
    /// Failures since the last success.
    public let failuresInARow: Int
    /// Calls that it refused since it was made.
    public let refused: Int

    init(_ machine: BreakerMachine, at now: Duration) {
        options = machine.options
        state = machine.state.name
        var counts = machine.window.counts
        var left: Duration?
        switch machine.state {
        case .open(let end): left = max(end - now, .zero)
        case .halfOpen(let probes): counts = probes.counts
        case .closed, .forcedOpen, .forcedClosed: break
        }
        refusesFor = left
        calls = counts.calls
        failures = counts.failures
        slowCalls = counts.slow
        failuresInARow = machine.failuresInARow
        refused = machine.refused
    }
}

extension BreakerMachine.State {
    package var name: CircuitState {
        switch self {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        case .forcedOpen: .forcedOpen
        case .forcedClosed: .forcedClosed
        }
    }
}

extension ResilienceEvent.Kind {
    /// A circuit breaker changed its state. Attributes: `from`, `to`, and of the calls it had counted `calls`,
    /// `failures` and `slowCalls`.
    public static let breakerChanged = Self("breaker.changed")
}

extension ResilienceEvent {
    static func breakerChanged(
        from old: CircuitState,
        to new: CircuitState,
        _ counts: CallCounts,
        _ name: String,
        at now: Timestamp
    ) -> ResilienceEvent {
        let attributes = [
            "from": old.rawValue, "to": new.rawValue, "calls": "\(counts.calls)", "failures": "\(counts.failures)",
            "slowCalls": "\(counts.slow)",
        ]
        return ResilienceEvent(.breakerChanged, at: now, subject: name, attributes)
    }
}
