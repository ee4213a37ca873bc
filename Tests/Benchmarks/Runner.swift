import CAllocationCounter

/// Measures rows.
///
/// A round is some samples of the base, one of the row, and some of the base again. A round in which the base itself was
/// unsteady, as on a busy machine, is repeated, a bounded number of times. The result is the ratio of minima.
struct Runner {
    var rounds = 5
    /// How often a round may be repeated because the base was unsteady.
    var repeats = 4
    /// The median of the base over its minimum, above which a round counts as unsteady.
    var steady = 1.08
    /// How long a sample of a row should take.
    var sample = Duration.milliseconds(100)

    private let clock = ContinuousClock()

    func result(of row: Row) async throws -> Result {
        switch row.measure {
        case .count(let count):
            Result(row: row, count: try await count())
        case .time(let prepare):
            try await timed(row, body: prepare(), base: row.base.prepare())
        }
    }

    private func timed(_ row: Row, body: Row.Body, base: Row.Body) async throws -> Result {
        let count = try await calibrated(body, for: sample)
        let baseCount = try await calibrated(base, for: row.base.samples.duration)
        var result = Result(row: row, allocations: try await allocations(of: body, count: max(1, count / 10)))
        func round() async throws -> Round {
            let half = row.base.samples.count / 2
            var bases: [Double] = []
            for _ in 0..<half { bases.append(try await nanoseconds(base, baseCount)) }
            let own = try await nanoseconds(body, count)
            for _ in 0..<half { bases.append(try await nanoseconds(base, baseCount)) }
            bases.sort()
            return Round(nanoseconds: own, base: bases[0], unsteady: bases[half] > steady * bases[0])
        }
        for _ in 0..<rounds {
            var last = try await round()
            for _ in 0..<repeats where last.unsteady { last = try await round() }
            result.add(last)
        }
        return result
    }

    /// How many operations fill a sample; also warms up.
    private func calibrated(_ body: Row.Body, for sample: Duration) async throws -> Int {
        let wanted = sample.nanoseconds
        var count = 1
        while true {
            let spent = try await nanoseconds(body, count) * Double(count)
            if spent >= wanted / 2 { return max(1, Int(Double(count) * wanted / spent)) }
            count *= spent * 10 < wanted ? 4 : 2
        }
    }

    private func nanoseconds(_ body: Row.Body, _ count: Int) async throws -> Double {
        let start = clock.now
        try await body(count)
        return start.duration(to: clock.now).nanoseconds / Double(count)
    }

    private func allocations(of body: Row.Body, count: Int) async throws -> Double? {
        guard allocation_counter_works() else { return nil }
        allocation_counter_set(true)
        defer { allocation_counter_set(false) }
        try await body(count)
        return Double(allocation_counter_read()) / Double(count)
    }
}

/// One look at a row and its base.
struct Round {
    let nanoseconds: Double
    /// The least of the samples of the base.
    let base: Double
    let unsteady: Bool
}

extension Duration {
    var nanoseconds: Double { Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9 }
}
