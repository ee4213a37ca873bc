/// How a worker works: how much at once, for how long, how fast, and when it gives up on an item.
public struct WorkerOptions: Sendable {
    /// Handlers that run at once, 1 to 1,000. No more is claimed than can be started.
    public var concurrency = 16
    /// How long a claimed item is this worker's without a renewal, 10 ms to 1 day. Renewed at a third of it.
    public var lease: Duration = .seconds(30)
    /// How many items may be started in a time, by this worker; `nil` for no limit.
    public var rate: RateLimit?
    /// Claims of an item without a recorded outcome after which it is parked before it runs again, 1 to 10,000.
    public var maximumDeliveries = 10
    /// How long handlers may go on after the worker was cancelled, before they are cancelled too. 0 to 1 hour.
    public var grace: Duration = .seconds(10)
    /// The wait before an item whose handler threw is delivered again, by the number of its delivery.
    ///
    /// By default 1 s, doubled each time up to 1 minute, then jittered between half of that and all of it.
    public var redelivery = Backoff.custom { retry in .seconds(min(1 << min(retry - 1, 6), 60)) }
    /// Seeds the jitter of renewals and waits; `nil` for a seed of the system's.
    public var seed: UInt64?

    /// The defaults.
    public init() {}

    /// Checks every field.
    ///
    /// - Throws: ``InvalidArgument`` for the first that is out of range.
    func validate() throws(InvalidArgument) {
        guard (1...1_000).contains(concurrency) else {
            throw InvalidArgument(field: "concurrency", value: concurrency, allowed: "1...1000")
        }
        guard lease >= .milliseconds(10), lease <= .seconds(86_400) else {
            throw InvalidArgument(field: "lease", value: lease, allowed: "10 ms to 1 day")
        }
        guard (1...10_000).contains(maximumDeliveries) else {
            throw InvalidArgument(field: "maximumDeliveries", value: maximumDeliveries, allowed: "1...10000")
        }
        guard grace >= .zero, grace <= .seconds(3_600) else {
            throw InvalidArgument(field: "grace", value: grace, allowed: "0 to 1 hour")
        }
    }
}
