import Synchronization

/// A claimed record while it is being worked on: its fence, and the writes that only its holder can make.
///
/// Every write expects the revision that this holder left behind. A worker that was presumed dead and comes back has a
/// stale revision, so its write is refused with ``StoreError/conflict(_:)`` like any lost update, and an event says so.
/// Renewals keep the revision; they never get in the way of the holder's own writes.
///
/// Settle a lease once: ``finish(also:before:)``, or one of the releases. A worker settles what its handler did not.
public final class Lease: Sendable {
    /// The record that is held.
    public let key: RecordKey
    /// The revision of the claim: the fencing token of this delivery. Hand it to a callee that can check one.
    public let fence: Revision
    /// How often the record was claimed without an outcome, this time included.
    public let deliveries: Int

    private let store: any RecordStore
    private let duration: Duration
    private let observer: (any Observer)?
    private let state: Mutex<State>

    private struct State {
        var revision: Revision
        var tags: [String]
        /// When the lease ends, on the monotonic clock.
        var end: Duration
        var phase = Phase.held
        /// Writes of the holder, ever and at this moment: a renewal that meets one does not mean that the lease is lost.
        var writesBegun = 0
        var writesUnderWay = 0
    }

    private enum Phase {
        /// May be settled (next: settled) or refused by the store (next: lost).
        case held
        /// The outcome is written.
        case settled
        /// Another holder has the record, or it is gone.
        case lost
    }

    /// Takes over a record that a claim gave.
    ///
    /// - Parameters:
    ///   - record: the record, as the claim gave it.
    ///   - uptime: the store's clock's `uptime` from before the claim, so that the end is never late.
    package init(
        _ record: Record,
        from store: any RecordStore,
        for duration: Duration,
        claimedAt uptime: Duration,
        observer: (any Observer)?
    ) {
        key = record.key
        fence = record.revision
        deliveries = record.deliveries
        self.store = store
        self.duration = duration
        self.observer = observer
        state = Mutex(State(revision: record.revision, tags: record.tags, end: uptime + duration))
    }

    /// Whether neither an outcome was written nor a write was refused.
    public var isHeld: Bool { state.withLock { $0.phase == .held } }

    /// Whether the outcome is written.
    var isSettled: Bool { state.withLock { $0.phase == .settled } }

    /// When the lease ends unless it is renewed, on the monotonic clock.
    package var end: Duration { state.withLock { $0.end } }

    // MARK: Writes of the holder

    /// Writes a new value and keeps the lease, for a further full term: the intent before a foreign call.
    ///
    /// - Parameters:
    ///   - value: what the record holds from now on.
    ///   - tags: its tags; `nil` keeps them.
    ///   - writes: further writes for the same commit.
    ///   - before: an instant that must not have passed.
    /// - Throws: ``StoreError/conflict(_:)`` if the record is no longer held, also where the value was written and the
    ///   lease ended before the store answered; and the other store errors. A cancelled
    ///   caller gets ``StoreError/cancelled``, with nothing done.
    public func save(
        _ value: some Codable & Sendable,
        tags: [String]? = nil,
        also writes: [Write] = [],
        before: Timestamp? = nil
    ) async throws(StoreError) {
        let uptime = store.clock.uptime
        let due = store.clock.now.advanced(by: duration)
        let (expected, kept) = state.withLock { (Expectation.revision($0.revision), $0.tags) }
        let put = Write.put(key, value, expect: expected, due: due, tags: tags ?? kept)
        let batch = Batch([put] + writes, before: before)
        try await write { () async throws(StoreError) in
            try await store.commitSettling(batch)
        } applied: { state, revision in
            state.revision = revision
            state.tags = tags ?? kept
            state.end = max(state.end, uptime + duration)
        }
        try checkEnd()
    }

    private func checkEnd() throws(StoreError) {
        guard end <= store.clock.uptime else { return }
        // Answered so late that another may have the record by now: the caller must not go on.
        lose(.leaseLost)
        throw .conflict([.init(key: key, record: nil)])
    }

    /// Applies writes that stand or fall with the lease, and leaves the record as it is: cheaper than to write it again.
    ///
    /// - Parameter writes: the writes.
    /// - Throws: as ``save(_:tags:also:before:)``.
    package func keep(also writes: [Write]) async throws(StoreError) {
        let uptime = store.clock.uptime
        let (expected, end) = state.withLock { (Expectation.revision($0.revision), $0.end) }
        // Half of the term is over only where renewals fail.
        let renews = end - uptime < duration / 2
        let own: Write =
            renews
            ? .renew(key, expect: expected, until: store.clock.now.advanced(by: duration))
            : .verify(key, expect: expected)
        let batch = Batch([own] + writes)
        try await write { () async throws(StoreError) in
            try await store.commitSettling(batch)
        } applied: { state, _ in
            if renews { state.end = max(state.end, uptime + duration) }
        }
        try checkEnd()
    }

    /// Deletes the record: the work is done.
    ///
    /// A cancelled caller is not let down: the outcome is written all the same.
    ///
    /// - Throws: ``StoreError/conflict(_:)`` if the record is no longer held, or if one of `writes` conflicts: then the
    ///   lease stays held, and `conflicts(at: key)` of the error tells the two apart. And the other store errors.
    public func finish(also writes: [Write] = [], before: Timestamp? = nil) async throws(StoreError) {
        try await settle(also: writes, before: before) { .delete($0, expect: $1) }
    }

    /// Gives the record back, to be claimed again at `due`, or never if it is `nil`; the value stays.
    public func release(due: Timestamp?, also writes: [Write] = []) async throws(StoreError) {
        try await settle(also: writes, before: nil) { .reschedule($0, expect: $1, due: due) }
    }

    /// Gives the record back with a new value, to be claimed again at `due`, or never if it is `nil`.
    ///
    /// - Parameters:
    ///   - value: what the record holds from now on.
    ///   - due: when it may be claimed again.
    ///   - tags: its tags; `nil` keeps them.
    ///   - clearingDeliveries: `true` where an outcome was recorded, so that deliveries count anew.
    ///   - writes: further writes for the same commit.
    public func release(
        _ value: some Codable & Sendable,
        due: Timestamp?,
        tags: [String]? = nil,
        clearingDeliveries: Bool = true,
        also writes: [Write] = []
    ) async throws(StoreError) {
        let tags = tags ?? state.withLock { $0.tags }
        let stored = StoredValue(value)
        try await settle(also: writes, before: nil) { key, expected in
            Write(
                key,
                expect: expected,
                effect: .put(stored, due: due, tags: tags, clearingDeliveries: clearingDeliveries)
            )
        }
    }

    private func settle(
        also writes: [Write],
        before: Timestamp?,
        _ write: (RecordKey, Expectation) -> Write
    ) async throws(StoreError) {
        let expected = state.withLock { Expectation.revision($0.revision) }
        let batch = Batch([write(key, expected)] + writes, before: before)
        // What has happened must be recorded, also when the handler was cancelled meanwhile.
        try await self.write { () async throws(StoreError) in
            try await store.commitShielded(batch)
        } applied: { state, _ in
            state.phase = .settled
        }
    }

    private func write(
        _ commit: () async throws(StoreError) -> Revision,
        applied: (inout State, Revision) -> Void
    ) async throws(StoreError) {
        state.withLock { state in
            state.writesBegun += 1
            state.writesUnderWay += 1
        }
        do {
            let revision = try await commit()
            state.withLock { state in
                state.writesUnderWay -= 1
                applied(&state, revision)
            }
        } catch {
            state.withLock { $0.writesUnderWay -= 1 }
            if error.conflicts(at: key) { lose(.fenced) }
            throw error
        }
    }

    // MARK: Renewal

    enum Renewal {
        case renewed
        case lost
        case failed
    }

    /// Moves the end of the lease forward. A conflict means that it is lost, unless the holder wrote meanwhile.
    func renew() async -> Renewal {
        let uptime = store.clock.uptime
        let until = store.clock.now.advanced(by: duration)
        let (revision, begun, isWriting) = state.withLock { ($0.revision, $0.writesBegun, $0.writesUnderWay > 0) }
        do {
            try await store.commit(Batch([.renew(key, expect: .revision(revision), until: until)]))
        } catch .conflict {
            // The holder's write may have changed the revision before it heard of it; if not, it finds out itself.
            let overtaken = state.withLock { isWriting || $0.phase != .held || $0.writesBegun != begun }
            if overtaken { return .renewed }
            lose(.leaseLost)
            return .lost
        } catch {
            return .failed
        }
        state.withLock { $0.end = max($0.end, uptime + duration) }
        return .renewed
    }

    /// Renews at a third of the term until the lease is settled or lost, or the task is cancelled.
    ///
    /// For a holder that has no worker around it.
    ///
    /// - Returns: whether it was lost, by a refusal or since its end has passed without a renewal.
    package func keepRenewed() async -> Bool {
        while isHeld {
            let left = end - store.clock.uptime
            guard left > .zero else {
                lose(.leaseLost)
                return true
            }
            guard (try? await store.clock.pause(for: min(duration / 3, left))) != nil else { return false }
            if isHeld, await renew() == .lost { return true }
        }
        return false
    }

    private func lose(_ kind: ResilienceEvent.Kind) {
        let wasHeld = state.withLock { state in
            guard state.phase == .held else { return false }
            state.phase = .lost
            return true
        }
        // A second settling of a settled lease is refused like any stale write, but nobody took the record away.
        guard wasHeld else { return }
        observer?.observe(
            ResilienceEvent(kind, at: store.clock.now, subject: key.description, ["fence": fence.description])
        )
    }
}
