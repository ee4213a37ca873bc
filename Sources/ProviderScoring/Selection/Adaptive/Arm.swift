internal import ResilienceCore

/// What ``Adaptive`` has learnt of one provider.
struct Arm {
    var reliability = Reliability()
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

    /// One outcome that counts.
    mutating func record(
        _ isSuccess: Bool, at now: Int64, request: UInt64, options: AdaptiveOptions, decayRate: Double
    ) -> OutageDetector.News {
        let news = outage.record(isSuccess, request: request, options: options)
        // That a known outage goes on says nothing about how reliable it is when it is up.
        if news != .knownOutage {
            reliability.record(isSuccess, at: now, memory: Double(options.memory), rate: decayRate)
        }
        outcomes &+= 1
        if outcomes & 15 == 0 { outage.expect(reliability.mean) }
        return news
    }
}
