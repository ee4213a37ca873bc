extension RecordStore {
    /// Commits a batch, and tries again where trying again may settle what happened.
    ///
    /// `unavailable` is tried again after a wait, and so is `indeterminate`, with its id, so that the batch is applied
    /// once. All else is the caller's to decide and is thrown at once. The waits are 10 ms, doubled each time up to 1 s,
    /// on the store's clock; 8 tries end after about 1.3 s.
    ///
    /// ```swift
    /// try await store.commitSettling(Batch([orders.put(order, at: order.id, expect: .absent)]))
    /// ```
    ///
    /// - Parameters:
    ///   - batch: what is committed; if it carries an id, an earlier try of it is taken for unsettled.
    ///   - tries: how often at most it is handed in; at least once.
    /// - Returns: the revision of the records written.
    /// - Throws: ``StoreError/indeterminate(_:)`` if a try was indeterminate and none after it settled it, also when the
    ///   last one failed otherwise or the task was cancelled: a caller never reads "nothing was done" of a batch that
    ///   may have been applied. Else the error of the last try.
    @discardableResult
    public func commitSettling(_ batch: Batch, tries: Int = 8) async throws(StoreError) -> Revision {
        var settling = Settling(id: batch.id, tries: tries)
        var batch = batch
        while true {
            let wait: Duration
            do {
                return try await commit(batch)
            } catch {
                wait = try settling.wait(after: error)
            }
            batch.id = settling.id
            do { try await clock.pause(for: wait) } catch { throw settling.unsettled(or: .cancelled) }
        }
    }

    /// Commits a batch as ``commitSettling(_:tries:)`` does, although the caller may be cancelled.
    ///
    /// For the outcome of something that has happened already: a caller that goes away must not lose it. Costs a task,
    /// but only if the caller is cancelled.
    ///
    /// - Throws: as ``commitSettling(_:tries:)``, never ``StoreError/cancelled``.
    @discardableResult
    public func commitShielded(_ batch: Batch, tries: Int = 8) async throws(StoreError) -> Revision {
        var batch = batch
        do {
            return try await commitSettling(batch, tries: tries)
        } catch .cancelled {
        } catch .indeterminate(let id) where Task.isCancelled {
            batch.id = id
        }
        let remaining = batch
        do {
            return try await shielded { try await self.commitSettling(remaining, tries: tries) }
        } catch {
            throw error as? StoreError ?? .unavailable(error)
        }
    }
}

/// What to do after a commit that failed; pure.
struct Settling {
    /// The id of a try whose outcome is not known.
    private(set) var id: CommitID?
    private var left: Int
    private var next = Duration.milliseconds(10)

    init(id: CommitID?, tries: Int) {
        self.id = id
        left = max(tries, 1)
    }

    /// How long to wait before the next try; throws what the caller is told if there is none.
    mutating func wait(after error: StoreError) throws(StoreError) -> Duration {
        switch error {
        case .indeterminate(let id): self.id = id
        case .unavailable: break
        case .cancelled: throw unsettled(or: error)
        case .conflict, .late, .invalid: throw error
        }
        left -= 1
        guard left > 0 else { throw unsettled(or: error) }
        defer { next = min(next * 2, .seconds(1)) }
        return next
    }

    /// `error`, unless an earlier try may have been applied.
    func unsettled(or error: StoreError) -> StoreError { id.map { .indeterminate($0) } ?? error }
}

extension StoreError {
    /// What a primitive throws for this error: a cancelled call becomes `CancellationError`.
    package var surfaced: any Error {
        guard case .cancelled = self else { return self }
        return CancellationError()
    }
}
