import ResilienceCore

/// An operation on its way to a store, before it is known what comes of it.
struct StoreCall {
    /// What came of an operation, for the trace.
    struct Answer {
        let keys: [RecordKey]
        let outcome: SimulationStep.Outcome

        static func failed(_ error: StoreError) -> Answer { Answer(keys: [], outcome: .failed(error.name)) }

        /// The same keys, of which the caller is told an error.
        func failing(_ error: StoreError) -> Answer { Answer(keys: keys, outcome: .failed(error.name)) }
    }

    let operation: StoreOperation
    let space: String
    let keys: [RecordKey]
    /// What `indeterminate` names.
    let id: CommitID
    /// The keys at which an injected conflict may stand.
    let refusable: [RecordKey]

    init(
        _ operation: StoreOperation,
        space: String,
        keys: [RecordKey] = [],
        id: CommitID = CommitID(origin: 0, number: 0),
        refusable: [RecordKey] = []
    ) {
        self.operation = operation
        self.space = space
        self.keys = keys
        self.id = id
        self.refusable = refusable
    }
}

extension StoreError {
    fileprivate var name: String {
        switch self {
        case .conflict: "conflict"
        case .late: "late"
        case .indeterminate: "indeterminate"
        case .cancelled: "cancelled"
        case .unavailable: "unavailable"
        case .invalid: "invalid"
        }
    }
}
