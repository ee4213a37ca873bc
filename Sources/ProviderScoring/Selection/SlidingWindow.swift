public import ResilienceCore

/// The best success rate of the last 125 outcomes, with one request in 20 drawn among all.
///
/// Who falls behind the leader by more than three standard deviations is set to just that, so that it can come back.
///
/// ```swift
/// var policy = SlidingWindow()
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct SlidingWindow: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "sliding window"
    /// It judges by itself: the limits of the preferences are left out.
    public var weighsHealth: Bool { true }
    private let size: Int
    private let exploration: Double

    private struct Arm {
        var outcomes: [Bool]
        var successes: Int
        var oldest = 0

        init(size: Int) {
            outcomes = Array(repeating: true, count: size)
            successes = size
        }

        mutating func record(_ isSuccess: Bool) {
            if outcomes[oldest] { successes -= 1 }
            if isSuccess { successes += 1 }
            outcomes[oldest] = isSuccess
            oldest = (oldest + 1) % outcomes.count
        }

        /// So many successes, spread evenly.
        mutating func set(_ successes: Int) {
            for place in outcomes.indices {
                outcomes[place] = (place + 1) * successes / outcomes.count > place * successes / outcomes.count
            }
            self.successes = successes
        }
    }

    private var arms: PerProvider<Arm>

    /// A window of `size` outcomes, held to 1...1,000,000; `exploration` is the share of requests that are drawn, held to
    /// 0...1, and the default for what is no number.
    public init(size: Int = 125, exploration: Double = 0.05) {
        self.size = min(max(size, 1), 1_000_000)
        arms = PerProvider(Arm(size: self.size))
        self.exploration = Numbers.limited(exploration, to: 0...1, usual: 0.05)
    }

    /// Begins anew, with the best opinion of each.
    public mutating func providersChanged(_ providers: [ProviderState]) { arms.beginAnew(providers.count) }

    /// The best one, the first of equals; or one by lot.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        var (best, drawn, count) = (-1, -1, UInt64(0))
        for index in providers.indices where request.isEligible(index, of: providers) {
            count += 1
            if generator.next() % count == 0 { drawn = index }
            if best < 0 || arms[index].successes > arms[best].successes { best = index }
        }
        guard best >= 0 else { return nil }
        let isDrawn = generator.nextUnit() < exploration
        let provider = isDrawn ? drawn : best
        let share = exploration / Double(count) + (provider == best ? 1 - exploration : 0)
        return Pick(provider: provider, probability: share, reason: isDrawn ? .exploration : .best)
    }

    /// Takes in an outcome that counts.
    public mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {
        guard provider < providers.count, let isSuccess = outcome.health else { return }
        arms[provider].record(isSuccess)
        guard !isSuccess else { return }
        let leader = providers.indices.reduce(0) { max($0, arms[$1].successes) }
        let rate = Double(leader) / Double(size)
        let deviation = max(rate * (1 - rate) / Double(size), 1 / Double(size * size)).squareRoot()
        let floor = Int((rate - 3 * deviation) * Double(size))
        if arms[provider].successes < floor { arms[provider].set(floor) }
    }
}
