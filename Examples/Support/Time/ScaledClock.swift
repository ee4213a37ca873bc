package import ResilienceCore

/// The wall clock, times a factor from an origin on.
///
/// Waits are that much shorter.
package struct ScaledClock: WallClock {
    package let origin: TimeOrigin
    private let system = SystemClock()

    package init(_ origin: TimeOrigin) { self.origin = origin }

    package var now: Timestamp { origin.shown(at: system.now) }

    package var uptime: Duration { system.uptime * origin.factor }

    package var minimumResolution: Duration { .microseconds(origin.factor) }

    package func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        let (distance, rest) = now.duration(to: deadline).wholeMicroseconds.quotientAndRemainder(
            dividingBy: Int64(origin.factor)
        )
        // Rounded up: a wait is never shorter than asked for.
        let wait = Duration.microseconds(distance + (rest > 0 ? 1 : 0))
        try await system.sleep(until: system.now.advanced(by: wait), tolerance: tolerance)
    }
}

/// Where a scaled clock begins: what it showed when the wall clock showed what, and how much faster it goes.
package struct TimeOrigin: Codable, Sendable, Equatable {
    package let wall: Timestamp
    package let shown: Timestamp
    package let factor: Int

    package init(wall: Timestamp, shown: Timestamp, factor: Int) {
        self.wall = wall
        self.shown = shown
        self.factor = factor
    }

    /// What the scaled clock shows when the wall clock shows `wall`, saturating.
    package func shown(at wall: Timestamp) -> Timestamp {
        let passed = self.wall.duration(to: wall).wholeMicroseconds
        let (scaled, overflow) = passed.multipliedReportingOverflow(by: Int64(factor))
        guard !overflow else { return passed < 0 ? .distantPast : .distantFuture }
        return shown.advanced(by: .microseconds(scaled))
    }
}
