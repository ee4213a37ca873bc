public import ResilienceCore

/// Each in turn, but for those that stand out by failing: they are left out for a while.
///
/// Out goes who fails five times in a row, and who in an interval succeeds less often than the mean less 1.9 standard
/// deviations, where enough providers had enough requests. The n-th time it is out for n times 30 seconds, at most 300. Not
/// more than a tenth of the providers are out at once, but one may be always.
///
/// ```swift
/// var policy = OutlierEjection(minimumProviders: 3, minimumRequests: 5)
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct OutlierEjection: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "outlier ejection"
    /// It judges by itself: the limits of the preferences are left out.
    public var weighsHealth: Bool { true }
    private let minimumProviders: Int
    private let minimumRequests: Int
    private let interval: Int64
    private let deviations: Double
    private let share: Double

    private struct Arm {
        var successes = 0
        var failures = 0
        var ejections = 0
        var outUntil = Int64.min
    }

    private var arms = PerProvider(Arm())
    private var next = 0
    private var checkedAt = Int64.min

    /// By default as proxies do: five providers with 100 requests each in 10 seconds. Lower both for few providers.
    ///
    /// The share is held to 0...1; of numbers that are none the default counts.
    public init(
        minimumProviders: Int = 5,
        minimumRequests: Int = 100,
        interval: Duration = .seconds(10),
        deviations: Double = 1.9,
        mostOut share: Double = 0.1
    ) {
        self.minimumProviders = max(minimumProviders, 2)
        self.minimumRequests = max(minimumRequests, 1)
        self.interval = max(interval.wholeMicroseconds, 1)
        self.deviations = deviations.isNaN ? 1.9 : deviations
        self.share = Numbers.limited(share, to: 0...1, usual: 0.1)
    }

    /// Begins anew.
    public mutating func providersChanged(_ providers: [ProviderState]) { arms.beginAnew(providers.count) }

    /// The next one in turn that is not out; any where all are.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        let now = request.now.microseconds
        if let provider = request.firstEligible(from: next, of: providers, where: { arms[$0].outUntil <= now }) {
            next = provider + 1
            return Pick(provider: provider, probability: 1, reason: .order)
        }
        let fallback = request.firstEligible(from: next, of: providers)
        return fallback.map { Pick(provider: $0, probability: 1, reason: .panic) }
    }

    /// Counts, and looks for outliers once an interval.
    public mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {
        guard provider < providers.count, let isSuccess = outcome.health else { return }
        let now = outcome.ended.microseconds
        if isSuccess { arms[provider].successes += 1 } else { arms[provider].failures += 1 }
        if providers[provider].consecutiveFailures >= 5 { eject(provider, of: providers.count, at: now) }
        if checkedAt == .min { checkedAt = now }
        guard Numbers.time(from: checkedAt, to: now) >= interval else { return }
        checkedAt = now
        var (count, sum, squares) = (0.0, 0.0, 0.0)
        for index in providers.indices where arms[index].successes + arms[index].failures >= minimumRequests {
            let arm = arms[index]
            let rate = Double(arm.successes) / Double(arm.successes + arm.failures)
            (count, sum, squares) = (count + 1, sum + rate, squares + rate * rate)
        }
        let mean = sum / max(count, 1)
        let limit = mean - deviations * max(squares / max(count, 1) - mean * mean, 0).squareRoot()
        for index in providers.indices {
            let total = arms[index].successes + arms[index].failures
            if Int(count) >= minimumProviders, total >= minimumRequests,
                Double(arms[index].successes) / Double(total) < limit
            {
                eject(index, of: providers.count, at: now)
            }
            (arms[index].successes, arms[index].failures) = (0, 0)
        }
    }

    private mutating func eject(_ provider: Int, of count: Int, at now: Int64) {
        guard arms[provider].outUntil <= now else { return }
        let out = (0..<count).count { arms[$0].outUntil > now }
        guard out < max(Int(Double(count) * share), 1) else { return }
        arms[provider].ejections += 1
        arms[provider].outUntil = Numbers.sum(now, Int64(min(arms[provider].ejections, 10)) * 30_000_000)
    }
}
