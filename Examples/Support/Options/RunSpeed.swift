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

    /// A lease of 30 s, but where time is scaled never less than half a second of the wall clock.
    package var lease: Duration { min(max(.seconds(30), .milliseconds(500) * factor), .seconds(86_400)) }
}

/// Where the work is kept.
package enum StoreChoice: Sendable, Equatable {
    case memory
    case sqlite(String)
}
