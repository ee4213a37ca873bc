import ResilienceCore

extension SagaRunner {
    /// Where a saga is; `nil` if there is none of that id, or its retention is over.
    ///
    /// Costs two reads and two scans.
    ///
    /// - Throws: ``SagaError/unknownStep(saga:step:)`` if the definition does not fit its trail; `StoreError`;
    ///   `CancellationError`.
    public func status(of id: String) async throws -> SagaStatus? {
        try await surfacing { () async throws in
            guard let head = try await records.heads.read(id, in: store) else { return nil }
            return SagaStatus(id, head.value, try await load(id).progress)
        }
    }

    /// How a saga ended; waits for that, while another task or process runs it.
    ///
    /// - Throws: ``SagaError``; `StoreError`; `CancellationError`, which does not touch the saga.
    public func result(of id: String) async throws -> SagaResult {
        while true {
            for try await _ in trail(of: id) {}
            if let result = try await load(id).progress.result { return result }
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
                while true {
                    try Task.checkCancellation()
                    var scan = Scan.prefix("\(id)|", in: records.trail.name)
                    scan.after = .name(records.entry(entry, of: id))
                    let page = try await surfacing { try await records.trail.scan(scan, in: store) }.map(\.value)
                    if let last = page.last {
                        return (page, page.count < scan.limit && last.last?.kind == .ended)
                    }
                    guard try await surfacing({ try await records.heads.read(id, in: store) }) != nil else {
                        throw SagaError.notFound(id)
                    }
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
        try await surfacing { () async throws in
            var found: [SagaStatus] = []
            for entry in try await operations.entries(state, after: last, limit) {
                found.append(SagaStatus(entry.name, entry.value, try await load(entry.name).progress))
            }
            return found
        }
    }

    func load(_ id: String) async throws -> LoadedSaga<Input> {
        let events = try await operations.events(of: id)
        var (input, outputs) = (nil as Input?, [String: StoredValue]())
        var next: Scan? = Scan.prefix("\(id)|", in: records.values)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                if let step = records.step(ofValue: record.key.name, of: id) {
                    outputs[definition.migration.name(step)] = record.value
                } else {
                    input = try record.value.get()
                }
            }
            next = scan.following(page)
        }
        guard let input else { throw SagaError.notFound(id) }
        let progress = try SagaProgress(
            definition.rules,
            questionLimit: options.questionLimit,
            replaying: events,
            of: id,
            migration: definition.migration
        )
        return LoadedSaga(input: input, outputs: outputs, progress: progress, trail: events)
    }
}
