extension Idempotency {
    /// The right to do the work of one key, until its lease ends.
    ///
    /// The fence is the revision that this owner was given. An owner that was presumed dead and comes back holds an old
    /// one, and its outcome is refused together with all that was in the same commit.
    public struct Ticket: Sendable {
        /// The key of the record that this ticket guards.
        public let key: RecordKey
        /// The revision that this owner holds; pass it on to a callee that can check it.
        public let fence: Revision
        /// How many owners before this one ended without an outcome.
        ///
        /// If it is not zero, their work may have been done: ask before it is done again, unless the callee honours a
        /// key.
        public let takeovers: Int
        /// When the lease ends, unless it is renewed.
        public private(set) var until: Timestamp

        let record: IdempotencyRecord<Outcome>
        let lease: Duration
        let store: any RecordStore

        init(
            _ key: RecordKey,
            fence: Revision,
            takeovers: Int,
            until: Timestamp,
            record: IdempotencyRecord<Outcome>,
            in owner: Idempotency
        ) {
            self.key = key
            self.fence = fence
            self.takeovers = takeovers
            self.until = until
            self.record = record
            lease = owner.lease
            store = owner.store
        }
    }
}

extension Idempotency.Ticket {
    /// The write that records the outcome, for a batch of the caller's own: it stands or falls with the effect.
    ///
    /// If the commit throws a conflict at ``key``, another caller took the work over.
    public func complete(with outcome: Outcome) -> Write {
        var record = record
        record.completion = .init(outcome: outcome)
        let due = store.clock.now.advanced(by: .microseconds(record.retention))
        return .put(key, record, expect: .revision(fence), due: due)
    }

    /// Records the outcome in one commit with the caller's writes, to its end although the caller may be cancelled.
    ///
    /// - Throws: ``IdempotencyError/lost(key:)`` if another caller took the work over; nothing is written then. Else
    ///   ``StoreError``.
    public func complete(with outcome: Outcome, also writes: [Write]) async throws {
        do {
            try await store.commitShielded(Batch([complete(with: outcome)] + writes))
        } catch {
            throw lost(error) ?? error
        }
    }

    /// Frees the key, so that the next caller proceeds at once: for work that failed and was not done.
    ///
    /// It reaches its end although the caller may be cancelled. If another caller has taken the work over, it does
    /// nothing.
    ///
    /// - Throws: ``StoreError``; the key is then free when the lease ends.
    public func abandon() async throws {
        do {
            try await store.commitShielded(Batch([.delete(key, expect: .revision(fence))]))
        } catch .conflict {
        } catch {
            throw error
        }
    }

    /// Begins the lease anew, from now.
    ///
    /// A lease that has ended cannot be renewed: someone may be taking it over.
    ///
    /// - Throws: ``IdempotencyError/lost(key:)`` if the lease has ended or was taken over; ``StoreError``;
    ///   `CancellationError`.
    public mutating func renew() async throws {
        let end = store.clock.now.advanced(by: lease)
        let renewal = Write.renew(key, expect: .revision(fence), until: end)
        do {
            try await store.commitSettling(Batch([renewal], before: until))
            until = max(until, end)
        } catch {
            throw lost(error) ?? error.surfaced
        }
    }

    private func lost(_ error: StoreError) -> IdempotencyError? {
        if case .late = error { return .lost(key: key.name) }
        return error.conflicts(at: key) ? .lost(key: key.name) : nil
    }
}
