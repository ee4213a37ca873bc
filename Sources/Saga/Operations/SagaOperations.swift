public import ResilienceCore

/// What an operator sees and does in a store of sagas, without their definition: by what their trails tell.
///
/// ```swift
/// let sagas = try SagaOperations("book-trip", on: store)
/// for saga in try await sagas.list(.needsAttention) {
///     for step in saga.steps where step.needsAttention {
///         try await sagas.retry(step.name, of: saga.id, by: "ann", note: "the hotel is back")
///     }
/// }
/// ```
///
/// Whoever runs ``SagaRunner/run()`` over the store goes on from there. Steps are called what they were called when they were
/// recorded; where a definition was changed under a saga that has halted, the runner knows more.
public struct SagaOperations: Sendable {
    /// What operators did, by the id of the saga: the trail `saga.<name>`.
    public let audit: AuditLog

    let store: any RecordStore
    let records: SagaRecords

    /// Creates the face of the sagas of one definition.
    ///
    /// - Parameters:
    ///   - name: the name of the definition.
    ///   - store: where the sagas are.
    /// - Throws: `InvalidArgument` for a name that is not allowed.
    public init(_ name: String, on store: any RecordStore) throws(InvalidArgument) {
        try SagaRecords.check(definition: name)
        audit = try AuditLog("saga.\(name)", on: store)
        records = SagaRecords(name)
        self.store = store
    }

    // MARK: Looking

    /// The sagas that are in a state, a page of them: those first that have been in it longest, those that are running by
    /// their ids.
    ///
    /// Costs a scan, and one for each saga of the page. Those that are running are looked for among all that are kept.
    ///
    /// - Parameters:
    ///   - state: the state they are in.
    ///   - last: the last one of the page before.
    ///   - limit: how many at most, 1 to ``StoreLimits/results``.
    /// - Throws: `StoreError`; `CancellationError`.
    public func list(
        _ state: SagaState = .needsAttention,
        after last: SagaStatus? = nil,
        limit: Int = 100
    ) async throws -> [SagaStatus] {
        try await list(state, after: last, limit, as: status)
    }

    /// Where a saga is; `nil` if there is none of that id, or its retention is over.
    ///
    /// - Throws: `StoreError`; `CancellationError`.
    public func status(of id: String) async throws -> SagaStatus? {
        try await status(of: id, as: status)
    }

    /// Each line of the trail of a saga up to now, the oldest first; none if there is no saga of that id.
    ///
    /// - Throws: `StoreError`; `CancellationError`.
    public func events(of id: String) async throws -> [SagaEvent] {
        try await surfacing { try await log(of: id).events }
    }

    // MARK: For whoever makes a status of a head

    func list(
        _ state: SagaState,
        after last: SagaStatus?,
        _ limit: Int,
        as status: (Space<SagaHead>.Entry) async throws -> SagaStatus
    ) async throws -> [SagaStatus] {
        try await surfacing { () async throws in
            var found: [SagaStatus] = []
            for entry in try await entries(state, after: last, limit) { found.append(try await status(entry)) }
            return found
        }
    }

    func status(
        of id: String,
        as status: (Space<SagaHead>.Entry) async throws -> SagaStatus
    ) async throws -> SagaStatus? {
        try await surfacing { () async throws in
            guard let entry = try await records.heads.read(id, in: store) else { return nil }
            return try await status(entry)
        }
    }

    private func entries(_ state: SagaState, after last: SagaStatus?, _ limit: Int) async throws -> [Space<SagaHead>.Entry] {
        guard state == .running else {
            var scan = Scan.prefix("s=\(state.rawValue)|", in: records.heads.name, by: .tag)
            scan.limit = limit
            if let last, let tag = records.tags(state, at: last.updatedAt).first { scan.after = .tag(tag, name: last.id) }
            return try await records.heads.scan(scan, in: store)
        }
        var found: [Space<SagaHead>.Entry] = []
        var next: Scan? = Scan(records.heads.name)
        if let last { next?.after = .name(last.id) }
        while let scan = next, found.count < limit {
            let page = try await store.scan(scan)
            for record in page {
                let entry = try Space<SagaHead>.Entry(record)
                if entry.value.state == .running { found.append(entry) }
            }
            next = scan.following(page)
        }
        return Array(found.prefix(limit))
    }

    private func status(_ entry: Space<SagaHead>.Entry) async throws -> SagaStatus {
        let log = try await log(of: entry.name)
        return SagaStatus(entry, SagaProgress(replaying: log.events), log)
    }

    /// The trail of a saga.
    func log(of id: String) async throws -> SagaLog { try await log(records.trail(of: id), of: id) }

    /// What a scan of a saga's log finds, page by page.
    func log(_ scan: Scan, of id: String) async throws -> SagaLog {
        var log = SagaLog()
        var next: Scan? = scan
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page { try log.add(record, of: id) }
            next = scan.following(page)
        }
        return log
    }
}

/// Turns a cancelled store call into a `CancellationError`.
func surfacing<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch {
        throw (error as? StoreError)?.surfaced ?? error
    }
}
