/// Collects the records of one space that have become due: retention, purge, lapse.
///
/// It takes no lease. It looks at what is due and commits at the revisions it read, at most 200 writes at once; whatever
/// conflicts was changed by someone else and is left out. So any number of sweepers may run on one space.
///
/// ```swift
/// let sweeper = Sweeper("inbox-ids.webhooks", on: store)
/// try await sweeper.run(every: .seconds(60))
/// ```
///
/// A renewal keeps a record's revision, so it does not protect a record from being collected: sweep spaces whose records
/// are not renewed, or look at their state in `collecting`.
public struct Sweeper: Sendable {
    /// The space that is swept.
    public let space: String
    private let store: any RecordStore
    private let observer: (any Observer)?
    private let collecting: @Sendable (Record, Timestamp) throws -> [Write]

    /// Writes in one commit, at most, unless one record alone has more.
    private static let batchSize = 200

    /// Creates a sweeper; it does nothing until it is asked to.
    ///
    /// - Parameters:
    ///   - space: the space that is swept.
    ///   - store: where it lies.
    ///   - observer: told of records that could not be collected, and of sweeps that failed.
    ///   - collecting: the writes that collect a due record at an instant of the store's clock, each with the expectation
    ///     that protects it; none to leave it. Writes for different records concern different keys. The default deletes.
    public init(
        _ space: String,
        on store: any RecordStore,
        observer: (any Observer)? = nil,
        collecting: @escaping @Sendable (Record, Timestamp) throws -> [Write] = Sweeper.deleting
    ) {
        self.space = space
        self.store = store
        self.observer = observer
        self.collecting = collecting
    }

    /// Deletes the record at the revision read.
    @Sendable public static func deleting(_ record: Record, at now: Timestamp) -> [Write] {
        [.delete(record.key, expect: .revision(record.revision))]
    }

    /// Collects all that is due now, once.
    ///
    /// - Returns: how many records were collected.
    /// - Throws: ``StoreError``, or `CancellationError`; what was collected before stays so.
    @discardableResult
    public func sweep() async throws -> Int {
        do {
            return try await collectAll(at: store.clock.now)
        } catch {
            throw error.surfaced
        }
    }

    /// Sweeps now and then again and again, until the task is cancelled.
    ///
    /// A sweep that fails is an event, and the next one tries again.
    ///
    /// - Throws: `CancellationError`, and nothing else.
    public func run(every interval: Duration = .seconds(60)) async throws {
        while true {
            do {
                try await sweep()
            } catch let error as StoreError {
                note(.sweepFailed, subject: space, error)
            }
            // Not less than a millisecond: an interval of zero would spin.
            try await store.clock.pause(for: max(interval, .milliseconds(1)))
        }
    }

    private func collectAll(at now: Timestamp) async throws(StoreError) -> Int {
        var collected = 0
        var next: Scan? = Scan(space, by: .due(through: now), limit: Self.batchSize)
        while let scan = next {
            let page = try await store.scan(scan)
            var pending: [[Write]] = []
            var size = 0
            for record in page {
                let writes = self.writes(for: record, at: now)
                guard !writes.isEmpty else { continue }
                if size + writes.count > Self.batchSize {
                    collected += try await collect(pending)
                    (pending, size) = ([], 0)
                }
                pending.append(writes)
                size += writes.count
            }
            collected += try await collect(pending)
            next = scan.following(page)
        }
        return collected
    }

    private func writes(for record: Record, at now: Timestamp) -> [Write] {
        do {
            return try collecting(record, now)
        } catch {
            note(.sweepSkipped, subject: record.key.description, error)
            return []
        }
    }

    /// Commits the writes of each record, dropping the records that conflict, and gives how many were left.
    private func collect(_ pending: [[Write]]) async throws(StoreError) -> Int {
        var pending = pending
        while !pending.isEmpty {
            do {
                try await store.commitSettling(Batch(pending.flatMap { $0 }))
                return pending.count
            } catch .conflict(let conflicts) {
                let taken = Set(conflicts.map(\.key))
                let before = pending.count
                pending.removeAll { $0.contains { taken.contains($0.key) } }
                guard pending.count < before else { throw .conflict(conflicts) }
            }
        }
        return 0
    }

    private func note(_ kind: ResilienceEvent.Kind, subject: String, _ error: any Error) {
        guard let observer else { return }
        let attributes = ["error": "\(type(of: error))"]
        observer.observe(ResilienceEvent(kind, at: store.clock.now, subject: subject, attributes))
    }
}

extension ResilienceEvent.Kind {
    /// A sweep ended with an error of the store; the next one tries again.
    public static let sweepFailed = Self("sweeper.failed")
    /// A due record could not be collected, for example since its value cannot be decoded; it stays.
    public static let sweepSkipped = Self("sweeper.skipped")
}
