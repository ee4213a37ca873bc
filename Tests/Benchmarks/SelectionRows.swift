import ProviderScoring
import ResilienceCore
import Synchronization

/// What choosing a provider costs, and taking in an outcome: behind a lock and with a reading of the clock, as in a router.
let selectionRows: [Row] = [
    pickRow("adaptive", 2, Goal(ratio: 1.6, allocations: 0)) { Adaptive() },
    pickRow("adaptive", 10, Goal(ratio: 1.6, allocations: 0)) { Adaptive() },
    pickRow("adaptive", 1_000, Goal(ratio: 1.8, allocations: 0)) { Adaptive() },
    pickRow("rank", 2, Goal(allocations: 0)) { HighestScore() },
    pickRow("rank", 10, Goal(allocations: 0)) { HighestScore() },
    pickRow("rank", 1_000) { HighestScore() },
    pickRow("thompson", 10, Goal(ratio: 12, allocations: 0)) { DiscountedThompson() },
    pickRow("window", 10, Goal(allocations: 0)) { SlidingWindow() },
    pickRow("ewma", 10, Goal(allocations: 0)) { PeakEWMA() },
    pickRow("outlier", 10, Goal(allocations: 0)) { OutlierEjection() },
    recordRow("window") { SlidingWindow() },
    recordRow("ewma") { PeakEWMA() },
    recordRow("outlier") { OutlierEjection() },
    recordRow("thompson") { DiscountedThompson() },
    recordRow("adaptive") { Adaptive() },
    recordRow("rank") { HighestScore() },
]

/// A policy and its table behind one lock.
private final class SelectionDesk: Sendable {
    private struct State: Sendable {
        var policy: any SelectionPolicy
        var table: ProviderTable
        var generator = SmallGenerator(seed: 1)

        mutating func pick(at now: Timestamp) -> Int {
            table.turn(to: now)
            return policy.pick(PickRequest(now: now), from: table.states, using: &generator)?.provider ?? -1
        }

        mutating func record(_ outcome: ProviderOutcome, of provider: Int) {
            table.record(outcome, of: provider)
            policy.record(outcome, of: provider, from: table.states)
        }
    }

    private let clock = SystemClock()
    private let state: Mutex<State>

    init(_ count: Int, _ policy: any SelectionPolicy) throws {
        var first = State(policy: policy, table: try ProviderTable((0..<count).map { "p\($0)" }))
        first.policy.providersChanged(first.table.states)
        let now = clock.now
        for round in 0..<30 {
            for provider in 0..<count {
                let elapsed = Duration.milliseconds(800 + provider + round)
                first.record(ProviderOutcome(.success, ended: now, elapsed: elapsed), of: provider)
            }
        }
        state = Mutex(first)
    }

    func pick() -> Int {
        let now = clock.now
        return state.withLock { $0.pick(at: now) }
    }

    func record(_ outcome: ProviderOutcome, of provider: Int) { state.withLock { $0.record(outcome, of: provider) } }

    var now: Timestamp { clock.now }
}

private func pickRow(
    _ name: String, _ count: Int, _ goal: Goal = Goal(), _ policy: @escaping @Sendable () -> any SelectionPolicy
) -> Row {
    Row("selection.pick.\(name).\(count)", goal: goal) {
        let desk = opaque(try SelectionDesk(count, policy()))
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= desk.pick() }
            keep(sum)
        }
    }
}

private func recordRow(
    _ name: String, _ goal: Goal = Goal(allocations: 0), _ policy: @escaping @Sendable () -> any SelectionPolicy
) -> Row {
    Row("selection.record.\(name)", goal: goal) {
        let desk = opaque(try SelectionDesk(10, policy()))
        let outcome = opaque(ProviderOutcome(.success, ended: desk.now, elapsed: .milliseconds(900)))
        return { count in for number in 0..<count { desk.record(outcome, of: number % 10) } }
    }
}
