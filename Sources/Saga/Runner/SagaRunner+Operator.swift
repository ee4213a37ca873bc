import ResilienceCore

extension SagaRunner {
    /// Asks for a saga to be cancelled: what is under way ends, then what was done is undone.
    ///
    /// Behind the pivot it changes nothing. The request is stored, and followed by whoever runs the saga.
    ///
    /// - Parameters:
    ///   - id: the saga.
    ///   - who: who asks, for the trail.
    /// - Returns: `false` if the saga has ended already.
    /// - Throws: ``SagaError/notFound(_:)``; `StoreError`; `CancellationError`.
    @discardableResult
    public func cancel(_ id: String, by who: String) async throws -> Bool {
        defer { board.ring(id) }
        return try await operations.cancel(id, by: who)
    }

    /// Has a step tried again that needs a person: one that failed behind the pivot, whose outcome is not known, that
    /// could not be undone, or whose failure could not be handled.
    ///
    /// One with `resolve` whose outcome is not known is asked about first. Without one it is run again; if that is refused,
    /// it needs a person again, since what was done before may stand. Where the saga has turned back it is undone instead,
    /// and one that has no compensation is refused: find out and ``skip(_:of:by:note:)`` it. Recorded in ``audit``, in the
    /// same commit.
    ///
    /// - Parameters:
    ///   - step: the step.
    ///   - id: the saga.
    ///   - who: the operator.
    ///   - note: why.
    /// - Throws: ``SagaError/notFound(_:)``; ``SagaError/needsNoAttention(saga:step:)``; ``SagaError/unknownStep(saga:step:)``
    ///   if the definition does not fit the trail; `StoreError`; `CancellationError`.
    public func retry(_ step: String, of id: String, by who: String, note: String? = nil) async throws {
        defer { board.ring(id) }
        try await operations.mend(.operatorRetried, step, of: id, by: who, note) { id in
            let (progress, log) = try await look(at: id)
            guard progress.index(of: step).map(progress.mayRetry) ?? true else {
                throw SagaError.needsNoAttention(saga: id, step: step)
            }
            return (progress, log)
        }
    }

    /// Has a step left as it is that needs a person, who has seen to it; the saga goes on in its direction.
    ///
    /// One that failed or whose outcome is not known is neither run nor undone; one that could not be undone counts as
    /// undone, and a failure that could not be handled as handled. Recorded in ``audit``, in the same commit.
    ///
    /// Of a saga that was cancelled meanwhile, skip a pivot that was not done: what stands before it is undone. One that was
    /// done is for ``retry(_:of:by:note:)``: its `resolve` finds it, and the saga goes forward.
    ///
    /// - Parameters:
    ///   - step: the step.
    ///   - id: the saga.
    ///   - who: the operator.
    ///   - note: why.
    /// - Throws: as ``retry(_:of:by:note:)``.
    public func skip(_ step: String, of id: String, by who: String, note: String? = nil) async throws {
        defer { board.ring(id) }
        try await operations.mend(.operatorSkipped, step, of: id, by: who, note, look)
    }

    private func look(at id: String) async throws -> (SagaProgress, SagaLog) {
        let saga = try await load(id)
        return (saga.progress, saga.log)
    }
}
