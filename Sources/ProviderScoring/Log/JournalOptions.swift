public import ResilienceCore

/// How a journal keeps what it is told.
///
/// ```swift
/// let options = try JournalOptions(retention: .seconds(7 * 86_400))
/// ```
public struct JournalOptions: Sendable, Hashable {
    /// Entries that wait to be written at most; what comes beyond is dropped, counted, and an event.
    public let capacity: Int
    /// Entries in one commit, at most.
    public let batchSize: Int
    /// How long an entry waits for others to be written with it.
    public let delay: Duration
    /// How long a commit is waited for before it is handed in again; an entry is written once all the same.
    public let timeLimit: Duration
    /// How often health and preferences of other processes are looked for.
    public let followInterval: Duration
    /// Whether other processes write to the same journal.
    public let sharedByProcesses: Bool
    /// How long an entry is kept.
    public let retention: Duration
    /// How often entries are looked for that are older than that.
    public let sweepInterval: Duration

    /// 10,000 waiting, 200 together, 1 s; shared, followed each 5 s; 30 days, swept each hour.
    public static let standard = JournalOptions(
        10_000, 200, .seconds(1), .seconds(30), .seconds(5), true, .seconds(30 * 86_400), .seconds(3_600)
    )

    /// Creates options.
    ///
    /// - Throws: `InvalidArgument` if the capacity is not in 1...1,000,000, the batch size not in 1...500, the delay is
    ///   negative, or another time is not more than zero.
    public init(
        capacity: Int = 10_000,
        batchSize: Int = 200,
        delay: Duration = .seconds(1),
        timeLimit: Duration = .seconds(30),
        followInterval: Duration = .seconds(5),
        sharedByProcesses: Bool = true,
        retention: Duration = .seconds(30 * 86_400),
        sweepInterval: Duration = .seconds(3_600)
    ) throws(InvalidArgument) {
        guard (1...1_000_000).contains(capacity) else {
            throw InvalidArgument(field: "capacity", value: capacity, allowed: "1...1000000")
        }
        guard (1...500).contains(batchSize) else {
            throw InvalidArgument(field: "batchSize", value: batchSize, allowed: "1...500")
        }
        guard delay >= .zero else { throw InvalidArgument(field: "delay", value: delay, allowed: "zero or more") }
        self.init(
            capacity,
            batchSize,
            delay,
            try timeLimit.positive("timeLimit"),
            try followInterval.positive("followInterval"),
            sharedByProcesses,
            try retention.positive("retention"),
            try sweepInterval.positive("sweepInterval")
        )
    }

    private init(
        _ capacity: Int,
        _ batchSize: Int,
        _ delay: Duration,
        _ timeLimit: Duration,
        _ followInterval: Duration,
        _ sharedByProcesses: Bool,
        _ retention: Duration,
        _ sweepInterval: Duration
    ) {
        self.capacity = capacity
        self.batchSize = batchSize
        self.delay = delay
        self.timeLimit = timeLimit
        self.followInterval = followInterval
        self.sharedByProcesses = sharedByProcesses
        self.retention = retention
        self.sweepInterval = sweepInterval
    }
}
