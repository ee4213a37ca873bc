public import ResilienceCore

/// The better of two drawn at random: by peak latency times calls in flight (power of two choices, peak EWMA), with
/// failure accrual.
///
/// A latency above the average is taken over at once, one below it within ten seconds. Five failures in a row take a
/// provider out for five seconds, then twice as long, at most 300. Made for many alike providers under load; it knows
/// nothing of partial failure, which is fast.
///
/// ```swift
/// var policy = PeakEWMA()
/// let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
/// ```
public struct PeakEWMA: SelectionPolicy {
    /// What it is called in events and reports.
    public let name = "peak EWMA"
    /// It judges by itself: the limits of the preferences are left out.
    public var weighsHealth: Bool { true }

    private struct Arm {
        var seconds = 0.0
        var updatedAt = Int64.min
        var outUntil = Int64.min
        var pause = 5.0
    }

    private var arms = PerProvider(Arm())

    /// Nothing to configure.
    public init() {}

    /// Begins anew.
    public mutating func providersChanged(_ providers: [ProviderState]) { arms.beginAnew(providers.count) }

    /// The cheaper of two. Two passes, for the probability.
    public mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        let now = request.now.microseconds
        var eligible = 0
        var up = 0
        for index in providers.indices where request.isEligible(index, of: providers) {
            eligible += 1
            if arms[index].outUntil <= now { up += 1 }
        }
        guard eligible > 0 else { return nil }
        // Where all are out, all are in.
        let all = up == 0
        let count = all ? eligible : up
        let first = Int(generator.next() % UInt64(count))
        let second = count > 1 ? (first + 1 + Int(generator.next() % UInt64(count - 1))) % count : first
        var (place, one, other) = (0, -1, -1)
        for index in providers.indices where isIn(index, request, providers, all) {
            if place == first { one = index }
            if place == second { other = index }
            place += 1
        }
        let found = cost(one, providers) <= cost(other, providers) ? one : other
        guard count > 1 else { return Pick(provider: found, probability: 1, reason: .onlyOne) }
        var beaten = 0.0
        let own = cost(found, providers)
        for index in providers.indices where index != found && isIn(index, request, providers, all) {
            let value = cost(index, providers)
            beaten += value > own ? 1 : value == own ? 0.5 : 0
        }
        let pairs = Double(count * (count - 1)) / 2
        return Pick(provider: found, probability: max(beaten, 0.5) / pairs, reason: .drawn)
    }

    private func isIn(_ index: Int, _ request: PickRequest, _ providers: [ProviderState], _ all: Bool) -> Bool {
        request.isEligible(index, of: providers) && (all || arms[index].outUntil <= request.now.microseconds)
    }

    private func cost(_ index: Int, _ providers: [ProviderState]) -> Double {
        max(arms[index].seconds, 0.001) * Double(providers[index].inFlight + 1)
    }

    /// Takes in the latency, and a failure in a row.
    public mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {
        guard provider < providers.count, let isSuccess = outcome.health else { return }
        let now = outcome.ended.microseconds
        let seconds = outcome.elapsed.inSeconds
        let arm = arms[provider]
        if seconds >= arm.seconds || arm.updatedAt == .min {
            arms[provider].seconds = seconds
        } else {
            let kept = Numbers.decay(-Double(max(Numbers.time(from: arm.updatedAt, to: now), 0)) / 10e6)
            arms[provider].seconds = arm.seconds * kept + seconds * (1 - kept)
        }
        arms[provider].updatedAt = now
        if isSuccess {
            arms[provider].pause = 5
        } else if providers[provider].consecutiveFailures >= 5 {
            arms[provider].outUntil = Numbers.sum(now, Int64(arm.pause * 1e6))
            arms[provider].pause = min(arm.pause * 2, 300)
        }
    }
}
