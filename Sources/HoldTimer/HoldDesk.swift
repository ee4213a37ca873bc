public import ResilienceCore

/// Gives out time-limited holds on resources, and turns them into bookings: what is held cannot be held twice.
///
/// A hold blocks its resources until its deadline. Confirmed before that, it is a booking, which blocks until it is
/// cancelled or past. Of any number of callers, in any number of processes on one store, one wins; the others are told
/// what is in their way. No task waits for a hold: the deadline is compared inside each commit, and a hold past it blocks
/// nobody, whether or not ``run(options:observer:onExpired:)`` has recorded that.
///
/// ```swift
/// let desk = try HoldDesk("courts", on: store)
/// let evening = HoldSpan.interval(from: sevenPM, until: eightPM)
/// let hold = try await desk.hold([HoldItem("court-1", evening)], by: "ann")
/// _ = try await gateway.charge(hold.id, euros: 20)
/// let booking = try await desk.confirm(hold.id, also: [orders.put(order, at: order.id, expect: .absent)])
/// ```
///
/// Every method throws ``HoldError`` where the hold does not allow it, `InvalidArgument`, the errors of the store, and
/// `CancellationError` with nothing done.
///
/// A hold costs two operations of the store, one more for each resource or unit that is held by intervals, two more where
/// holders have a limit, as they do by default, and one more with an id of the caller's. A change of it costs two or
/// three, what is free two for each unit, or three of one that is held whole. Each time that another caller was faster,
/// or a hold past its deadline is in the way, costs as many again.
public struct HoldDesk: Sendable {
    /// The name: its records are in the space `hold.<name>` and in those that Docs/Architecture.md lists, its messages in
    /// `outbox.hold.<name>`.
    public let name: String
    let store: any RecordStore
    let options: HoldOptions
    let records: HoldRecords
    let outbox: Outbox<Hold>
    let ids: HoldIDs

    /// Creates a desk; it keeps nothing itself. Desks of one name on one store are given the same options.
    ///
    /// - Throws: `InvalidArgument` for a name or an option that is not allowed.
    public init(
        _ name: String,
        on store: any RecordStore,
        options: HoldOptions = HoldOptions()
    ) throws(InvalidArgument) {
        try options.validate()
        guard (1...400).contains(name.utf8.count), !name.utf8.contains(0), !HoldRecords.isReserved(name) else {
            let reserved = HoldRecords.reserved.joined(separator: ", ")
            throw InvalidArgument(
                field: "name",
                value: name,
                allowed: "1...400 bytes without NUL, not ending in \(reserved)"
            )
        }
        self.name = name
        self.store = store
        self.options = options
        records = try HoldRecords(name, findsHolders: options.holdsPerHolder != nil)
        outbox = try Outbox("hold.\(name)", on: store)
        ids = HoldIDs(seed: options.seed)
        _ = try Worker(records.holds, on: store, options: options.worker) { _ in }
    }

    // MARK: Holding

    /// Holds all items, or none.
    ///
    /// Where an answer may be lost, give an id of your own and call again with it: the hold that was made is returned, if
    /// it is active or a booking, rather than being in the way of its own holder.
    ///
    /// - Parameters:
    ///   - items: 1 to 7, each resource once, with at most 300 units in all.
    ///   - holder: who holds it: 1 to 200 bytes, without control characters.
    ///   - duration: until when, from now; more than zero, at most ``HoldOptions/longest``. By default
    ///     ``HoldOptions/duration``.
    ///   - id: the id of the hold, another one for each: 1 to 200 printable characters of ASCII. By default one is drawn.
    ///     It is known until the record of the hold is purged; ask no more for it then.
    /// - Throws: ``HoldError/slotUnavailable(_:)``, ``HoldError/tooManyHolds(limit:)``,
    ///   ``HoldError/invalidInterval(from:until:)``; of an `id` that was held before ``HoldError/holdExpired(_:)`` or
    ///   ``HoldError/alreadyReleased(_:)``, and `InvalidArgument` if by another holder or for other items. After
    ///   `StoreError.indeterminate` the hold may be there; without an `id` of yours it is in the way until it expires.
    public func hold(
        _ items: [HoldItem],
        by holder: String,
        for duration: Duration? = nil,
        id: String? = nil
    ) async throws -> Hold {
        let length = duration ?? options.duration
        try validate(items, holder)
        if let id { try HoldName.check(id: id) }
        guard length > .zero, length <= options.longest else {
            throw InvalidArgument(field: "duration", value: length, allowed: "more than zero, to \(options.longest)")
        }
        do {
            return try await untilSettled {
                if let id, let made = try await made(id, items, holder) { return made }
                let now = store.clock.now
                let own = id ?? ids.next(at: now)
                var writes: [Write] = []
                writes.reserveCapacity(4)
                if let limit = options.holdsPerHolder { writes.append(try await seat(for: holder, of: limit, at: now)) }
                guard let taken = try await room(for: items, as: own, at: now, adding: &writes) else { return nil }
                let deadline = now.advanced(by: length)
                let hold = Hold(id: own, holder: holder, items: taken, createdAt: now, expiresAt: deadline)
                records.put(hold, expect: .absent, retention: options.retention, at: now, to: &writes)
                return try await commit(writes) ? hold : nil
            }
        } catch {
            // What is in the way may be the very hold, made by another try meanwhile.
            guard error is HoldError, let id, let made = try await made(id, items, holder) else { throw error }
            return made
        }
    }

    /// The hold of that id, if an earlier call made it.
    private func made(_ id: String, _ items: [HoldItem], _ holder: String) async throws -> Hold? {
        guard let hold = try await records.holds.read(id, in: store)?.value else { return nil }
        guard Bytes.equal(hold.holder, holder), Set(HoldItem.asking(for: hold.items)) == Set(items) else {
            throw InvalidArgument(field: "id", value: id, allowed: "one of its own for each hold")
        }
        switch hold.state {
        case .active where hold.isLapsed(at: store.clock.now) && !options.confirmGrace: throw HoldError.holdExpired(id)
        case .active, .confirmed: return hold
        case .expired: throw HoldError.holdExpired(id)
        case .released: throw HoldError.alreadyReleased(id)
        }
    }

    /// Units and resources in one hold: each is up to two writes, and a batch has room for a thousand.
    private static let most = 300

    func validate(_ items: [HoldItem], _ holder: String) throws {
        try HoldName.check(holder, field: "holder")
        guard (1...7).contains(items.count), items.count == 1 || areDistinct(items) else {
            throw InvalidArgument(field: "items", value: items.count, allowed: "1...7, each resource once")
        }
        var (tags, units) = (1, 0)
        let now = store.clock.now
        for item in items {
            try item.validate(at: now)
            units += item.lanesNeeded
            if item.span == .whole { tags += item.lanesNeeded }
        }
        guard units <= Self.most else {
            throw InvalidArgument(field: "items", value: units, allowed: "at most \(Self.most) units in all")
        }
        guard tags <= StoreLimits.tags else {
            throw InvalidArgument(field: "items", value: tags - 1, allowed: "at most 7 whole resources or units")
        }
    }

    private func areDistinct(_ items: [HoldItem]) -> Bool {
        Set(items.map { records.guards.key($0.resource) }).count == items.count
    }

    /// The write by which two holds of one holder at once conflict, where there is a limit.
    private func seat(for holder: String, of limit: Int, at now: Timestamp) async throws -> Write {
        let entry = try await records.holders.read(holder, in: store)
        let from = HoldRecords.holderTag(holder, now.advanced(by: .microseconds(1)))
        let until = HoldRecords.holderTag(holder, .distantFuture) + "~"
        let scan = Scan(records.holds.name, by: .tag, from: from, until: until, limit: limit)
        guard try await store.scan(scan).count < limit else { throw HoldError.tooManyHolds(limit: limit) }
        let due = now.advanced(by: options.longest)
        return records.holders.put(HolderGuard(), at: holder, expect: entry?.unchanged ?? .absent, due: due)
    }

    /// What a hold of that id would take, with the guards in `writes`; `nil` to look again, after what had lapsed was
    /// recorded.
    func room(
        for items: [HoldItem],
        as id: String,
        at now: Timestamp,
        adding writes: inout [Write]
    ) async throws -> [Hold.Item]? {
        switch try await placement(at: now).place(items, for: id, adding: &writes) {
        case .free(let taken): return taken
        case .blocked(let blockers): throw HoldError.slotUnavailable(Array(blockers.prefix(10)))
        case .lapsed(let holds):
            for (id, slots) in holds.sorted(by: { $0.key < $1.key }) {
                try await expire(id, slots) { try await commit($0) }
            }
            return nil
        }
    }

    func placement(at now: Timestamp) -> HoldPlacement {
        HoldPlacement(store: store, records: records, retention: options.retention, now: now)
    }

    // MARK: Committing

    /// Repeats until the body has an answer. Each time another caller was faster, so all of them make progress: the task
    /// only lets others go on, and waits on the clock where very many contend.
    func untilSettled<Answer>(_ body: () async throws -> Answer?) async throws -> Answer {
        do {
            for round in 0..<1_000 {
                if let answer = try await body() { return answer }
                try Task.checkCancellation()
                if round < 100 { await Task.yield() } else { try await store.clock.pause(for: ids.pause(upTo: 20)) }
            }
            throw HoldError.contended
        } catch { throw surfaced(error) }
    }

    /// Commits; `false` if a record of the desk was changed meanwhile. A conflict of the caller's own writes is thrown.
    func commit(_ writes: [Write], also own: [Write] = [], before: Timestamp? = nil) async throws -> Bool {
        do {
            try await store.commitSettling(Batch(own.isEmpty ? writes : writes + own, before: before))
            return true
        } catch {
            guard case .conflict(let conflicts) = error else { throw error }
            let keys = Set(own.map(\.key))
            // Where both changed the desk decides first: its answer says why.
            guard conflicts.allSatisfy({ keys.contains($0.key) }) else { return false }
            throw error
        }
    }

    func entry(_ id: String) async throws -> Space<Hold>.Entry {
        guard (1...StoreLimits.nameBytes).contains(id.utf8.count), !id.utf8.contains(0),
            let record = try await store.read([records.holds.key(id)]).first ?? nil
        else { throw HoldError.notFound(id) }
        return try Space<Hold>.Entry(record)
    }

    func surfaced(_ error: any Error) -> any Error { (error as? StoreError)?.surfaced ?? error }
}
