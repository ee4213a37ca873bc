import ResilienceCore

extension SagaRunner {
    /// Where a saga is; `nil` if there is none of that id, or its retention is over.
    ///
    /// Costs a read and a scan.
    ///
    /// - Throws: ``SagaError/unknownStep(saga:step:)`` if the definition does not fit its trail; `StoreError`;
    ///   `CancellationError`.
    public func status(of id: String) async throws -> SagaStatus? {
        try await operations.status(of: id, as: status)
    }

    private func status(_ entry: Space<SagaHead>.Entry) async throws -> SagaStatus {
        let saga = try await load(entry.name)
        return SagaStatus(entry, saga.progress, saga.log)
    }

    /// How a saga ended; waits for that, while another task or process runs it.
    ///
    /// - Throws: ``SagaError``; `StoreError`; `CancellationError`, which does not touch the saga.
    public func result(of id: String) async throws -> SagaResult {
        while true {
            for try await _ in trail(of: id) {}
            if let result = try await load(id).progress.result { return result }
            // It was taken up again after a halt, or is being purged.
            try await store.clock.pause(for: .milliseconds(100))
        }
    }

    /// What a step of a saga gave; `nil` if it has not, or not yet.
    ///
    /// - Throws: `StoreError`; `CancellationError`.
    public func output<Output>(of step: SagaStep<Input, Output>, in id: String) async throws -> Output? {
        let older = definition.migration.renamed.filter { $0.value == step.name }.map(\.key)
        let keys = ([step.name] + older.sorted()).map { records.output(of: $0, of: id) }
        return try await surfacing { try await store.read(keys).compactMap { $0 }.first?.value.get() }
    }

    /// The events of a saga as they are recorded, from its start to its end or halt.
    public func trail(of id: String) -> SagaTrail {
        SagaTrail { [self] entry in
            try await board.listening(to: id) { bell in
                var isRunning = true
                while true {
                    try Task.checkCancellation()
                    var scan = records.trail(of: id)
                    scan.after = .name(records.entry(entry, of: id))
                    let trail = Space<[SagaEvent]>(records.log)
                    let page = try await surfacing { try await trail.scan(scan, in: store) }.map(\.value)
                    if let last = page.last {
                        return (page, page.count < scan.limit && last.last?.kind == .ended)
                    }
                    // As many entries as pages have room for: the end was in the last one.
                    guard isRunning else { return ([], true) }
                    guard let head = try await surfacing({ try await records.heads.read(id, in: store) }) else {
                        throw SagaError.notFound(id)
                    }
                    // What ended between the two looks may have been written between them too.
                    isRunning = head.value.state == .running
                    guard isRunning else { continue }
                    await bell.wait(until: store.clock.now.advanced(by: .seconds(1)), on: store.clock)
                }
            }
        }
    }

    /// The sagas that are in a state, a page of them; see ``SagaOperations/list(_:after:limit:)``.
    ///
    /// - Parameters:
    ///   - state: the state they are in.
    ///   - after: the last one of the page before.
    ///   - limit: how many at most, 1 to ``StoreLimits/results``.
    /// - Throws: as ``status(of:)``.
    public func list(
        _ state: SagaState = .needsAttention,
        after last: SagaStatus? = nil,
        limit: Int = 100
    ) async throws -> [SagaStatus] {
        try await operations.list(state, after: last, limit, as: status)
    }

    func load(_ id: String) async throws -> LoadedSaga<Input> {
        let log = try await operations.log(Scan.prefix("\(id)|", in: records.log), of: id)
        guard let input = try log.input?.get(Input.self) else { throw SagaError.notFound(id) }
        var outputs: [String: StoredValue] = [:]
        for (step, output) in log.outputs { outputs[definition.migration.name(step)] = output }
        let progress = try SagaProgress(
            definition.rules,
            questionLimit: options.questionLimit,
            settleTime: options.settleTime,
            replaying: log.events,
            of: id,
            migration: definition.migration
        )
        return LoadedSaga(input: input, outputs: outputs, progress: progress, log: log)
    }
}
