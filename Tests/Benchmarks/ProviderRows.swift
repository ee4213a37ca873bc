import ErrorClassification
import ProviderScoring
import ResilienceCore
import RetryOrchestrator
import Synchronization

/// What a router costs: a pick with its reservation, the outcome of a call, and a whole call that succeeds at once. With the
/// policy that it has by itself unless the path names another one.
let providerRows: [Row] = [
    Row("floor.provider.pick") {
        let raw = opaque(RawProviders(10))
        return { count in
            var sum = 0
            for _ in 0..<count { sum += raw.pick().utf8.count }
            keep(sum)
        }
    },
    Row("floor.provider.record") {
        let raw = opaque(RawProviders(10))
        let elapsed = opaque(Duration.milliseconds(1))
        return { count in
            for _ in 0..<count { raw.record(true, elapsed, of: 7) }
        }
    },
    Row("floor.provider.run") {
        let raw = opaque(RawProviders(10))
        let retrier = opaque(Retrier(budget: nil))
        let clock = SystemClock()
        return { count in
            var sum = 0
            for _ in 0..<count {
                let name = raw.pick()
                let start = clock.uptime
                sum &+= try await retrier.run { _ in name.utf8.count }
                raw.record(true, clock.uptime - start, of: 7)
            }
            keep(sum)
        }
    },
    pickRow(2, Goal(ratio: 2.2, allocations: 0), Adaptive()),
    pickRow(10, Goal(ratio: 2.2, allocations: 0), Adaptive()),
    pickRow(1_000, Goal(ratio: 2.4, allocations: 0), Adaptive()),
    pickRow(2, Goal(ratio: 1.6, allocations: 0), HighestScore(), "rank."),
    pickRow(10, Goal(ratio: 1.6, allocations: 0), HighestScore(), "rank."),
    pickRow(1_000, Goal(ratio: 1.8, allocations: 0), HighestScore(), "rank."),
    handleRow(Adaptive(), Goal(ratio: 1.8, allocations: 0)),
    handleRow(HighestScore(), Goal(ratio: 1, allocations: 0), "rank."),
    Row("provider.record.name", goal: Goal(ratio: 4, allocations: 0)) {
        let router = opaque(try warmRouter(10))
        let elapsed = opaque(Duration.milliseconds(1))
        return { count in
            for _ in 0..<count { router.record(.success, of: "provider-7", elapsed: elapsed) }
        }
    },
    runRow(2, Goal(ratio: 16, allocations: 0)),
    runRow(1_000, Goal(ratio: 16, allocations: 0)),
    Row("provider.pick.8tasks.p99.nanoseconds", atMost: 5_000) { try await slowestPicks(of: 10) },
    Row("provider.pick.1000.8tasks.p99.nanoseconds", atMost: 5_000) { try await slowestPicks(of: 1_000) },
]

/// What no router does without: a reading of the clock, a lock, a name and a place for a pick, a lock and a window of outcomes
/// for a record.
private final class RawProviders: Sendable {
    private struct State {
        var names: [String]
        var inFlight: [Int]
        var windows: [HealthWindow]
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        let window = (try? HealthWindow()).map { Array(repeating: $0, count: count) } ?? []
        state = Mutex(
            State(
                names: (0..<count).map { "a provider of a long name \($0)" },
                inFlight: Array(repeating: 0, count: count),
                windows: window
            )
        )
    }

    func pick() -> String {
        let now = SystemClock().now
        return state.withLock { state in
            let place = Int(truncatingIfNeeded: now.microseconds & 1)
            state.inFlight[place] += 1
            return state.names[place]
        }
    }

    func record(_ isSuccess: Bool, _ elapsed: Duration, of place: Int) {
        let now = Timestamp(microseconds: 1_000_000)
        state.withLock { state in
            state.inFlight[place] -= 1
            state.windows[place].record(isSuccess: isSuccess, elapsed: elapsed, at: now)
        }
    }
}

private func pickRow(_ providers: Int, _ goal: Goal, _ policy: any SelectionPolicy, _ path: String = "") -> Row {
    Row("provider.pick.\(path)\(providers)", goal: goal) {
        let router = opaque(try warmRouter(providers, policy))
        return { count in
            var sum = 0.0
            for _ in 0..<count { sum += router.pick()?.probability ?? 0 }
            keep(sum)
        }
    }
}

private func handleRow(_ policy: any SelectionPolicy, _ goal: Goal, _ path: String = "") -> Row {
    Row("provider.record.\(path)handle", goal: goal) {
        let router = opaque(try warmRouter(10, policy))
        guard let place = router.pick() else { return { _ in } }
        // Measured by the caller; to make a duration of a number costs as much as the record.
        let elapsed = opaque(Duration.milliseconds(1))
        return { count in
            for _ in 0..<count { router.record(.success, for: place, elapsed: elapsed) }
        }
    }
}

private func runRow(_ providers: Int, _ goal: Goal) -> Row {
    Row("provider.run.\(providers)", goal: goal) {
        let router = opaque(try warmRouter(providers))
        let request = RouteRequest("purchase")
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await router.run(request) { $0.number } }
            keep(sum)
        }
    }
}

/// A router that knows something of each provider.
private func warmRouter(_ count: Int, _ policy: any SelectionPolicy = Adaptive()) throws -> ProviderRouter {
    let names = (0..<count).map { "provider-\($0)" }
    let router = try ProviderRouter(
        "bench",
        names.map { Provider(stringLiteral: $0) },
        policy: policy,
        generator: SmallGenerator(seed: 1)
    )
    for (number, name) in names.enumerated() {
        for outcome in 0..<100 {
            router.record(
                outcome % 50 == number % 50 ? .failure : .success,
                of: name,
                elapsed: .milliseconds(100 + number)
            )
        }
    }
    return router
}

/// The time that 99 of 100 picks do not exceed while eight tasks pick and record.
private func slowestPicks(of count: Int) async throws -> Int {
    let router = try warmRouter(count)
    let clock = ContinuousClock()
    let times = await withTaskGroup { group in
        for _ in 0..<8 {
            group.addTask {
                var times: [Int64] = []
                times.reserveCapacity(20_000)
                for _ in 0..<20_000 {
                    let start = clock.now
                    let place = router.pick()
                    let time = clock.now - start
                    if let place { router.record(.success, for: place, elapsed: .milliseconds(1)) }
                    times.append(time.components.attoseconds / 1_000_000_000)
                    if times.count % 100 == 0 { await Task.yield() }
                }
                return times
            }
        }
        return await group.reduce(into: [Int64]()) { $0 += $1 }.sorted()
    }
    return Int(times[times.count * 99 / 100])
}
