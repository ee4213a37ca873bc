public import ResilienceCore

/// How long holds last and how many a holder may have.
public struct HoldOptions: Sendable {
    /// How long a hold lasts unless the caller says otherwise. More than zero.
    public var duration: Duration = .seconds(300)
    /// The longest a hold may last in all, extensions included. At least ``duration``.
    public var longest: Duration = .seconds(900)
    /// Live holds of one holder, 1 to 1,000; `nil` for no limit.
    public var holdsPerHolder: Int? = 5
    /// Whether a confirmation after the deadline is accepted until the expiry is recorded.
    public var confirmGrace = false
    /// How long the record of a hold that ended stays, and that of a booking after its last interval. More than zero.
    ///
    /// Keep it longer than any clock may be wrong: a booking that seems to be past for so long is deleted.
    public var retention: Duration = .seconds(86_400)
    /// How the workers of expiries, and of a waitlist's lines and entries, work. They give up on no record before 10,000
    /// deliveries, whatever `maximumDeliveries` says here: a parked hold would leave its resources taken. It then lies
    /// in `parked/hold.<name>`.
    public var worker: WorkerOptions = {
        var options = WorkerOptions()
        options.maximumDeliveries = 10_000
        return options
    }()
    /// Seeds the ids of holds; `nil` for a seed of the system's. Two desks on one store must not share a seed.
    public var seed: UInt64?

    /// The defaults.
    public init() {}

    /// As ``worker``, with as many deliveries as are needed for nothing to be left taken.
    var patientWorker: WorkerOptions {
        var options = worker
        options.maximumDeliveries = max(options.maximumDeliveries, 10_000)
        return options
    }

    func validate() throws(InvalidArgument) {
        _ = try duration.positive("duration")
        _ = try retention.positive("retention")
        guard longest >= duration else {
            throw InvalidArgument(field: "longest", value: longest, allowed: "at least duration")
        }
        if let most = holdsPerHolder, !(1...1_000).contains(most) {
            throw InvalidArgument(field: "holdsPerHolder", value: most, allowed: "1...1000")
        }
    }
}
