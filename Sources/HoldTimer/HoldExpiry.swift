public import ResilienceCore

extension HoldDesk {
    /// Records expiries when they are due, delivers what tells of them, and purges what ended long ago, until the task is
    /// cancelled.
    ///
    /// Run it in as many processes as you like. Nothing but timeliness depends on it: a hold past its deadline blocks
    /// nobody and is not confirmed, also while this does not run. One loop over what is due; no task waits for a hold.
    ///
    /// - Parameters:
    ///   - options: how the messages are delivered; by default as ``HoldOptions/worker`` says. One that was delivered in
    ///     vain as often as `maximumDeliveries`, by default 10,000, lies in `parked/outbox.hold.<name>` from then on.
    ///   - observer: told of what fails.
    ///   - onExpired: is handed the expired hold, at least once, with the same message id each time. The message was put
    ///     in the commit that recorded the expiry. If it throws, the message is delivered again later.
    /// - Throws: `InvalidArgument` for an option out of range.
    public func run(
        options: WorkerOptions = HoldOptions().worker,
        observer: (any Observer)? = nil,
        onExpired: @escaping @Sendable (OutboxMessage<Hold>) async throws -> Void
    ) async throws {
        let messages = try outbox.worker(options: options, observer: observer, delivering: onExpired)
        let expiries = try Worker(records.holds, on: store, options: self.options.patientWorker, observer: observer) {
            try await handle($0)
        }
        let holders = Sweeper(records.holders.name, on: store, observer: observer)
        await withTaskGroup { group in
            group.addTask { await messages.run() }
            group.addTask { await expiries.run() }
            // It ends by cancellation only.
            group.addTask { try? await holders.run(every: .seconds(600)) }
            group.addTask { await collectGuards(every: .seconds(600), observer) }
        }
    }

    private func handle(_ delivery: Delivery<Hold>) async throws {
        let (hold, now) = (delivery.value, store.clock.now)
        switch hold.state {
        case .active:
            guard hold.isLapsed(at: now) else { return try await delivery.lease.release(due: hold.expiresAt) }
            try await untilSettled { () async throws -> Void? in
                var writes: [Write] = []
                let expired = try await expiring(hold, replacing: delivery.record.revision, adding: &writes)
                let due = records.due(expired, retention: self.options.retention, at: store.clock.now)
                do {
                    try await delivery.lease.release(expired, due: due, tags: [], also: writes)
                } catch {
                    // A guard was changed meanwhile: it is read again. If it was the hold, that is not ours any more.
                    guard case .conflict? = error as? StoreError, delivery.lease.isHeld else { throw error }
                    return nil
                }
                return ()
            }
        case .confirmed:
            // A booking that is past: its slots go with it.
            var writes: [Write] = []
            records.putSlots(hold.with(.released), to: &writes)
            try await delivery.lease.finish(also: writes)
        case .expired, .released:
            try await delivery.lease.finish()
        }
    }

    /// Records the expiry of a hold that is past its deadline; does nothing of another.
    package func expire(_ id: String) async throws { try await expire(id) { try await commit($0) } }

    /// As the form without a commit, by a commit of the caller's.
    ///
    /// If there is no such hold, since its record was damaged and moved aside, its slots go. The caller looks again.
    func expire(_ id: String, _ slots: [Write] = [], commit: ([Write]) async throws -> Bool) async throws {
        _ = try await untilSettled { () async throws -> Void? in
            let now = store.clock.now
            guard let entry = try await records.holds.read(id, in: store) else {
                // Where another has cleared them there is nothing left to do: the slots are as old as the caller's look.
                _ = try await commit(slots + [records.holds.verify(id, expect: .absent)])
                return ()
            }
            guard entry.value.isLapsed(at: now) else { return () }
            var writes: [Write] = []
            writes.reserveCapacity(4)
            let expired = try await expiring(entry.value, replacing: entry.record.revision, adding: &writes)
            let due = records.due(expired, retention: options.retention, at: now)
            writes.append(
                records.holds.put(expired, at: id, expect: entry.unchanged, due: due, clearingDeliveries: true)
            )
            return try await commit(writes) ? () : nil
        }
    }

    /// An expired hold; adds what goes into the commit that records it: its slots, its message, and what follows from it.
    private func expiring(
        _ hold: Hold,
        replacing revision: Revision,
        adding writes: inout [Write]
    ) async throws -> Hold {
        let expired = hold.with(.expired)
        records.putSlots(expired, to: &writes)
        try await addConsequences(of: expired, was: .active, to: &writes)
        writes.append(outbox.message(expired, id: hold.id + ".expired", about: hold.id, replacing: revision))
        return expired
    }
}
