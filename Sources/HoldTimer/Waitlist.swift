public import ResilienceCore

/// Those who wait for what is taken, in the order of their priority and then of their coming.
///
/// When something is freed, by a release, a cancellation or an expiry, the first in line for whom there is room is offered
/// it: a hold is made for them, and a message tells of it, in one commit. Confirmed, the offer is their booking. Declined
/// or lapsed, it passes on to the next.
///
/// ```swift
/// let waitlist = try Waitlist(for: desk)
/// let entry = try await waitlist.join([HoldItem("court-1", evening)], by: "bob", priority: 1)
/// // In some process, until its task is cancelled:
/// async let _ = waitlist.run { message in try await push.publish(message.body) }
/// ```
///
/// When Bob has answered the message that he was sent:
///
/// ```swift
/// let booking = try await waitlist.accept(entry.id)
/// ```
///
/// Whenever an offer is made, nobody waits for one of its resources, with a better rank, whose items were all free in the
/// store at that instant. Those who ask the desk itself stand in no line: they may come between. An offer counts as
/// a live hold of its holder, but is not refused for their number.
///
/// Every method throws ``HoldError`` where the entry or its offer does not allow it, `InvalidArgument`, the errors of the
/// store, and `CancellationError` with nothing done.
public struct Waitlist: Sendable {
    let desk: HoldDesk
    let duration: Duration
    let messages: Outbox<WaitlistEntry>

    var store: any RecordStore { desk.store }
    var records: HoldRecords { desk.records }

    /// Creates the waitlist of a desk; it keeps nothing itself. A desk has one, however often this is called.
    ///
    /// - Parameters:
    ///   - desk: where holds are made.
    ///   - duration: how long an offer lasts, more than zero.
    /// - Throws: `InvalidArgument` for a length that is not allowed.
    public init(for desk: HoldDesk, offering duration: Duration = .seconds(600)) throws(InvalidArgument) {
        self.desk = desk
        self.duration = try duration.positive("duration")
        messages = try Outbox("hold.\(desk.name).offers", on: desk.store)
    }

    /// Takes a place in the line of each resource; all items are offered together. If they are free, at once.
    ///
    /// - Parameters:
    ///   - items: 1 to 7, each resource once, as for a hold.
    ///   - holder: who waits, and will hold.
    ///   - priority: the greater, the earlier the turn.
    ///   - until: how long to wait; at most, and by default, until one of the intervals has passed.
    /// - Throws: ``HoldError/invalidInterval(from:until:)``; `InvalidArgument`. After `StoreError.indeterminate` the entry
    ///   may be there: look at ``entries(of:)``.
    /// - Returns: the entry, which has joined.
    public func join(
        _ items: [HoldItem],
        by holder: String,
        priority: Int = 0,
        until: Timestamp? = nil
    ) async throws -> WaitlistEntry {
        try desk.validate(items, holder)
        let now = store.clock.now
        let ends = items.compactMap { if case .interval(_, let end) = $0.span { end } else { nil } }
        if let until, until <= now { throw InvalidArgument(field: "until", value: until, allowed: "later than now") }
        let entry = WaitlistEntry(
            id: desk.ids.next(at: now),
            holder: holder,
            items: items,
            priority: priority,
            joinedAt: now,
            until: (ends + [until].compactMap(\.self)).min()
        )
        let put = records.put(entry, expect: .absent, retention: desk.options.retention, at: now)
        do {
            // The lines are looked along at once: what is waited for may have become free since it was asked for.
            try await store.commitSettling(Batch([put] + items.map { records.waking($0.resource, at: now) }))
        } catch { throw error.surfaced }
        return entry
    }

    /// The entry as it is recorded.
    ///
    /// - Throws: ``HoldError/notFound(_:)``.
    public func status(_ id: String) async throws -> WaitlistEntry {
        do { return try await entry(id).value } catch { throw desk.surfaced(error) }
    }

    /// The entries of a holder that wait or were made an offer; at most 1,000.
    public func entries(of holder: String) async throws -> [WaitlistEntry] {
        try HoldName.check(holder, field: "holder")
        let tag = HoldRecords.waiting(holder)
        do {
            let found = try await records.entries.scan(Scan("", by: .tag, from: tag, until: tag + "\u{1}"), in: store)
            return found.map(\.value)
        } catch { throw error.surfaced }
    }

    /// Turns the offer of an entry into a booking, as ``HoldDesk/confirm(_:also:)`` of that hold does.
    ///
    /// - Throws: as that; ``HoldError/notOffered(_:)`` while the entry waits.
    @discardableResult
    public func accept(_ id: String, also writes: [Write] = []) async throws -> Hold {
        let entry = try await status(id)
        guard let offer = entry.offer else { throw entry.refusal }
        return try await desk.confirm(offer, also: writes)
    }

    /// Gives the offer of an entry back: it passes on, and the entry has ended.
    ///
    /// - Throws: as ``HoldDesk/release(_:also:)`` does; ``HoldError/notOffered(_:)`` while the entry waits.
    public func decline(_ id: String) async throws {
        let entry = try await status(id)
        guard let offer = entry.offer else { throw entry.refusal }
        try await desk.release(offer)
    }

    /// Leaves the line, or declines the offer that was made meanwhile.
    ///
    /// - Throws: ``HoldError/alreadyReleased(_:)`` if the entry has left, ``HoldError/holdExpired(_:)``,
    ///   ``HoldError/alreadyConfirmed(_:)``, ``HoldError/notFound(_:)``.
    public func leave(_ id: String) async throws {
        try await desk.untilSettled {
            let entry = try await entry(id)
            if entry.value.offer != nil { return try await decline(id) }
            guard entry.value.state == .waiting else { throw entry.value.refusal }
            let left = entry.value.with(.cancelled)
            let (retention, now) = (desk.options.retention, store.clock.now)
            let put = records.put(left, expect: entry.unchanged, retention: retention, at: now)
            // Nobody may be left in a line: it is looked along, and goes.
            return try await desk.commit([put] + left.items.map { records.waking($0.resource, at: now) }) ? () : nil
        }
    }

    private func entry(_ id: String) async throws -> Space<WaitlistEntry>.Entry {
        guard (1...StoreLimits.nameBytes).contains(id.utf8.count), !id.utf8.contains(0),
            let entry = try await records.entries.read(id, in: store)
        else { throw HoldError.notFound(id) }
        return entry
    }
}

extension WaitlistEntry {
    /// Why there is no offer to accept, decline or leave.
    fileprivate var refusal: HoldError {
        switch state {
        case .waiting, .notified, .booked: .notOffered(id)
        case .expired: .holdExpired(id)
        case .cancelled: .alreadyReleased(id)
        }
    }
}
