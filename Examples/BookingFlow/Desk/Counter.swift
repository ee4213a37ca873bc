import HoldTimer
import ResilienceCore
import Saga

/// Serves customers, one step of a visit at a time. Each step may be cut off anywhere, and is then done again.
struct Counter: Sendable {
    let store: any RecordStore
    let day: Day
    let desk: HoldDesk
    /// The same desk, for holds of an hour.
    let longDesk: HoldDesk
    let book: AnswerBook
    /// Where it is open: how bookings are cancelled, and customers told of it.
    var cancellations: Cancellations?
    var messages: Messages?

    private var now: Timestamp { store.clock.now }

    /// Does the next step of a visit, and settles its lease.
    func serve(_ visit: Visit, _ lease: Lease) async throws {
        switch visit.stage {
        case .arriving: try await arrive(visit, lease)
        case .extending: try await extend(visit, lease)
        case .acting: try await act(visit, lease)
        case .payingAgain: try await payAgain(visit, lease)
        case .cancelling: try await cancel(visit, lease)
        case .awaiting: try await lookAfter(visit, lease)
        case .over: try await lease.release(due: nil)
        }
    }

    // MARK: Steps

    private func arrive(_ visit: Visit, _ lease: Lease) async throws {
        let request = visit.request
        let hold: Hold
        do {
            let items = day.items(of: request)
            hold =
                if request.plan == .payAtDesk {
                    try await longDesk.hold(items, by: request.customer, for: .seconds(3_600))
                } else { try await desk.hold(items, by: request.customer) }
        } catch HoldError.slotUnavailable(let blockers) {
            // After a crash it may be the customer's own hold, which nobody had noted: it ends by itself.
            let until = blockers.compactMap(\.until).max()
            if lease.deliveries > 1, !visit.waited, let until { return try await wait(visit, until, lease) }
            return try await end(visit, .unavailable, lease)
        } catch HoldError.tooManyHolds {
            if lease.deliveries > 1, !visit.waited {
                return try await wait(visit, now.advanced(by: .seconds(300)), lease)
            }
            return try await end(visit, .tooManyHolds, lease)
        } catch HoldError.invalidInterval {
            return try await end(visit, .invalidInterval, lease)
        }
        try await book.tell("held", request, hold: hold)
        // Who can sign in is remembered for a while; who cannot may book all the same.
        if request.cancel != nil {
            _ = try await cancellations?.signIn.sign(in: request.customer, token: request.id, for: request.id)
        }
        var next = visit
        next.hold = hold.id
        next.heldAt = hold.createdAt
        if request.plan == .leave {
            (next.stage, next.outcome, next.changedAt) = (.over, .left, now)
            return try await lease.release(next, due: nil)
        }
        next.stage = request.extend != nil && request.plan != .payAtDesk ? .extending : .acting
        // Who extends does it before the deadline.
        let due = next.stage == .extending ? hold.createdAt.advanced(by: .seconds(240)) : next.actsAt
        try await go(to: next, due: due, lease)
    }

    private func extend(_ visit: Visit, _ lease: Lease) async throws {
        guard let id = visit.hold, var hold = try await Spaces.holds.read(id, in: store)?.value else { return }
        // By what is missing: before a crash it may have been extended.
        let length = HoldOptions().duration + .seconds(visit.request.extend ?? 1)
        let missing = hold.expiresAt.duration(to: hold.createdAt.advanced(by: length))
        do {
            if missing > .zero { hold = try await desk.extend(id, by: missing) }
            try await book.tell("extended", visit.request, hold: hold)
        } catch HoldError.holdExpired {
            // The clerk came too late; the customer finds out when acting.
        }
        var next = visit
        next.stage = .acting
        try await go(to: next, due: next.actsAt, lease)
    }

    private func act(_ visit: Visit, _ lease: Lease) async throws {
        guard let id = visit.hold else { return }
        switch visit.request.plan {
        case .confirm: try await confirm(visit, id, lease)
        case .pay: try await pay(visit, id, lease)
        case .payAtDesk: try await payAtDesk(visit, id, lease)
        case .release: try await release(visit, id, lease)
        case .leave: try await end(visit, .left, lease)
        }
    }

    private func confirm(_ visit: Visit, _ id: String, _ lease: Lease) async throws {
        do {
            try await desk.confirm(id, also: [note(visit, id, isLate: false)])
        } catch HoldError.holdExpired {
            return try await end(visit, .expired, lease)
        }
        try await end(visit, .booked, lease)
    }

    /// The card is charged first; what cannot be booked any more is refunded.
    private func pay(_ visit: Visit, _ id: String, _ lease: Lease) async throws {
        let (request, key) = (visit.request, "\(visit.request.id)/card")
        try await book.takePayment(key, request)
        let answer = try await desk.confirmOrReacquire(id, also: [note(visit, id, isLate: true)]) { _ in
            try await book.giveBack(key, request)
        }
        switch answer {
        // One that was booked before was so by this visit, and with this payment: before a crash.
        case .confirmed, .alreadyConfirmed: try await end(visit, .booked, lease)
        case .refused: try await end(visit, .refunded, lease)
        }
    }

    private func release(_ visit: Visit, _ id: String, _ lease: Lease) async throws {
        do {
            try await desk.release(id)
        } catch HoldError.alreadyReleased {
            // Before a crash.
        } catch HoldError.holdExpired {
            return try await end(visit, .expired, lease)
        }
        try await end(visit, .released, lease)
    }

    // MARK: Cash

    /// Two clerks enter the one payment at once.
    private func payAtDesk(_ visit: Visit, _ id: String, _ lease: Lease) async throws {
        let slip = "\(visit.request.id)/slip-1"
        try await book.takePayment(slip, visit.request)
        async let other = enter(slip, visit, id)
        let isBooked = try await enter(slip, visit, id)
        _ = try await other
        guard isBooked else { return try await end(visit, .refunded, lease) }
        guard visit.request.payments > 1 else { return try await end(visit, .booked, lease) }
        var next = visit
        next.stage = .payingAgain
        try await go(to: next, due: now.advanced(by: .seconds(360)), lease)
    }

    /// Records the payment and the booking in one commit; `false` if there was none to be had, and the money was returned.
    private func enter(_ slip: String, _ visit: Visit, _ id: String) async throws -> Bool {
        let request = visit.request
        while true {
            let entry = try await Spaces.slips.read(request.id, in: store)
            if let entry, entry.value.hasRecorded(slip, at: now) { return true }
            var slips = entry?.value ?? SlipNote()
            slips.entries.append(.init(slip: slip, at: now))
            let record = Spaces.slips.put(slips, at: request.id, expect: entry?.unchanged ?? .absent)
            do {
                let writes = [note(visit, id, isLate: true), record]
                let answer = try await longDesk.confirmOrReacquire(id, also: writes) { _ in
                    try await book.giveBack(slip, request)
                }
                switch answer {
                case .confirmed: return true
                // By the other clerk, or before a crash: the slip is recorded by itself, unless it was then too.
                case .alreadyConfirmed: try await store.commitSettling(Batch([record]))
                case .refused: return false
                }
            } catch {
                // The other clerk was faster.
                guard case .conflict? = error as? StoreError else { throw error }
            }
        }
    }

    /// The same amount once more: more than five minutes later it is a payment of its own.
    private func payAgain(_ visit: Visit, _ lease: Lease) async throws {
        let (request, slip) = (visit.request, "\(visit.request.id)/slip-2")
        try await book.takePayment(slip, request)
        guard let entry = try await Spaces.slips.read(request.id, in: store) else { return }
        var writes: [Write] = []
        if !entry.value.hasRecorded(slip, at: now) {
            var slips = entry.value
            slips.entries.append(.init(slip: slip, at: now))
            writes = [Spaces.slips.put(slips, at: request.id, expect: entry.unchanged)]
        }
        try await end(visit, .booked, lease, also: writes)
    }

    // MARK: Cancelling

    private func cancel(_ visit: Visit, _ lease: Lease) async throws {
        guard let cancellations, let hold = visit.hold else { return }
        let request = visit.request
        var payments: [String] = []
        if request.plan == .pay { payments = ["\(request.id)/card"] }
        if request.plan == .payAtDesk {
            payments = try await Spaces.slips.read(request.id, in: store)?.value.entries.map(\.slip) ?? []
        }
        var next = visit
        switch try await cancellations.begin(request, hold: hold, payments: payments) {
        case .rejected: return try await end(visit, .notSignedIn, lease)
        case .later: return try await go(to: next, due: now.advanced(by: .seconds(60)), lease)
        case .begun: next.stage = .awaiting
        }
        try await go(to: next, due: now.advanced(by: .seconds(request.keep ?? 20)), lease)
    }

    /// Tells the customer what came of it; or tells the saga that the customer has changed his mind.
    private func lookAfter(_ visit: Visit, _ lease: Lease) async throws {
        guard let cancellations else { return }
        let id = visit.request.id
        var next = visit
        if visit.request.keep != nil, !visit.saidKeep {
            try await cancellations.runner.cancel(id, by: visit.request.customer)
            next.saidKeep = true
            return try await go(to: next, due: now.advanced(by: .seconds(20)), lease)
        }
        switch try await cancellations.runner.status(of: id)?.state {
        case .running, nil: try await go(to: next, due: now.advanced(by: .seconds(20)), lease)
        case .completed: try await end(visit, .cancelled, lease)
        case .compensated: try await end(visit, .kept, lease)
        case .needsAttention: try await end(visit, .inReview, lease)
        }
    }

    // MARK: Ends

    private func note(_ visit: Visit, _ id: String, isLate: Bool) -> Write {
        let note = BookingNote(hold: id, askedAt: now, isLate: isLate)
        return Spaces.notes.put(note, at: visit.request.id, expect: .absent)
    }

    /// The customer is told before the visit is over: after a crash in between it is done again.
    private func end(_ visit: Visit, _ outcome: Visit.Outcome, _ lease: Lease, also writes: [Write] = []) async throws {
        let answer = outcome == .booked ? "confirmed" : outcome.rawValue
        try await book.tell(answer, visit.request, id: visit.hold)
        var last = visit
        if outcome == .booked {
            try await messages?.tell(visit.request.customer, of: "confirmed", visit.request.id)
            if cancellations != nil, let cancel = visit.request.cancel {
                (last.stage, last.changedAt) = (.cancelling, now)
                return try await lease.release(last, due: now.advanced(by: .seconds(cancel)), also: writes)
            }
        }
        (last.stage, last.outcome, last.changedAt) = (.over, outcome, now)
        try await lease.release(last, due: nil, also: writes)
    }

    private func go(to visit: Visit, due: Timestamp, _ lease: Lease) async throws {
        var next = visit
        next.changedAt = now
        try await lease.release(next, due: due)
    }

    private func wait(_ visit: Visit, _ until: Timestamp, _ lease: Lease) async throws {
        var next = visit
        next.waited = true
        try await go(to: next, due: until, lease)
    }
}

extension Visit {
    fileprivate var actsAt: Timestamp { (heldAt ?? changedAt).advanced(by: after) }
}
