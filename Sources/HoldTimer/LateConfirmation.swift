public import ResilienceCore

/// What became of a payment that may have come too late.
public enum LateConfirmation: Sendable, Hashable {
    /// The hold was still there, or was free and taken again: this is the booking.
    case confirmed(Hold)
    /// It was a booking before this call, which committed nothing of its `writes` and ran no compensation. Read your own
    /// record of the payment: if it is not there, this payment is a second one.
    case alreadyConfirmed(Hold)
    /// It could not be had any more, for this reason, and the compensation was run.
    case refused(HoldError)
}

extension HoldDesk {
    /// Confirms a hold whose payment came, also after its deadline: if what it held is still free, it is taken again.
    ///
    /// ```swift
    /// let answer = try await desk.confirmOrReacquire(hold.id, also: [paid]) { _ in
    ///     try await gateway.refund(hold.id)
    /// }
    /// ```
    ///
    /// Look at the answer: of a hold that is a booking already, it is ``LateConfirmation/alreadyConfirmed(_:)``.
    ///
    /// - Parameters:
    ///   - id: the hold.
    ///   - writes: the caller's own, for the commit of the booking: the record of the payment.
    ///   - compensate: undoes the payment. It is run where the booking cannot be had, since it is taken, past or was given
    ///     back. That is final: the hold is recorded as released first. It is run to its end although the caller may be
    ///     cancelled. After a crash call this again, and it is run again: give it an idempotency key.
    /// - Throws: ``HoldError/notFound(_:)``, and nothing was undone: what lapsed and what was booked are purged alike, so
    ///   it is for the caller's own records to tell which it was. ``HoldError/contended``, what `compensate` throws, and
    ///   the errors of the store.
    public func confirmOrReacquire(
        _ id: String,
        also writes: [Write] = [],
        otherwise compensate: @escaping @Sendable (HoldError) async throws -> Void
    ) async throws -> LateConfirmation {
        do {
            return try await confirmOrTakeAgain(id, also: writes)
        } catch {
            guard let reason = error as? HoldError, reason.isRefusal else { throw error }
            return try await shielded {
                // Refused is refused: asked again after a crash, it must not take again what was paid back meanwhile.
                let hold = try await refuse(id)
                // Another call for the same payment was luckier.
                guard hold.state != .confirmed else { return .alreadyConfirmed(hold) }
                try await compensate(reason)
                return .refused(reason)
            }
        }
    }

    private func refuse(_ id: String) async throws -> Hold {
        try await change(id, isUntimed: true) { hold, _ in
            hold.state == .expired ? .change(hold.with(.released)) : .unchanged(hold)
        }
    }

    private func confirmOrTakeAgain(_ id: String, also own: [Write]) async throws -> LateConfirmation {
        try await untilSettled {
            do {
                var wasBooked = false
                let booking = try await change(id, also: own, isUntimed: options.confirmGrace) { hold, now in
                    wasBooked = hold.state == .confirmed
                    return hold.confirming(at: now, grace: options.confirmGrace)
                }
                return wasBooked ? .alreadyConfirmed(booking) : .confirmed(booking)
            } catch {
                guard case .holdExpired? = error as? HoldError else { throw error }
            }
            try await expire(id)
            let (entry, now) = (try await entry(id), store.clock.now)
            guard entry.value.state == .expired else { return nil }
            let items = HoldItem.asking(for: entry.value.items)
            for item in items { try item.validate(at: now) }
            var writes: [Write] = []
            guard let taken = try await room(for: items, as: id, at: now, adding: &writes) else { return nil }
            var hold = entry.value.with(.confirmed)
            hold.items = taken
            records.put(hold, expect: entry.unchanged, retention: options.retention, at: now, to: &writes)
            try await addConsequences(of: hold, was: .expired, to: &writes)
            return try await commit(writes, also: own) ? .confirmed(hold) : nil
        }
    }
}

extension HoldError {
    /// Whether it says that a booking cannot be had, rather than that nothing is known of it.
    fileprivate var isRefusal: Bool {
        switch self {
        case .slotUnavailable, .alreadyReleased, .invalidInterval: true
        default: false
        }
    }
}

extension HoldItem {
    /// What a hold would ask for again; any units will do.
    static func asking(for items: [Hold.Item]) -> [HoldItem] {
        var asked: [HoldItem] = []
        for item in items {
            if let last = asked.indices.last, Bytes.equal(asked[last].resource, item.resource) {
                asked[last].quantity += item.quantity
            } else {
                asked.append(HoldItem(item.resource, item.span, quantity: item.quantity, of: item.capacity))
            }
        }
        return asked
    }
}
