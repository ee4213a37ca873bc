/// Whether a provider is down, and when it is tried again: a breaker whose evidence is a likelihood ratio (Page's test) and
/// whose pauses are counted in requests, so that they fit every load.
struct OutageDetector {
    private(set) var isOpen = false
    private(set) var failuresInARow = 0
    /// The number of the request from which on it is tried again.
    private(set) var nextProbe: UInt64 = 0
    private(set) var probeSuccesses = 0
    /// The pause that it is in, in requests.
    private(set) var interval: UInt64 = 0
    /// log of how much likelier the last outcomes are for a provider at half its reliability.
    private(set) var suspicion = 0.0
    private var isProbing = false
    /// Outages that followed soon on the one before, and calls since that one.
    private var relapses = 0
    private var servedSinceOutage = soon
    /// Calls after which an outage is one of its own.
    private static let soon = 100
    private var isConfirmed = false
    /// Whether the last outage was one and is over.
    private var isOver = false
    private var onFailure = 0.0

    /// What it showed lately while it was down: outcomes of probes, the older ones forgotten.
    private(set) var shownSuccesses = 0.0
    private(set) var shownFailures = 0.0
    private static let shownKept = 1 - 1 / 24.0
    private var shown: Double { (shownSuccesses + 1) / (shownSuccesses + shownFailures + 2) }

    /// Outages that showed, and outcomes while it was up; both forget. Before the first one, an outage in 5,000 is expected.
    private var outages = fewOutages
    private static let fewOutages = 0.1
    private var served = 500.0

    /// Outages per call.
    var hazard: Double { outages / served }

    /// Whether it was down and has come back, fewer than so many calls ago.
    func hasEnded(within calls: Int) -> Bool { isOver && servedSinceOutage < calls }

    /// Sets what a failure tells of a provider with that reliability. A success tells log 2 to the contrary.
    mutating func expect(_ reliability: Double) {
        let usual = min(max(reliability, 0.3), 0.995)
        onFailure = Numbers.logarithm((1 - usual / 2) / (1 - usual))
    }

    /// What an outcome means.
    enum News {
        /// It is up, as before.
        case usual
        case outageBegins
        /// It is known to be down, or not known yet to be up.
        case outageGoesOn
        /// `wasReal` if a probe failed in the meantime; else it was a false alarm.
        case outageEnds(wasReal: Bool)
        /// It never was down: it is worse than it used to be, and what its probes showed is better than what else there is.
        case levelFound
    }

    /// Takes in an outcome. `loss` is what a request loses with the next best provider: where that is little, little
    /// evidence is enough. `enough` is the success probability from which on it would be the best one to call.
    mutating func record(
        _ isSuccess: Bool,
        inARow failures: Int,
        request: UInt64,
        loss: Double,
        enough: Double,
        options: AdaptiveOptions
    ) -> News {
        // Calls that it had too much to do for are told to others only, and count in a row all the same.
        failuresInARow = isSuccess ? 0 : max(failuresInARow + 1, failures)
        guard isOpen else { return recordUp(isSuccess, request, loss, options) }
        return recordDown(isSuccess, request, enough, options)
    }

    private mutating func recordUp(
        _ isSuccess: Bool,
        _ request: UInt64,
        _ loss: Double,
        _ options: AdaptiveOptions
    ) -> News {
        outages = max(outages * (1 - 1 / 10_000), 1e-12)
        served = served * (1 - 1 / 10_000) + 1
        servedSinceOutage += 1
        if isSuccess {
            suspicion = max(0, suspicion - 0.693)
            return .usual
        }
        suspicion += onFailure
        // Leaving too early costs the loss for a pause, staying the failures until there is more evidence.
        let threshold = Numbers.logarithm(Double(options.probeAfter) * loss / hazard)
        guard suspicion >= min(max(threshold, 2), 8) || failuresInARow >= options.failuresInARow else { return .usual }
        // Who comes back by chance only has to prove more each time.
        relapses = servedSinceOutage < Self.soon ? min(relapses + 1, 4) : 0
        (isOpen, isProbing, isConfirmed, isOver) = (true, false, false, false)
        (suspicion, probeSuccesses) = (0, 0)
        if relapses == 0 { (shownSuccesses, shownFailures) = (0, 0) }
        shownFailures += 1
        interval = UInt64(min(options.probeAfter, options.probeAtMost))
        nextProbe = request + interval
        return .outageBegins
    }

    private mutating func recordDown(
        _ isSuccess: Bool,
        _ request: UInt64,
        _ enough: Double,
        _ options: AdaptiveOptions
    ) -> News {
        // A call that was placed before it went down says nothing new.
        guard isProbing || isSuccess else { return .outageGoesOn }
        isProbing = false
        shownSuccesses = shownSuccesses * Self.shownKept + (isSuccess ? 1 : 0)
        shownFailures = shownFailures * Self.shownKept + (isSuccess ? 0 : 1)
        if isSuccess {
            probeSuccesses += 1
            nextProbe = request + 1
            if relapses > 0, probeSuccesses >= options.probeSuccesses, shown > enough {
                (isOpen, servedSinceOutage, suspicion, outages) = (false, 0, 0, Self.fewOutages)
                return .levelFound
            }
            guard probeSuccesses >= options.probeSuccesses << relapses else { return .outageGoesOn }
            isOpen = false
            isOver = isConfirmed
            servedSinceOutage = 0
            // On probation: one early failure is enough.
            suspicion = isConfirmed ? max(5 - onFailure, 0) : 0
            return .outageEnds(wasReal: isConfirmed)
        }
        if !isConfirmed || probeSuccesses > 0 { outages += 1 }
        isConfirmed = true
        probeSuccesses = 0
        interval = min(interval * 2, UInt64(options.probeAtMost))
        nextProbe = request + interval
        return .outageGoesOn
    }

    /// A probe was placed: the next one waits for its outcome, or for the pause if there is none.
    mutating func probed(request: UInt64) {
        isProbing = true
        nextProbe = request + max(interval, 8)
    }

    /// Forgets outages for a time that has passed: `kept` is what is left of one.
    mutating func forget(keeping kept: Double) { outages = Self.fewOutages + (outages - Self.fewOutages) * kept }
}
