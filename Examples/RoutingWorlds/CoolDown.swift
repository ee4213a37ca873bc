import ProviderScoring
import ResilienceCore

/// Random among those that do not cool down, as gateways of language models do: five seconds after a minute in which more
/// than half of the requests, and more than one, failed; after a 429 at least five.
struct CoolDown: SelectionPolicy {
    let name = "cool-down"

    private struct Arm {
        var minute = Int64.min
        var requests = 0
        var failures = 0
        var until = Int64.min
    }

    private var arms: [Arm] = []

    mutating func providersChanged(_ providers: [ProviderState]) {
        arms = Array(repeating: Arm(), count: providers.count)
    }

    mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        var (found, count) = (-1, UInt64(0))
        for isLast in [false, true] where found < 0 {
            for index in arms.indices
            where request.isEligible(index, of: providers) && (isLast || arms[index].until <= request.now.microseconds) {
                count += 1
                if generator.next() % count == 0 { found = index }
            }
        }
        return found < 0 ? nil : Pick(provider: found, probability: 1 / Double(count), reason: .drawn)
    }

    mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {
        let now = outcome.ended.microseconds
        if arms[provider].minute != now / 60_000_000 {
            (arms[provider].minute, arms[provider].requests, arms[provider].failures) = (now / 60_000_000, 0, 0)
        }
        arms[provider].requests += 1
        if outcome.kind != .success { arms[provider].failures += 1 }
        let isTooMuch = arms[provider].failures > 1 && arms[provider].failures * 2 > arms[provider].requests
        if case .limited = outcome.kind { arms[provider].until = now + 5_000_000 }
        if isTooMuch { arms[provider].until = now + 5_000_000 }
    }
}

/// Each as likely as the other.
struct RandomChoice: SelectionPolicy {
    let name = "random"

    mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        var (found, count) = (-1, UInt64(0))
        for index in providers.indices where request.isEligible(index, of: providers) {
            count += 1
            if generator.next() % count == 0 { found = index }
        }
        return found < 0 ? nil : Pick(provider: found, probability: 1 / Double(count), reason: .drawn)
    }
}
