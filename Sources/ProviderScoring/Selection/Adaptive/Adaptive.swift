public import ResilienceCore

/// The default: stays with the provider that is worth most, leaves it when it fails, and comes back after the outage.
///
/// What a provider is worth is its success probability less what latency and price cost. What is believed of the
/// probability is a Beta distribution that forgets, by outcomes and by time. From there:
///
/// - **Outages.** Failures that are too unlikely for a provider as reliable as this one, and always five in a row, take it
///   out. It is tried again after 8 requests, 16, and so on up to 512, best on the second attempt of a request whose first
///   failed anyway; three successes in a row bring it back, more after a relapse unless its probes
///   show it to be better than the others. What is known of an outage does not count again.
/// - **Staying.** Requests move only for a margin, unless the present provider has just failed.
/// - **Crowds.** A provider that answers 503 gets fewer calls at a time, then slowly more; one that answers 429 fewer a
///   second. What it says of its quota is believed. The rest goes to the next best.
/// - **Exploring.** Who could be better than the present one for all that is known is tried now and then, by lot.
/// - **Panic.** Where everybody is down, everybody is tried in turn.
///
/// A pick costs no more for many providers than for two as long as the present one is well; nothing is allocated after
/// ``providersChanged(_:)``.
///
/// ```swift
/// var policy = Adaptive()
/// policy.providersChanged(providers)
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct Adaptive: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "adaptive"
    /// It judges by itself: the limits of the preferences are left out.
    public var weighsHealth: Bool { true }
    /// How it weighs.
    public let options: AdaptiveOptions

    var arms: [Arm] = []
    var names: [String] = []
    /// The provider that requests go to.
    var leader = -1
    /// First attempts so far: pauses are counted in these.
    var requests: UInt64 = 0
    /// No provider that is down is to be tried before that request.
    var nextProbe = UInt64.max
    /// Who might be better than the leader, and in what share of requests it is tried.
    var candidate = -1
    var explorationShare = 0.0
    var nextReview: UInt64 = 0
    /// What prices are compared with.
    var meanPrice = 1.0
    let decayRate: Double
    /// First attempts that the present exploration goes on for.
    var explorationsLeft = 0

    /// What an outage is reckoned to cost before it is known.
    static let failuresPerOutage = 4.0
    /// Outcomes, the prior's included, from which on a provider is known: later attempts keep it so.
    static let known = 20.0
    /// The most that outages make a provider worth less: what changes slowly looks like many of them.
    static let mostForOutages = 0.05
    /// A provider that is tried gets so many requests at a stretch: one request tells little, and moving costs the caller.
    static let stretch = 4

    /// One whose probe is due and that may not be called now is looked at again after so many requests.
    static let lookAgain: UInt64 = 8

    /// A policy that has learnt nothing yet.
    public init(_ options: AdaptiveOptions = .standard) {
        self.options = options
        decayRate = Numbers.logarithm(2) / Double(max(options.halfLife.wholeMicroseconds, 1))
    }

    /// What was learnt of a provider stays with its name.
    public mutating func providersChanged(_ providers: [ProviderState]) {
        let known = Dictionary(zip(names, arms), uniquingKeysWith: { first, _ in first })
        let leading = names.indices.contains(leader) ? names[leader] : nil
        names = providers.map(\.name)
        arms = names.map { known[$0] ?? Arm() }
        leader = leading.flatMap { names.firstIndex(of: $0) } ?? -1
        (candidate, nextReview, nextProbe) = (-1, 0, 0)
    }

    /// The present provider as a rule, in constant time; else the best that may be called, in one pass.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        if arms.count != providers.count { providersChanged(providers) }
        guard request.attempt <= 1 else { return again(request, from: providers) }
        requests &+= 1
        if requests >= nextReview { review(providers, at: request.now) }
        if requests >= nextProbe, let probe = probe(request, from: providers, patience: true) { return probe }
        var probability = 1.0
        if candidate >= 0 {
            if explorationsLeft > 0, mayCall(candidate, request, providers) {
                explorationsLeft -= 1
                return Pick(provider: candidate, probability: 1, reason: .exploration)
            }
            let share = explorationShare / Double(Self.stretch)
            if generator.nextUnit() < share, mayCall(candidate, request, providers) {
                explorationsLeft = Self.stretch - 1
                return Pick(provider: candidate, probability: share, reason: .exploration)
            }
            probability = 1 - share
        }
        if let affinity = request.affinity, let own = home(of: affinity, request, providers) {
            return Pick(provider: own, probability: probability, reason: own == leader ? .best : .affinity)
        }
        if leader >= 0, mayCall(leader, request, providers) {
            return Pick(provider: leader, probability: probability, reason: .best)
        }
        return other(request, from: providers, probability: probability)
    }

    /// When the first provider may be called again: the earliest end of a rest or of a pause between calls.
    public func returnsAt(from providers: [ProviderState], now: Timestamp) -> Timestamp? {
        providers.indices.compactMap { index -> Timestamp? in
            let state = providers[index]
            guard state.isOn, state.stock?.count != 0 else { return nil }
            let paced = index < arms.count ? arms[index].pacer.returnsAt(now: now.microseconds) : now.microseconds
            let instant = max(state.limitedUntil.microseconds, paced)
            return instant > now.microseconds ? Timestamp(microseconds: instant) : nil
        }.min()
    }

    /// One that is down, or has as much to do as it seems to stand, or was asked too often.
    public func holdsBack(_ provider: Int, at now: Timestamp, from providers: [ProviderState]) -> Bool {
        arms.indices.contains(provider) && !arms[provider].isOpenForCalls(providers[provider], at: now)
    }

    /// One whose outage has ended, until its window knows nothing else.
    public func hasComeBack(_ provider: Int, from providers: [ProviderState]) -> Bool {
        arms.indices.contains(provider)
            && arms[provider].outage.hasEnded(within: providers[provider].health?.count ?? 0)
    }

    /// Whether that provider is taken to be down at present: it gets probes only.
    public func isDown(_ provider: Int) -> Bool { arms.indices.contains(provider) && arms[provider].outage.isOpen }

    func mayCall(_ provider: Int, _ request: PickRequest, _ providers: [ProviderState]) -> Bool {
        request.isEligible(provider, of: providers)
            && arms[provider].isOpenForCalls(providers[provider], at: request.now)
    }

    func utility(of provider: Int, success: Double, price: Double?) -> Double {
        let latency = arms[provider].latency ?? 1
        // An outage costs some failures until it shows: who is down often is worth less while up.
        let outages = min(Self.failuresPerOutage * arms[provider].outage.hazard, Self.mostForOutages)
        return success - outages - options.latencyWeight * latency - options.priceWeight * (price ?? meanPrice)
            / meanPrice
    }

    private func home(of affinity: UInt64, _ request: PickRequest, _ providers: [ProviderState]) -> Int? {
        guard leader >= 0 else { return nil }
        let least = arms[leader].utility - options.affinityTolerance
        var best = -1
        var highest: UInt64 = 0
        for index in arms.indices where arms[index].utility >= least && mayCall(index, request, providers) {
            // The highest of a hash for each pair: when a provider leaves, only its own callers move.
            var generator = SmallGenerator(seed: affinity ^ UInt64(truncatingIfNeeded: names[index].hash32))
            let value = generator.next()
            if best < 0 || value > highest { (best, highest) = (index, value) }
        }
        return best >= 0 ? best : nil
    }
}

extension SmallGenerator {
    /// 0..<1.
    mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension String {
    /// The same in every process, unlike `hashValue` (FNV-1a).
    var hash32: UInt64 { utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
}
