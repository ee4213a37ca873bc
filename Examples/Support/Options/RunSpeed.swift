package import ResilienceCore

/// How fast time goes.
package enum RunSpeed: Sendable, Equatable, CustomStringConvertible {
    case real
    /// Time moves on when nothing else can be done.
    case virtual
    /// The wall clock, times this.
    case times(Int)

    package static let factors = 1...1_000_000

    package var description: String {
        switch self {
        case .real: "real"
        case .virtual: "virtual"
        case .times(let factor): "x\(factor)"
        }
    }

    /// How much faster than the wall clock time goes.
    package var factor: Int {
        guard case .times(let factor) = self else { return 1 }
        return factor
    }

    /// How often a run looks whether it is over.
    package var interval: Duration { self == .virtual ? .seconds(1) : .milliseconds(100) * factor }

    /// A lease of 30 s, but where time is scaled never less than half a second of the wall clock.
    package var lease: Duration { min(max(.seconds(30), .milliseconds(500) * factor), .seconds(86_400)) }
}

extension WorkerOptions {
    /// Sets both, as long as a worker may have them: at a high speed what is short on the wall clock is long.
    package mutating func hold(for lease: Duration, grace: Duration) {
        self.lease = min(lease, .seconds(86_400))
        self.grace = min(grace, .seconds(3_600))
    }
}

/// Where the work is kept.
package enum StoreChoice: Sendable, Equatable {
    case memory
    case sqlite(String)
}
