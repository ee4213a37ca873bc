public import ResilienceCore

/// One operation of a ``SimulatedStore`` in the trace of a simulation: who asked what of it when, and what came of it.
public struct SimulationStep: Sendable, Hashable {
    /// What came of an operation.
    public enum Outcome: Sendable, Hashable {
        /// It gave records, or wrote them: their revisions in the order of the keys, `nil` where there was none.
        case revisions([Revision?])
        /// It counted that many.
        case count(Int)
        /// It threw the `StoreError` of that name.
        case failed(String)
    }

    /// The name of the task, as ``SimulatedTask/name`` has it.
    public let task: String
    /// What was asked.
    public let operation: StoreOperation
    /// The space that was scanned, counted or claimed from, or that of the first key.
    public let space: String
    /// The keys that were read or written; those found by a scan or claim.
    public let keys: [RecordKey]
    /// What came of it, as the caller was told.
    public let outcome: Outcome
    /// The fault that was injected, if any.
    public let fault: Fault?
    /// When, on the clock of the store.
    public let instant: Timestamp
}

extension SimulationStep: CustomStringConvertible {
    /// One line: instant, task, operation, keys, outcome and fault.
    public var description: String {
        let what = keys.isEmpty ? space : keys.map(\.description).joined(separator: ", ")
        return "\(instant) \(task): \(operation) \(what) → \(outcome)\(fault.map { " (\($0))" } ?? "")"
    }
}

extension SimulationStep.Outcome: CustomStringConvertible {
    /// The revisions, the number or the name of the error.
    public var description: String {
        switch self {
        case .revisions(let revisions): revisions.map { $0?.description ?? "none" }.joined(separator: ", ")
        case .count(let count): "\(count)"
        case .failed(let name): name
        }
    }
}

/// The operations of a store.
public enum StoreOperation: String, CaseIterable, Sendable, Hashable, CustomStringConvertible {
    /// Records by key.
    case read
    /// A part of a space.
    case scan
    /// How many a scan would find.
    case count
    /// Writes.
    case commit
    /// Due records, leased.
    case claim

    /// The name of the operation.
    public var description: String { rawValue }
}
