import ErrorClassification
import ResilienceCore
import RetryOrchestrator

/// Calls of a retrier, with closures of this module: alone, as inside an application that does not nest retriers, and
/// with the guard that keeps nested retriers from multiplying their attempts.
let retrierRows: [Row] = [
    Row("retrier.success", goal: Goal(ratio: 2, allocations: 0)) {
        try retrying(failures: 0, nesting: .ignored)
    },
    Row("retrier.success.guarded", goal: Goal(ratio: 3, allocations: 0)) {
        try retrying(failures: 0, nesting: .oneAttempt)
    },
    Row("retrier.success.budgeted", goal: Goal(ratio: 2, allocations: 0)) {
        try retrying(failures: 0, nesting: .ignored, budget: RetryBudget())
    },
    Row("retrier.success.default", goal: Goal(ratio: 3, allocations: 0)) {
        try retrying(failures: 0, nesting: .oneAttempt, budget: RetryBudget())
    },
    Row("retrier.twoFailures", goal: Goal(ratio: 8, allocations: 4)) {
        try retrying(failures: 2, nesting: .ignored)
    },
    Row("retrier.twoFailures.default") {
        try retrying(failures: 2, nesting: .oneAttempt, budget: plentiful())
    },
    Row("retrier.fiveFailures", goal: Goal(ratio: 18.5, allocations: 10)) {
        try retrying(failures: 5, nesting: .ignored)
    },
    Row("retrier.outcome.success") {
        let retrier = try retrier(nesting: .ignored)
        let number = opaque(7)
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await retrier.outcome { _ in number }.result.get() }
            keep(sum)
        }
    },
]

private struct Busy: Error {}

/// A budget that pays for any number of retries.
private func plentiful() throws -> RetryBudget {
    RetryBudget(try RetryBudgetOptions(floor: 1_000_000, period: .milliseconds(1)))
}

/// Six attempts without a delay; the error is known by its type.
private func retrier(nesting: RetryNesting, budget: RetryBudget? = nil) throws -> Retrier {
    var rule = Rule("busy", .unavailable)
    rule.types = [String(reflecting: Busy.self)]
    let classifier = try ErrorClassifier([try RuleTable("bench", rules: [rule])])
    let policy = try RetryPolicy(attempts: 6, backoff: .none, nesting: nesting)
    return opaque(Retrier(policy, classifier: classifier, budget: budget))
}

/// The body of a row: an operation that fails that often, and then succeeds.
private func retrying(failures: Int, nesting: RetryNesting, budget: RetryBudget? = nil) throws -> Row.Body {
    let retrier = try retrier(nesting: nesting, budget: budget)
    let (failures, number) = (opaque(failures), opaque(7))
    return { count in
        var sum = 0
        for _ in 0..<count {
            sum &+= try await retrier.run { attempt in
                if attempt.number <= failures { throw Busy() }
                return number
            }
        }
        keep(sum)
    }
}
