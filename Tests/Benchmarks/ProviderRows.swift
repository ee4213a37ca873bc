import ErrorClassification
import ProviderScoring
import ResilienceCore
import Synchronization

/// What a router costs: a pick with its reservation, the outcome of a call, and a whole call that succeeds at once.
let providerRows: [Row] = [
    Row("provider.pick.2", goal: Goal(ratio: 1.2, allocations: 0)) { try picking(of: 2) },
    Row("provider.pick.10", goal: Goal(ratio: 2.5, allocations: 0)) { try picking(of: 10) },
    Row("provider.pick.1000", goal: Goal(ratio: 30, allocations: 0)) { try picking(of: 1_000) },
    Row("provider.record.handle", goal: Goal(ratio: 0.5, allocations: 0)) {
        let router = opaque(try warmRouter(10))
        guard let place = router.pick() else { return { _ in } }
        return { count in
            for _ in 0..<count { router.record(.success, for: place, elapsed: .milliseconds(1)) }
        }
    },
    Row("provider.record.name", goal: Goal(ratio: 1.8, allocations: 0)) {
        let router = opaque(try warmRouter(10))
        return { count in
            for _ in 0..<count { router.record(.success, of: "provider-7", elapsed: .milliseconds(1)) }
        }
    },
    Row("provider.run", goal: Goal(ratio: 8, allocations: 0)) {
        let router = opaque(try warmRouter(2))
        let request = RouteRequest("purchase")
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await router.run(request) { $0.number } }
            keep(sum)
        }
    },
    Row("provider.pick.8tasks.p99.nanoseconds", atMost: 5_000) { try await slowestPicks(of: 10) },
    Row("provider.pick.1000.8tasks.p99.nanoseconds", atMost: 5_000) { try await slowestPicks(of: 1_000) },
]

/// A router that knows something of each provider.
private func warmRouter(_ count: Int) throws -> ProviderRouter {
    let names = (0..<count).map { "provider-\($0)" }
    let router = try ProviderRouter(
        "bench", names.map { Provider(stringLiteral: $0) }, generator: SmallGenerator(seed: 1)
    )
    for (number, name) in names.enumerated() {
        for outcome in 0..<100 {
            router.record(outcome % 50 == number % 50 ? .failure : .success, of: name, elapsed: .milliseconds(100 + number))
        }
    }
    return router
}

private func picking(of count: Int) throws -> Row.Body {
    let router = opaque(try warmRouter(count))
    return { count in
        var sum = 0.0
        for _ in 0..<count { sum += router.pick()?.probability ?? 0 }
        keep(sum)
    }
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
