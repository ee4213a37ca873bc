import ResilienceCore

/// What ``HighestScore`` would pick, kept ready: a figure is computed anew only when the facts of its provider have changed,
/// or when time changes it. The picks and the draws are the policy's own.
struct ScoreBoard: Sendable {
    private let policy: HighestScore
    /// The figure of each provider; −∞ of one that may not be called.
    private var figures: [Double] = []
    private var highest = -Double.infinity
    /// Whose figure that is, in their order; nobody where it is −∞.
    private var best: [Int] = []
    /// The figures hold from one instant to before another, in microseconds; before the first pick at none.
    private var from = Int64.max
    private var until = Int64.min
    /// An instant at which they hold.
    private var instant = Int64.min

    init(_ policy: HighestScore) { self.policy = policy }

    /// Everything may have changed.
    mutating func reset() { (from, until) = (.max, .min) }

    /// The facts of a provider have changed.
    mutating func changed(_ place: Int, of states: [ProviderState]) {
        guard from < until else { return }
        let (old, new) = (figures[place], figure(of: place, in: states))
        guard new != old else { return }
        figures[place] = new
        if old == highest, old > -.infinity { best.remove(at: position(of: place)) }
        if new > highest {
            highest = new
            best.removeAll(keepingCapacity: true)
            best.append(place)
        } else if new == highest {
            best.insert(place, at: position(of: place))
        } else if best.isEmpty {
            findBest()
        }
    }

    /// The pick of the policy.
    mutating func pick(
        _ request: PickRequest,
        from states: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        turn(to: request.now.microseconds, states)
        if request.excluded.isEmpty {
            guard !best.isEmpty else { return nil }
            return policy.pick(best[policy.draw(among: best.count, using: &generator)], among: best.count)
        }
        var (top, equals) = (-Double.infinity, 0)
        for place in figures.indices where !request.excluded.contains(place) {
            if figures[place] > top {
                (top, equals) = (figures[place], 1)
            } else if figures[place] == top {
                equals += 1
            }
        }
        guard top > -.infinity else { return nil }
        var left = policy.draw(among: equals, using: &generator)
        for place in figures.indices where figures[place] == top && !request.excluded.contains(place) {
            if left == 0 { return policy.pick(place, among: equals) }
            left -= 1
        }
        return nil
    }

    private mutating func turn(to now: Int64, _ states: [ProviderState]) {
        instant = now
        guard now < from || now >= until else { return }
        (from, until) = (.min, .max)
        figures.removeAll(keepingCapacity: true)
        best.reserveCapacity(states.count)
        for place in states.indices { figures.append(figure(of: place, in: states)) }
        findBest()
    }

    /// Where it stands among the best, or would.
    private func position(of place: Int) -> Int {
        var (low, high) = (0, best.count)
        while low < high {
            let middle = (low + high) / 2
            if best[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func findBest() {
        highest = figures.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
        best.removeAll(keepingCapacity: true)
        guard highest > -.infinity else { return }
        for place in figures.indices where figures[place] == highest { best.append(place) }
    }

    /// The figure at the instant, which limits for how long all of them hold.
    private mutating func figure(of place: Int, in states: [ProviderState]) -> Double {
        limit(by: states[place].limitedUntil.microseconds, 0)
        if let success = states[place].lastSuccess?.microseconds {
            limit(by: success, HealthScore.recent)
            limit(by: success, HealthScore.longAgo + 1)
        }
        let now = Timestamp(microseconds: instant)
        return states[place].isEligible(at: now) ? policy.figure(of: place, in: states, at: now) : -.infinity
    }

    /// At that instant a figure changes.
    private mutating func limit(by start: Int64, _ distance: Int64) {
        let (change, overflow) = start.addingReportingOverflow(distance)
        if overflow { return }
        if change <= instant { from = max(from, change) } else { until = min(until, change) }
    }
}
