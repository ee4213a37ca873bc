import ResilienceCore

/// What a ``FailedSweep`` brings back, when and how fast.
public struct FailedSweepOptions: Sendable {
    /// The time between two sweeps, 1 s to 30 days.
    public var interval: Duration
    /// How long ago an operation must have changed last to be brought back; zero or more.
    public var minimumAge: Duration = .zero
    /// How often one is brought back at most before it is handed to a person; 1 to 1,000.
    public var redrives = 5
    /// How many come back in a second, 1 to 1,000: of one process that sweeps. Several processes bring back as many times
    /// more.
    public var perSecond = 10
    /// How many come back in one sweep, 1 to 100,000. More than ``perSecond`` times nine tenths of ``interval`` reach into
    /// the next sweep, and come back faster then.
    public var most = 10_000
    /// How long ago an operation must have been given up for the first time to be handed to a person instead; `nil`
    /// for never.
    public var reviewAfter: Duration?
    /// How long one that is recovered or cancelled stays among the others, at least a second; `nil` for ever. Until then
    /// its id cannot be submitted again.
    public var archiveAfter: Duration? = .seconds(90 * 86_400)
    /// Seeds the jitter; `nil` for a seed of the system's.
    public var seed: UInt64?

    /// Options with that interval.
    public init(every interval: Duration) { self.interval = interval }

    /// For payments: every 30 minutes, what changed last more than an hour ago, five times at most, ten a second.
    public static var payments: FailedSweepOptions {
        var options = FailedSweepOptions(every: .seconds(1_800))
        options.minimumAge = .seconds(3_600)
        return options
    }

    /// For dead letters: every 15 minutes, at once, ten a second, so that a sweep is over before the next one; what is older
    /// than a day goes to a person.
    public static var deadLetters: FailedSweepOptions {
        var options = FailedSweepOptions(every: .seconds(900))
        options.most = 8_000
        options.reviewAfter = .seconds(86_400)
        return options
    }

    func validate() throws(InvalidArgument) {
        guard interval >= .seconds(1), interval <= .seconds(30 * 86_400) else {
            throw InvalidArgument(field: "interval", value: interval, allowed: "1 s to 30 days")
        }
        guard minimumAge >= .zero else {
            throw InvalidArgument(field: "minimumAge", value: minimumAge, allowed: "zero or more")
        }
        for (field, value, most) in [
            ("redrives", redrives, 1_000), ("perSecond", perSecond, 1_000), ("most", most, 100_000),
        ]
        where !(1...most).contains(value) {
            throw InvalidArgument(field: field, value: value, allowed: "1...\(most)")
        }
        if let reviewAfter { _ = try reviewAfter.positive("reviewAfter") }
        if let archiveAfter, archiveAfter < .seconds(1) {
            throw InvalidArgument(field: "archiveAfter", value: archiveAfter, allowed: "at least 1 s")
        }
    }

    /// What a sweep does with a retryable operation.
    enum Action: Equatable {
        case leave
        case redrive
        case review(String)
    }

    func action<Payload>(on operation: FailedOperation<Payload>, at now: Timestamp) -> Action {
        if let reviewAfter, operation.failedAt.duration(to: now) > reviewAfter {
            return .review("older than \(reviewAfter)")
        }
        // A person may have declared retryable what does not pass by itself; one who did wants it tried.
        guard operation.redrives < redrives else { return .review("brought back \(operation.redrives) times in vain") }
        return operation.updatedAt.duration(to: now) >= minimumAge ? .redrive : .leave
    }
}
