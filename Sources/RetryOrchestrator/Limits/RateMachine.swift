package import ResilienceCore

/// The reservations of a rate limiter, without a clock and without tasks.
package struct RateMachine {
    package enum Answer: Sendable, Hashable {
        /// It may start after that wait.
        case reserved(wait: Duration, Reservation)
        /// It would have to wait that long.
        case refused(wait: Duration)
    }

    package struct Reservation: Sendable, Hashable {
        fileprivate let number: Int
    }

    private var limit: RateLimit
    private var longestWait: Duration
    private var meter: RateMeter
    /// Reservations made; the number of the last one.
    private var made = 0
    private var givenBack = 0
    private var refused = 0

    package init(_ limit: RateLimit, longestWait: Duration) {
        self.limit = limit
        self.longestWait = longestWait
        meter = RateMeter(limit)
    }

    /// The next instant that is free, if it is near enough.
    package mutating func reserve(at now: Duration) -> Answer {
        let wait = meter.wait(at: now)
        guard wait <= longestWait else {
            refused += 1
            return .refused(wait: wait)
        }
        meter.started(1, at: now)
        made += 1
        return .reserved(wait: wait, Reservation(number: made))
    }

    /// A reservation is not used. Its instant is free again only if none was made after it: else two could start at
    /// once.
    package mutating func giveBack(_ reservation: Reservation) {
        givenBack += 1
        if reservation.number == made { meter.giveBackLast() }
    }

    package mutating func reconfigure(_ limit: RateLimit, longestWait: Duration) {
        self.limit = limit
        self.longestWait = longestWait
        meter.follow(limit)
    }

    func snapshot(at now: Duration) -> RateLimiterSnapshot {
        RateLimiterSnapshot(
            limit: limit,
            nextWait: meter.wait(at: now),
            started: made - givenBack,
            refused: refused
        )
    }
}
