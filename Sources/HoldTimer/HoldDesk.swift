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
/// `CancellationError` with nothing done. Costs two or three operations of the store, and as many again for each time
/// that another caller was faster.
public struct HoldDesk: Sendable {
    /// The name: its records are in the spaces `hold.<name>`, `hold.<name>.slots`, `hold.<name>.guards` and
    /// `hold.<name>.holders`, its messages in `outbox.<name>`.
    public let name: String
    let store: any RecordStore
    let options: HoldOptions
    let records: HoldRecords
    let outbox: Outbox<Hold>
    let ids: HoldIDs

    /// Creates a desk; it keeps nothing itself.
    ///
    /// - Throws: `InvalidArgument` for a name or an option that is not allowed.
    public init(
        _ name: String,
        on store: any RecordStore,
        options: HoldOptions = HoldOptions()
    ) throws(InvalidArgument) {
        try options.validate()
        guard (1...400).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw InvalidArgument(field: "name", value: name, allowed: "1...400 bytes without NUL")
        }
        self.name = name
        self.store = store
        self.options = options
        records = try HoldRecords(name)
        outbox = try Outbox(name, on: store)
        ids = HoldIDs(seed: options.seed)
        _ = try Worker(records.holds, on: store, options: options.worker) { _ in }
    }

    // MARK: Holding

    /// Holds all items, or none.
    ///
    /// - Parameters:
    ///   - items: 1 to 7, each resource once.
    ///   - holder: who holds it: 1 to 200 bytes, without control characters.
    ///   - duration: until when, from now; more than zero, at most ``HoldOptions/longest``. By default
    ///     ``HoldOptions/duration``.
    /// - Throws: ``HoldError/slotUnavailable(_:)``, ``HoldError/tooManyHolds(limit:)``,
    ///   ``HoldError/invalidInterval(from:until:)``. After `StoreError.indeterminate` the hold may be there; it expires
    ///   by itself.
    public func hold(_ items: [HoldItem], by holder: String, for duration: Duration? = nil) async throws -> Hold {
        let length = duration ?? options.duration
        try validate(items, holder, length)
        return try await untilSettled {
            let now = store.clock.now
            let seat = try await seat(for: holder, at: now)
            guard let (taken, guards) = try await room(for: items, at: now) else { return nil }
            let deadline = now.advanced(by: length)
            let hold = Hold(
                id: ids.next(),
                holder: holder,
                items: taken,
                state: .active,
                createdAt: now,
                expiresAt: deadline
            )
            let writes = records.writes(hold, expect: .absent, retention: options.retention, at: now)
            return try await commit(writes + guards + seat) ? hold : nil
        }
    }

    private func validate(_ items: [HoldItem], _ holder: String, _ length: Duration) throws {
        try HoldName.check(holder, field: "holder")
        guard (1...7).contains(items.count), Set(items.map(\.resource)).count == items.count else {
            throw InvalidArgument(field: "items", value: items.count, allowed: "1...7, each resource once")
        }
        guard length > .zero, length <= options.longest else {
            throw InvalidArgument(field: "duration", value: length, allowed: "more than zero, to \(options.longest)")
        }
        var tags = 1
        for item in items {
            try item.validate(at: store.clock.now)
            if item.span == .whole { tags += item.lanesNeeded }
        }
        guard tags <= StoreLimits.tags else {
            throw InvalidArgument(field: "items", value: tags - 1, allowed: "at most 7 whole resources or units")
        }
    }

    /// The write by which two holds of one holder at once conflict; none where there is no limit.
    private func seat(for holder: String, at now: Timestamp) async throws -> [Write] {
        guard let limit = options.holdsPerHolder else { return [] }
        let entry = try await records.holders.read(holder, in: store)
        let from = HoldRecords.holderTag(holder, now.advanced(by: .microseconds(1)))
        let until = HoldRecords.holderTag(holder, .distantFuture) + "~"
        let scan = Scan(records.holds.name, by: .tag, from: from, until: until, limit: limit)
        guard try await store.scan(scan).count < limit else { throw HoldError.tooManyHolds(limit: limit) }
        let due = now.advanced(by: options.longest)
        return [records.holders.put(HolderGuard(), at: holder, expect: entry?.unchanged ?? .absent, due: due)]
    }

    /// What would be taken, with the guards; `nil` to look again, after what had lapsed was recorded.
    func room(for items: [HoldItem], at now: Timestamp) async throws -> ([Hold.Item], [Write])? {
        let placement = HoldPlacement(store: store, records: records, now: now)
        switch try await placement.place(items) {
        case .free(let taken, let guards): return (taken, guards)
        case .blocked(let blockers): throw HoldError.slotUnavailable(blockers)
        case .lapsed(let ids):
            for id in ids { try await expire(id) }
            return nil
        }
    }

    // MARK: Looking

    /// The hold as it is recorded: `expired` only once that is in the store.
    ///
    /// - Throws: ``HoldError/notFound(_:)``.
    public func status(_ id: String) async throws -> Hold {
        do { return try await entry(id).value } catch { throw surfaced(error) }
    }

    /// How much of a resource is free in a range, as stretches in order without gaps.
    ///
    /// For showing; who holds may still come second. Of a resource held whole the answer is one stretch.
    ///
    /// - Parameters:
    ///   - resource: its name.
    ///   - start: where the range begins.
    ///   - end: where it ends, excluded.
    ///   - capacity: how much of it there is.
    ///   - ids: holds that do not count: those of the person who asks.
    public func availability(
        _ resource: String,
        from start: Timestamp,
        until end: Timestamp,
        of capacity: HoldCapacity = .single,
        ignoring ids: Set<String> = []
    ) async throws -> [HoldStretch] {
        guard start < end else { throw HoldError.invalidInterval(from: start, until: end) }
        let span = HoldSpan.interval(from: max(start, end.advanced(by: .microseconds(-1))), until: end)
        try HoldItem(resource, span, of: capacity).validate(at: .distantPast)
        let placement = HoldPlacement(store: store, records: records, now: store.clock.now)
        let units: [Int?] = if case .units(let count) = capacity { Array(1...count) } else { [nil] }
        var sum = Occupancy()
        do {
            for unit in units {
                let lane = HoldRecords.lane(resource, unit: unit)
                sum.add(try await placement.occupancy(lane, from: start, until: end, ignoring: ids))
            }
        } catch { throw surfaced(error) }
        return sum.stretches(from: start, until: end).map {
            HoldStretch(from: $0.from, until: $0.until, free: max(0, capacity.most - $0.taken))
        }
    }

    // MARK: Committing

    /// Repeats until the body has an answer. Each time another caller was faster, so all of them make progress: the task
    /// only lets others go on, and waits on the clock where very many contend.
    func untilSettled<Answer>(_ body: () async throws -> Answer?) async throws -> Answer {
        do {
            var round = 0
            while true {
                if let answer = try await body() { return answer }
                try Task.checkCancellation()
                round += 1
                if round <= 100 { await Task.yield() } else { try await store.clock.pause(for: ids.pause(upTo: 20)) }
            }
        } catch { throw surfaced(error) }
    }

    /// Commits; `false` if a record of the desk was changed meanwhile. A conflict of the caller's own writes is thrown.
    func commit(_ writes: [Write], also own: [Write] = [], before: Timestamp? = nil) async throws -> Bool {
        do {
            try await store.commitSettling(Batch(writes + own, before: before))
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
            let entry = try await records.holds.read(id, in: store)
        else { throw HoldError.notFound(id) }
        return entry
    }

    func surfaced(_ error: any Error) -> any Error { (error as? StoreError)?.surfaced ?? error }
}

/// A stretch of time in which the same quantity of a resource is free.
public struct HoldStretch: Sendable, Hashable {
    /// Where it begins.
    public let from: Timestamp
    /// Where it ends, excluded.
    public let until: Timestamp
    /// How much is free.
    public let free: Int
}
