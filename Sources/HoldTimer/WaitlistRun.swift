public import ResilienceCore

extension Waitlist {
    /// Makes offers, delivers what tells of them, and ends entries whose wait is over, until the task is cancelled.
    ///
    /// Run it in as many processes as you like, beside ``HoldDesk/run(options:observer:onExpired:)``. What is freed wakes
    /// it; without that one too, since it looks again when the deadline in the way has passed. A crash loses nothing: what
    /// was begun is done again by who runs next, at most the lease of ``HoldOptions/worker`` later.
    ///
    /// - Parameters:
    ///   - options: how the messages are delivered; by default as ``HoldOptions/worker`` says. One that was delivered in
    ///     vain as often as `maximumDeliveries`, by default 10,000, lies in `parked/outbox.hold.<name>.offers` from then on.
    ///   - observer: told of what fails.
    ///   - onNotified: is handed the entry that was made an offer, at least once, with the same message id each time.
    ///     If it throws, the message is delivered again later.
    /// - Throws: `InvalidArgument` for an option out of range.
    public func run(
        options: WorkerOptions = HoldOptions().worker,
        observer: (any Observer)? = nil,
        onNotified: @escaping @Sendable (OutboxMessage<WaitlistEntry>) async throws -> Void
    ) async throws {
        let messages = try messages.worker(options: options, observer: observer, delivering: onNotified)
        let workers = desk.options.patientWorker
        let lines = try Worker(records.lines, on: store, options: workers, observer: observer) {
            try await WaitlistService(waitlist: self, resource: $0.name, lease: $0.lease).serve()
        }
        let entries = try Worker(records.entries, on: store, options: workers, observer: observer) {
            try await end($0)
        }
        await withTaskGroup { group in
            group.addTask { await messages.run() }
            group.addTask { await lines.run() }
            group.addTask { await entries.run() }
        }
    }

    /// An entry is due when its wait is over, and again when its retention is.
    private func end(_ delivery: Delivery<WaitlistEntry>) async throws {
        guard delivery.value.state == .waiting else { return try await delivery.lease.finish() }
        let now = store.clock.now
        let due = now.advanced(by: desk.options.retention)
        let waking = delivery.value.items.map { records.waking($0.resource, at: now) }
        try await delivery.lease.release(delivery.value.with(.expired), due: due, tags: [], also: waking)
    }
}

/// One service of the line of a resource, by who holds its lease.
///
/// Every commit expects the lines that were read before anything was looked at, and who frees something writes its line:
/// so nobody is passed over for whom room was made meanwhile.
struct WaitlistService {
    let waitlist: Waitlist
    let resource: String
    let lease: Lease

    private var desk: HoldDesk { waitlist.desk }
    private var records: HoldRecords { waitlist.records }
    private var store: any RecordStore { waitlist.store }

    /// What is known after a look along the line.
    private struct Look {
        /// The lines of other resources, as they were before it.
        var lines: [RecordKey: Expectation] = [:]
        var judged: Set<String> = []
        var unfit: Set<[HoldItem]> = []
        /// The first deadline that is in somebody's way.
        var next: Timestamp?
    }

    private enum Verdict {
        case offered
        case unfit
        /// Something has changed: look again from the start.
        case again
    }

    func serve() async throws {
        try await desk.untilSettled { () async throws -> Void? in
            var look = Look()
            var someoneWaits = false
            let bounds = HoldRecords.line(resource)
            var next: Scan? = Scan(records.entries.name, by: .tag, from: bounds.from, until: bounds.until, limit: 100)
            while let scan = next {
                let page = try await store.scan(scan)
                for record in page {
                    switch try await consider(record, &look) {
                    case .again: return nil
                    case .unfit: someoneWaits = true
                    case .offered: break
                    }
                }
                next = scan.following(page)
            }
            if someoneWaits { try await lease.release(WaitingLine(), due: look.next) } else { try await lease.finish() }
            return ()
        }
    }

    /// Makes an offer if there is room, but first to those ahead in the other lines in which the entry stands.
    private func consider(_ record: Record, _ look: inout Look) async throws -> Verdict {
        let now = store.clock.now
        // What cannot be decoded gets no offer, and stands in nobody's way.
        guard let entry = try? Space<WaitlistEntry>.Entry(record), entry.value.isWaiting(at: now),
            look.judged.insert(entry.name).inserted
        else { return .unfit }
        let items = entry.value.items
        try await readLines(items, &look)
        guard !look.unfit.contains(items) else { return .unfit }
        let id = desk.ids.next(at: now)
        var guards: [Write] = []
        switch try await place(items, for: id, at: now, adding: &guards) {
        case .blocked(let blockers):
            look.unfit.insert(items)
            look.next = (blockers.compactMap(\.until) + [look.next].compactMap(\.self)).min()
            return .unfit
        case .lapsed(let holds):
            for (id, slots) in holds.sorted(by: { $0.key < $1.key }) {
                try await desk.expire(id, slots, commit: commit)
            }
            return .again
        case .free(let taken):
            for item in items where !Bytes.equal(item.resource, resource) {
                guard try await nobodyFits(ahead: entry.value, in: item.resource, &look) else { return .again }
            }
            return try await offer(taken, as: id, guards, to: entry, look) ? .offered : .again
        }
    }

    private func place(
        _ items: [HoldItem],
        for id: String,
        at now: Timestamp,
        adding guards: inout [Write]
    ) async throws -> Placement {
        do {
            return try await desk.placement(at: now).place(items, for: id, adding: &guards)
        } catch {
            // Asked for in another way than it is held: there will never be room.
            guard error is InvalidArgument else { throw error }
            return .blocked([])
        }
    }

    private func nobodyFits(ahead entry: WaitlistEntry, in other: String, _ look: inout Look) async throws -> Bool {
        let (from, until) = (HoldRecords.line(other).from, HoldRecords.place(entry, in: other))
        var next: Scan? = Scan(records.entries.name, by: .tag, from: from, until: until, limit: 100)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                guard case .unfit = try await consider(record, &look) else { return false }
            }
            next = scan.following(page)
        }
        return true
    }

    /// Notes how the lines of these items are now; the line that is served is kept by the lease.
    private func readLines(_ items: [HoldItem], _ look: inout Look) async throws {
        let keys = items.map { records.lines.key($0.resource) }.filter { $0 != lease.key && look.lines[$0] == nil }
        guard !keys.isEmpty else { return }
        for (key, record) in zip(keys, try await store.read(keys)) {
            look.lines[key] = record.map { .revision($0.revision) } ?? .absent
        }
    }

    private func offer(
        _ taken: [Hold.Item],
        as id: String,
        _ guards: [Write],
        to entry: Space<WaitlistEntry>.Entry,
        _ look: Look
    ) async throws -> Bool {
        let now = store.clock.now
        let retention = desk.options.retention
        let hold = Hold(
            id: id,
            holder: entry.value.holder,
            items: taken,
            createdAt: now,
            expiresAt: now.advanced(by: waitlist.duration),
            waitlistEntry: entry.name
        )
        let offered = entry.value.offered(hold)
        let message = waitlist.messages.message(
            offered,
            id: "\(entry.name).notified",
            about: entry.name,
            replacing: entry.record.revision
        )
        var writes = guards
        records.put(hold, expect: .absent, retention: retention, at: now, to: &writes)
        // More than a batch has room for is never needed by people who wait for a few things each.
        let room = StoreLimits.writes - writes.count - 3
        // The lines that it leaves are looked along: nobody may be left in them.
        let left = Set(entry.value.items.map { records.lines.key($0.resource) })
        let lines = look.lines.sorted { $0.key < $1.key }.prefix(room).map { key, expected in
            guard left.contains(key) else { return Write.verify(key, expect: expected) }
            return Write.put(key, WaitingLine(), expect: expected, due: now, clearingDeliveries: true)
        }
        let put = records.put(offered, expect: entry.unchanged, retention: retention, at: now)
        return try await commit(writes + lines + [put, message])
    }

    /// Commits as the holder of the line; `false` if something else was changed meanwhile.
    private func commit(_ writes: [Write]) async throws -> Bool {
        do {
            try await lease.save(WaitingLine(), also: writes.filter { $0.key != lease.key })
            return true
        } catch {
            guard case .conflict = error, lease.isHeld else { throw error }
            return false
        }
    }
}
