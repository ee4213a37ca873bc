public import ResilienceCore

extension HoldDesk {
    /// Turns a hold into a booking; asked again, it returns the same booking and writes nothing, `writes` neither.
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
    /// A hold that is not confirmed yet is no booking: it stays as it is, and the error is ``HoldError/notFound(_:)``. Give it
    /// back with ``release(_:also:)``.
    ///
    /// - Throws: ``HoldError/notFound(_:)``, ``HoldError/alreadyReleased(_:)`` if it was cancelled or given back,
    ///   ``HoldError/holdExpired(_:)`` if its expiry was recorded.
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

    func change(
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
                var writes: [Write] = []
                writes.reserveCapacity(4)
                records.put(hold, expect: entry.unchanged, retention: options.retention, at: now, to: &writes)
                if hold.hasConsequences(from: entry.value.state) {
                    try await addConsequences(of: hold, was: entry.value.state, to: &writes)
                }
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
