package import ResilienceCore

/// How much of a resource is taken when; pure.
package struct Occupancy {
    package init() {}

    private var changes: [(at: Timestamp, by: Int)] = []

    /// Counts a quantity as taken from `start` until `end`.
    package mutating func take(_ quantity: Int, from start: Timestamp, until end: Timestamp) {
        changes.append((start, quantity))
        changes.append((end, -quantity))
    }

    /// The stretches of a range in which the same quantity is taken, in order, without gaps.
    package func stretches(from start: Timestamp, until end: Timestamp) -> [(
        from: Timestamp, until: Timestamp, taken: Int
    )] {
        var stretches: [(from: Timestamp, until: Timestamp, taken: Int)] = []
        var taken = 0
        var since = start
        // At one instant what ends is counted before what begins: the end is not part of an interval.
        for change in changes.sorted(by: { ($0.at, $0.by) < ($1.at, $1.by) }) where change.at < end {
            if change.at > since {
                stretches.append((since, change.at, taken))
                since = change.at
            }
            taken += change.by
        }
        if since < end { stretches.append((since, end, taken)) }
        return stretches
    }

    /// The most that is taken at any instant of a range.
    package func peak(from start: Timestamp, until end: Timestamp) -> Int {
        stretches(from: start, until: end).reduce(0) { max($0, $1.taken) }
    }
}

extension Occupancy {
    mutating func add(_ other: Occupancy) { changes += other.changes }
}
