import ErrorClassification
import RetryOrchestrator

/// What each policy costs around an operation that succeeds.
let policyRows: [Row] = [
    Row("policy.breaker", goal: Goal(ratio: 3.6, allocations: 0)) {
        let breaker = opaque(CircuitBreaker(failures: .everyError))
        let number = opaque(7)
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await breaker.run { number } }
            keep(sum)
        }
    },
    Row("policy.bulkhead") {
        let bulkhead = opaque(Bulkhead(try BulkheadOptions(permits: 8)))
        let number = opaque(7)
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await bulkhead.run { number } }
            keep(sum)
        }
    },
    Row("policy.timeout", goal: Goal(ratio: 25, allocations: 7)) {
        let timeout = opaque(try Timeout(.seconds(30)))
        let number = opaque(7)
        // Made once: what its closure allocates is the caller's.
        let operation: @Sendable () async throws -> Int = opaque({ @Sendable in number })
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await timeout.run(operation) }
            keep(sum)
        }
    },
    Row("policy.hedging") {
        let hedging = opaque(try Hedging(.fixed(.seconds(30))))
        let number = opaque(7)
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await hedging.run(safeToRunTwice: { _ in number }) }
            keep(sum)
        }
    },
    Row("policy.budget.success") {
        let budget = opaque(RetryBudget())
        return { count in for _ in 0..<count { budget.succeeded() } }
    },
    Row("policy.timeout.early", atMost: 0) { try await timeouts().early },
    Row("policy.timeout.latenessPercentOfSleep", atMost: 200) { try await timeouts().percent },
]

/// How late timeouts of some milliseconds pass, beside sleeps of the same lengths; and how many passed early.
private func timeouts() async throws -> (early: Int, percent: Int) {
    let clock = ContinuousClock()
    let length = Duration.milliseconds(2)
    let timeout = try Timeout(length)
    var (early, late, sleeps): (Int, [Duration], [Duration]) = (0, [], [])
    for _ in 0..<500 {
        let begin = clock.now
        do {
            try await timeout.run { try await Task.sleep(for: .seconds(60)) }
        } catch {
            let lateness = begin.duration(to: clock.now) - length
            if lateness < .zero { early += 1 }
            late.append(lateness)
        }
        let start = clock.now
        try await Task.sleep(for: length)
        sleeps.append(start.duration(to: clock.now) - length)
    }
    late.sort()
    sleeps.sort()
    let percents = [late.count / 2, late.count * 99 / 100].map { late[$0].nanoseconds / sleeps[$0].nanoseconds * 100 }
    return (early, Int(percents.max() ?? 0))
}
