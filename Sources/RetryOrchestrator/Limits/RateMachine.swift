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
        fileprivate let start: Duration
        /// Where the meter stood.
        fileprivate let before: Duration
    }

    private var limit: RateLimit
    private var longestWait: Duration
    private var meter: RateMeter
    private var made = 0
    /// The number of the last reservation that is not given back.
    private var last = 0
    /// Reservations that were given back while later ones stand, by number.
    private var unused: [Int: Reservation] = [:]
    /// How many of them there may be before those whose instant has passed are forgotten.
    private var unusedLimit = 64
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
        let before = meter.position(at: now)
        meter.started(1, at: now)
        made += 1
        last += 1
        return .reserved(wait: wait, Reservation(number: last, start: now + wait, before: before))
    }

    /// A reservation is not used. Its instant is free again once no later one stands: else two could start at once.
    package mutating func giveBack(_ reservation: Reservation, at now: Duration) {
        givenBack += 1
        unused[reservation.number] = reservation
        while let free = unused.removeValue(forKey: last) {
            meter.rewind(to: free.before)
            last -= 1
        }
        guard unused.count > unusedLimit else { return }
        unused = unused.filter { $0.value.start > now }
        unusedLimit = 2 * unused.count + 64
    }

    package mutating func reconfigure(_ limit: RateLimit, longestWait: Duration?, at now: Duration) {
        self.limit = limit
        self.longestWait = longestWait ?? self.longestWait
        meter.follow(limit, at: now)
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
