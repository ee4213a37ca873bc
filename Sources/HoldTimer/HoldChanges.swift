public import ResilienceCore

/// What became of a payment that may have come too late.
public enum LateConfirmation: Sendable, Hashable {
    /// The hold was still there, or was free and taken again: this is the booking.
    case confirmed(Hold)
    /// It could not be had any more, for this reason, and the compensation was run.
    case refused(HoldError)
}

extension HoldDesk {
    /// Turns a hold into a booking; asked again, it returns the same booking and writes nothing.
    ///
    /// - Parameters:
    ///   - id: the hold.
    ///   - writes: the caller's own, for the same commit: the record of the booking, of the payment. They concern none of
    ///     the desk's records.
    /// - Throws: ``HoldError/holdExpired(_:)`` at the deadline and after, ``HoldError/alreadyReleased(_:)``,
    ///   ``HoldError/notFound(_:)``; `StoreError.conflict` if one of `writes` conflicts.
    @discardableResult
    public func confirm(_ id: String, also writes: [Write] = []) async throws -> Hold {
        try await change(id, also: writes, isUntimed: options.confirmGrace) { hold, now in
            hold.confirming(at: now, grace: options.confirmGrace)
        }
    }

    /// Gives a hold back before its deadline.
    ///
    /// - Throws: ``HoldError/alreadyReleased(_:)`` if it was, ``HoldError/alreadyConfirmed(_:)`` of a booking,
    ///   ``HoldError/holdExpired(_:)``, ``HoldError/notFound(_:)``.
    @discardableResult
    public func release(_ id: String, also writes: [Write] = []) async throws -> Hold {
        try await change(id, also: writes) { $0.releasing(at: $1) }
    }

    /// Cancels a booking: its resources are free.
    ///
    /// - Throws: ``HoldError/alreadyReleased(_:)`` if it was, ``HoldError/notFound(_:)`` also of a hold that was not
    ///   confirmed, ``HoldError/holdExpired(_:)``.
    @discardableResult
    public func cancel(_ id: String, also writes: [Write] = []) async throws -> Hold {
        try await change(id, also: writes, isUntimed: true) { hold, _ in hold.cancelling() }
    }

    /// Moves the deadline of a hold, to ``HoldOptions/longest`` after its creation at most: look at `expiresAt`.
    ///
    /// - Parameters:
    ///   - id: the hold.
    ///   - duration: by how much, more than zero.
    /// - Throws: ``HoldError/holdExpired(_:)``, ``HoldError/alreadyConfirmed(_:)``, ``HoldError/alreadyReleased(_:)``,
    ///   ``HoldError/notFound(_:)``.
    @discardableResult
    public func extend(_ id: String, by duration: Duration) async throws -> Hold {
        let duration = try duration.positive("duration")
        return try await change(id) { $0.extending(by: duration, longest: options.longest, at: $1) }
    }

    /// Confirms a hold whose payment came, also after its deadline: if what it held is still free, it is taken again.
    ///
    /// - Parameters:
    ///   - id: the hold.
    ///   - writes: the caller's own, for the commit of the booking.
    ///   - compensate: undoes the payment. It is run where the booking cannot be had, which is final: the hold is
    ///     recorded as released first. After a crash call this again, and it is run again: give it an idempotency key.
    /// - Throws: what `compensate` throws, and the errors of the store.
    public func confirmOrReacquire(
        _ id: String,
        also writes: [Write] = [],
        otherwise compensate: (HoldError) async throws -> Void
    ) async throws -> LateConfirmation {
        do {
            return .confirmed(try await confirmOrTakeAgain(id, also: writes))
        } catch {
            guard let reason = error as? HoldError else { throw error }
            // Refused is refused: asked again after a crash, it must not take again what was paid back meanwhile.
            if case .slotUnavailable = reason { try await refuse(id) }
            try await compensate(reason)
            return .refused(reason)
        }
    }

    private func refuse(_ id: String) async throws {
        _ = try await change(id, isUntimed: true) { hold, _ in
            hold.state == .expired ? .change(hold.with(.released)) : .unchanged(hold)
        }
    }

    private func confirmOrTakeAgain(_ id: String, also own: [Write]) async throws -> Hold {
        try await untilSettled {
            do {
                return try await confirm(id, also: own)
            } catch {
                guard case .holdExpired? = error as? HoldError else { throw error }
            }
            try await expire(id)
            let (entry, now) = (try await entry(id), store.clock.now)
            guard entry.value.state == .expired else { return nil }
            let items = entry.value.items
            guard let (taken, guards) = try await room(for: HoldItem.asking(for: items), at: now) else { return nil }
            var hold = entry.value.with(.confirmed)
            hold.items = taken
            var writes = records.writes(hold, expect: entry.unchanged, retention: options.retention, at: now)
            writes += try await consequences(of: hold, was: .expired)
            return try await commit(writes + guards, also: own) ? hold : nil
        }
    }

    private func change(
        _ id: String,
        also own: [Write] = [],
        isUntimed: Bool = false,
        _ step: (Hold, Timestamp) -> HoldStep
    ) async throws -> Hold {
        try await untilSettled {
            let (entry, now) = (try await entry(id), store.clock.now)
            switch step(entry.value, now) {
            case .refuse(let error): throw error
            case .unchanged(let hold): return hold
            case .change(let hold):
                var writes = records.writes(hold, expect: entry.unchanged, retention: options.retention, at: now)
                writes += try await consequences(of: hold, was: entry.value.state)
                // The deadline is compared inside the commit: a caller that was held up does not confirm too late.
                let before = isUntimed || entry.value.state != .active ? nil : entry.value.expiresAt
                do {
                    return try await commit(writes, also: own, before: before) ? hold : nil
                } catch {
                    guard case .late? = error as? StoreError else { throw error }
                    throw HoldError.holdExpired(id)
                }
            }
        }
    }
}

extension HoldItem {
    /// What a hold would ask for again; any units will do.
    static func asking(for items: [Hold.Item]) -> [HoldItem] {
        var asked: [HoldItem] = []
        for item in items {
            if let last = asked.indices.last, asked[last].resource == item.resource {
                asked[last].quantity += item.quantity
            } else {
                asked.append(HoldItem(item.resource, item.span, quantity: item.quantity, of: item.capacity))
            }
        }
        return asked
    }
}
