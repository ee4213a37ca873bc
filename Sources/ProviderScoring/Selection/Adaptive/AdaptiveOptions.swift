internal import ResilienceCore

/// How ``Adaptive`` weighs and how fast it changes its mind. The defaults fit most loads: change one for a reason.
///
/// ```swift
/// let patient = try AdaptiveOptions(memory: 1_000, margin: 0.02)
/// ```
public struct AdaptiveOptions: Sendable, Hashable {
    /// What a second of latency costs, in success probability: 0.02 gives up two points of success for a second.
    public let latencyWeight: Double
    /// What the mean price of the providers costs, in success probability.
    public let priceWeight: Double
    /// After so many outcomes an outcome counts little.
    public let memory: Int
    /// After so long an outcome counts half, and all that is known by then for no more than 48 outcomes: a provider that
    /// nobody asked may be another by now.
    public let halfLife: Duration
    /// By how much another provider must be better before requests move, unless the present one has just failed.
    public let margin: Double
    /// How much worse the provider of an affinity may be than the best one.
    public let affinityTolerance: Double
    /// A provider that is down is tried again after so many requests, then after twice as many, and so on.
    public let probeAfter: Int
    /// No pause is longer than so many requests. From then on a second attempt tries it, and if none comes along the first
    /// attempt of a request does: half a pause later, or, of one that would not be chosen if it were up, 15 pauses.
    public let probeAtMost: Int
    /// Successes in a row that end an outage.
    public let probeSuccesses: Int
    /// Failures in a row that are always taken for an outage; fewer are where they are unlikely enough.
    public let failuresInARow: Int

    /// Weights and margins in 0...1, counts in 1...1,000,000 and a half-life above zero. Throws ``InvalidArgument``.
    public init(
        latencyWeight: Double = 0.02,
        priceWeight: Double = 0.02,
        memory: Int = 400,
        halfLife: Duration = .seconds(7_200),
        margin: Double = 0.005,
        affinityTolerance: Double = 0.03,
        probeAfter: Int = 8,
        probeAtMost: Int = 512,
        probeSuccesses: Int = 3,
        failuresInARow: Int = 5
    ) throws {
        self.init(
            checked: latencyWeight,
            priceWeight,
            memory,
            halfLife,
            margin,
            affinityTolerance,
            probeAfter,
            probeAtMost,
            probeSuccesses,
            failuresInARow
        )
        let shares = [
            ("latencyWeight", latencyWeight), ("priceWeight", priceWeight), ("margin", margin),
            ("affinityTolerance", affinityTolerance),
        ]
        for (field, value) in shares where !(0...1).contains(value) {
            throw InvalidArgument(field: field, value: value, allowed: "0...1")
        }
        let counts = [
            ("memory", memory), ("probeAfter", probeAfter), ("probeAtMost", probeAtMost),
            ("probeSuccesses", probeSuccesses), ("failuresInARow", failuresInARow),
        ]
        for (field, value) in counts where !(1...1_000_000).contains(value) {
            throw InvalidArgument(field: field, value: value, allowed: "1...1,000,000")
        }
        guard halfLife > .zero else { throw InvalidArgument(field: "halfLife", value: halfLife, allowed: "above zero") }
    }

    private init(
        checked latencyWeight: Double,
        _ priceWeight: Double,
        _ memory: Int,
        _ halfLife: Duration,
        _ margin: Double,
        _ affinityTolerance: Double,
        _ probeAfter: Int,
        _ probeAtMost: Int,
        _ probeSuccesses: Int,
        _ failuresInARow: Int
    ) {
        self.latencyWeight = latencyWeight
        self.priceWeight = priceWeight
        self.memory = memory
        self.halfLife = halfLife
        self.margin = margin
        self.affinityTolerance = affinityTolerance
        self.probeAfter = probeAfter
        self.probeAtMost = probeAtMost
        self.probeSuccesses = probeSuccesses
        self.failuresInARow = failuresInARow
    }

    /// The defaults of ``init(latencyWeight:priceWeight:memory:halfLife:margin:affinityTolerance:probeAfter:probeAtMost:probeSuccesses:failuresInARow:)``.
    public static let standard = AdaptiveOptions(checked: 0.02, 0.02, 400, .seconds(7_200), 0.005, 0.03, 8, 512, 3, 5)
}
