import ResilienceCore

/// The wall clock, times a factor from an origin on.
///
/// Waits are that much shorter.
struct ScaledClock: WallClock {
    let origin: TimeOrigin
    private let system = SystemClock()

    init(_ origin: TimeOrigin) { self.origin = origin }

    var now: Timestamp { origin.shown(at: system.now) }

    var uptime: Duration { system.uptime * origin.factor }

    var minimumResolution: Duration { .microseconds(origin.factor) }

    func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        let (distance, rest) = now.duration(to: deadline).wholeMicroseconds.quotientAndRemainder(
            dividingBy: Int64(origin.factor)
        )
        // Rounded up: a wait is never shorter than asked for.
        let wait = Duration.microseconds(distance + (rest > 0 ? 1 : 0))
        try await system.sleep(until: system.now.advanced(by: wait), tolerance: tolerance)
    }
}

/// Where a scaled clock begins: what it showed when the wall clock showed what, and how much faster it goes.
struct TimeOrigin: Codable, Sendable, Equatable {
    let wall: Timestamp
    let shown: Timestamp
    let factor: Int

    /// What the scaled clock shows when the wall clock shows `wall`, saturating.
    func shown(at wall: Timestamp) -> Timestamp {
        let passed = self.wall.duration(to: wall).wholeMicroseconds
        let (scaled, overflow) = passed.multipliedReportingOverflow(by: Int64(factor))
        guard !overflow else { return passed < 0 ? .distantPast : .distantFuture }
        return shown.advanced(by: .microseconds(scaled))
    }
}
