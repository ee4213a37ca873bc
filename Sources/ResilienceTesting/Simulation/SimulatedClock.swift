public import ResilienceCore

/// The clock of a simulation: it moves to the next sleeper's deadline whenever nothing else can run.
///
/// Time therefore passes only in waits: a wait of an hour costs nothing, and code between two waits takes no time.
public struct SimulatedClock: WallClock {
    let manual: ManualClock
    let executor: SeededExecutor

    /// The instant of the simulation.
    public var now: Timestamp { manual.now }

    /// One microsecond.
    public var minimumResolution: Duration { .microseconds(1) }

    /// Waits until the simulation has reached `deadline`; returns at once for an instant that has passed.
    ///
    /// In a process that has crashed it waits for the end of the run.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled, and when the run is over.
    public func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        executor.noteCaller()
        if executor.isClosed { throw CancellationError() }
        try await SimulatedProcess.current?.stopIfCrashed()
        try await manual.sleep(until: deadline, tolerance: tolerance)
        try await SimulatedProcess.current?.stopIfCrashed()
    }
}
