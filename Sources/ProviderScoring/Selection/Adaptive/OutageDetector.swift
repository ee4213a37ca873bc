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
    private var onFailure = 0.0

    /// Outages that showed, and outcomes while it was up; both forget. Before the first one, an outage in 5,000 is expected.
    private var outages = 0.1
    private var served = 500.0

    /// Outages per call.
    var hazard: Double { outages / served }

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
    }

    /// Takes in an outcome. `loss` is what a request loses with the next best provider: where that is little, little
    /// evidence is enough.
    mutating func record(
        _ isSuccess: Bool, request: UInt64, loss: Double, options: AdaptiveOptions
    ) -> News {
        failuresInARow = isSuccess ? 0 : failuresInARow + 1
        return isOpen ? recordDown(isSuccess, request, options) : recordUp(isSuccess, request, loss, options)
    }

    private mutating func recordUp(
        _ isSuccess: Bool, _ request: UInt64, _ loss: Double, _ options: AdaptiveOptions
    ) -> News {
        outages *= 1 - 1 / 10_000
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
        (isOpen, isProbing, isConfirmed) = (true, false, false)
        (suspicion, probeSuccesses) = (0, 0)
        interval = UInt64(options.probeAfter)
        nextProbe = request + interval
        return .outageBegins
    }

    private mutating func recordDown(_ isSuccess: Bool, _ request: UInt64, _ options: AdaptiveOptions) -> News {
        // A call that was placed before it went down says nothing new.
        guard isProbing || isSuccess else { return .outageGoesOn }
        isProbing = false
        if isSuccess {
            probeSuccesses += 1
            nextProbe = request + 1
            guard probeSuccesses >= options.probeSuccesses << relapses else { return .outageGoesOn }
            isOpen = false
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
    mutating func forget(keeping kept: Double) { outages = 0.1 + (outages - 0.1) * kept }
}
