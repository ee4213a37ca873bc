public import ResilienceCore

/// What a run of a simulation gave, and what happened in it.
public struct SimulationResult<Value: Sendable>: Sendable {
    /// What the body returned.
    public let value: Value
    /// How many jobs were run.
    public let steps: Int
    /// What the stores did, in order.
    public let trace: [SimulationStep]
    /// A hash of the trace, the same in every process: two runs with equal hashes took the same way.
    public let traceHash: UInt64
    /// How often each fault was injected.
    public let faults: [Fault: Int]
    /// How much ran outside of the simulation; 0, or the run cannot be repeated.
    ///
    /// Counted are jobs that another thread brought, and waits and store operations on another thread.
    public let foreignJobs: Int
    /// How much time passed on the clock of the simulation.
    public let elapsed: Duration

    /// The names of the tasks that used a store.
    public var tasks: Set<String> { Set(trace.map(\.task)) }

    /// How many operations the stores were asked for.
    public var storeOperations: Int { trace.count }
}

/// Why a run of a simulation gave no result.
public struct SimulationError: Error, Sendable {
    /// What went wrong.
    public enum Reason: Sendable {
        /// Nothing could run and nobody slept, but the body had not returned.
        case deadlock
        /// The limit of steps was reached.
        case livelock
        /// The body threw.
        case thrown(any Error)
    }

    /// The seed, with which the run can be repeated.
    public let seed: UInt64
    /// What went wrong.
    public let reason: Reason
    /// When, on the clock of the simulation.
    public let instant: Timestamp
    /// How many jobs had run.
    public let steps: Int
    /// The tasks and processes that had not ended, each with the last it asked of a store.
    public let unfinished: [String]
    /// The last operations of the stores, at most 10.
    public let recent: [SimulationStep]
    /// How much ran outside of the simulation: the usual reason for a deadlock that is none.
    public let foreignJobs: Int
}

extension SimulationError: CustomStringConvertible {
    /// What went wrong, who had not ended, and the last operations.
    public var description: String {
        let what =
            switch reason {
            case .deadlock: "deadlock: nothing can run, nobody sleeps and the body has not returned"
            case .livelock: "livelock: the limit of \(steps) steps is reached and the body has not returned"
            case .thrown(let error): "the body threw \(error)"
            }
        var lines = ["simulation with seed \(seed), at \(instant), after \(steps) steps: \(what)"]
        lines += unfinished.map { "  unfinished: \($0)" }
        if foreignJobs > 0 { lines.append("  \(foreignJobs) jobs ran outside of the simulation") }
        lines += recent.map { "  \($0)" }
        return lines.joined(separator: "\n")
    }
}
