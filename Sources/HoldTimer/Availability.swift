public import ResilienceCore

extension HoldDesk {
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
    ///   - ids: holds and bookings that do not count: those of the person who asks.
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
        let placement = placement(at: store.clock.now)
        let units: [Int?] = if case .units(let count) = capacity { Array(1...count) } else { [nil] }
        var sum = Occupancy()
        do {
            let own = try await placement.taking(ids)
            for unit in units {
                let lane = HoldRecords.lane(resource, unit: unit)
                sum.add(try await placement.occupancy(lane, from: start, until: end, ignoring: own))
            }
        } catch { throw surfaced(error) }
        return sum.stretches(from: start, until: end).map {
            HoldStretch(from: $0.from, until: $0.until, free: max(0, capacity.most - $0.taken))
        }
    }
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
