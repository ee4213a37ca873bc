internal import ResilienceCore

/// What ``Adaptive`` has learnt of one provider.
struct Arm {
    var reliability = Reliability()
    /// The reliability as of when nothing was suspected, and as of the last alarm.
    private var settled = Reliability()
    private var suspected = Reliability()
    var outage = OutageDetector()
    var limit = InFlightLimit()
    var pacer = Pacer()
    /// Mean seconds of its last successes; `nil` as long as there was none.
    private(set) var latency: Double?
    private var latencyCount = 0.0
    /// The utility as of the last outcome.
    var utility = 0.0
    private var outcomes: UInt8 = 0

    init() { outage.expect(reliability.mean) }

    /// Whether it is up and may take one more call.
    func isOpenForCalls(_ state: ProviderState, at now: Timestamp) -> Bool {
        !outage.isOpen && limit.allows(state.inFlight) && pacer.allows(at: now.microseconds)
    }

    mutating func note(latency seconds: Double) {
        latencyCount = min(latencyCount + 1, 50)
        let known = latency ?? seconds
        latency = known + (seconds - known) / latencyCount
    }

    /// One outcome that counts. `loss` is what a request loses with the next best provider, `enough` the success probability
    /// from which on there is no better one.
    mutating func record(
        _ isSuccess: Bool,
        inARow failures: Int,
        at now: Int64,
        request: UInt64,
        loss: Double,
        enough: Double,
        options: AdaptiveOptions,
        decayRate: Double
    ) -> OutageDetector.News {
        let news = outage.record(
            isSuccess,
            inARow: failures,
            request: request,
            loss: loss,
            enough: enough,
            options: options
        )
        switch news {
        case .usual:
            reliability.record(isSuccess, at: now, memory: Double(options.memory), rate: decayRate)
            if outage.suspicion == 0 { settled = reliability }
        case .outageBegins:
            // The failures that gave it away belong to the outage, or to the provider if it was a false alarm.
            suspected = reliability
            suspected.record(false, at: now, memory: Double(options.memory), rate: decayRate)
            reliability = settled
        case .outageEnds(let wasReal):
            if !wasReal { reliability = suspected }
        case .levelFound:
            reliability = Reliability(outage.shownSuccesses, outage.shownFailures, at: now)
            settled = reliability
            outage.expect(reliability.mean)
        case .outageGoesOn: break
        }
        outcomes &+= 1
        if outcomes & 15 == 0 { outage.expect(reliability.mean) }
        return news
    }
}
