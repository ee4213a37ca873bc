/// Whether a provider is down, and when it is tried again: a breaker whose evidence is a likelihood ratio and whose pauses
/// are counted in requests, so that they fit every load.
struct OutageDetector {
    /// A false alarm should come once in e⁸, about 3,000, calls or less often.
    static let threshold = 8.0

    private(set) var isOpen = false
    private(set) var failuresInARow = 0
    /// The number of the request from which on it is tried again.
    private(set) var nextProbe: UInt64 = 0
    private(set) var probeSuccesses = 0
    /// The pause that it is in, in requests.
    private(set) var interval: UInt64 = 0
    private var isProbing = false
    /// log of how much likelier the last outcomes are for a provider at half its reliability (Page's test).
    private var suspicion = 0.0
    private var onFailure = 0.0
    private var onSuccess = 0.0

    /// What a failure and a success tell, for a provider of that reliability.
    mutating func expect(_ reliability: Double) {
        let usual = min(max(reliability, 0.3), 0.995)
        onFailure = Numbers.logarithm((1 - usual / 2) / (1 - usual))
        onSuccess = -Numbers.logarithm(2)
    }

    /// Whether an outcome tells something new of the provider when it is up: not another failure of a known outage.
    enum News { case usual, outageBegins, knownOutage, relapse, probeSucceeded, outageEnds }

    mutating func record(_ isSuccess: Bool, request: UInt64, options: AdaptiveOptions) -> News {
        failuresInARow = isSuccess ? 0 : failuresInARow + 1
        guard isOpen else {
            suspicion = max(0, suspicion + (isSuccess ? onSuccess : onFailure))
            guard suspicion >= Self.threshold || failuresInARow >= options.failuresInARow else { return .usual }
            open(request, options)
            return .outageBegins
        }
        if isSuccess {
            probeSuccesses += 1
            isProbing = false
            guard probeSuccesses >= options.probeSuccesses else {
                nextProbe = request + 1
                return .probeSucceeded
            }
            isOpen = false
            // On probation: one early failure is enough to open it again.
            suspicion = max(Self.threshold - onFailure, 0)
            return .outageEnds
        }
        // A call that was placed before it opened says nothing new.
        guard isProbing else { return .knownOutage }
        let isRelapse = probeSuccesses > 0
        probeSuccesses = 0
        isProbing = false
        interval = min(interval * 2, UInt64(options.probeAtMost))
        nextProbe = request + interval
        return isRelapse ? .relapse : .knownOutage
    }

    /// A probe was placed: the next one waits for its outcome, or for the pause if there is none.
    mutating func probed(request: UInt64) {
        isProbing = true
        nextProbe = request + max(interval, 8)
    }

    private mutating func open(_ request: UInt64, _ options: AdaptiveOptions) {
        isOpen = true
        isProbing = false
        suspicion = 0
        probeSuccesses = 0
        interval = UInt64(options.probeAfter)
        nextProbe = request + interval
    }
}
