import ErrorClassification
import ResilienceCore
import ResilienceTesting
public import RetryOrchestrator
import Synchronization

/// Clients that call a failing service through one retrier, in simulated time.
public struct RetryLoad: Sendable {
    /// How many calls begin in a second.
    public var requestsPerSecond = 200
    /// How long the clients go on.
    public var seconds = 60
    /// The limit that is put to the test; `nil` for none.
    public var budget: RetryBudgetOptions? = .standard
    /// The policy of the retrier.
    public var policy = RetryPolicy.default

    public init() {}

    /// What the service saw and the clients got.
    public struct Result: Sendable {
        /// Attempts for each call.
        public let load: Double
        /// The part of the calls that succeeded.
        public let success: Double
    }

    private struct Busy: Error {}

    /// Runs the clients against a service that refuses this part of the attempts, at random.
    public func run(failureRate: Double, seed: UInt64) throws -> Result {
        var rule = Rule("busy", .unavailable)
        rule.types = [String(reflecting: Busy.self)]
        let classifier = try ErrorClassifier([try RuleTable("load", rules: [rule])])
        let calls = requestsPerSecond * seconds
        let counts = Counts(generator: SmallGenerator(seed: ~seed))
        _ = try Simulation.run(seed: seed, stepLimit: .max) { sim in
            let retrier = Retrier(
                policy,
                classifier: classifier,
                clock: sim.clock,
                budget: budget.map { RetryBudget($0) },
                generator: sim.fork()
            )
            let begin = sim.clock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...calls {
                    group.addTask {
                        let answer: Void? = try? await retrier.run { _ in
                            if counts.attempt() < failureRate { throw Busy() }
                        }
                        if answer != nil { counts.success() }
                    }
                    let next = begin.advanced(by: .seconds(1) * number / requestsPerSecond)
                    try await sim.clock.sleep(until: next, tolerance: nil)
                }
                try await group.waitForAll()
            }
        }
        let total = counts.total
        return Result(
            load: Double(total.attempts) / Double(calls),
            success: Double(total.successes) / Double(calls)
        )
    }
}

/// What happened, and the dice that decide which attempt fails.
private final class Counts: Sendable {
    private let state: Mutex<(attempts: Int, successes: Int, generator: SmallGenerator)>

    init(generator: SmallGenerator) { state = Mutex((0, 0, generator)) }

    var total: (attempts: Int, successes: Int) { state.withLock { ($0.attempts, $0.successes) } }

    /// Counts an attempt and draws a number from 0 to 1 for it.
    func attempt() -> Double {
        state.withLock { state in
            state.attempts += 1
            return .random(in: 0..<1, using: &state.generator)
        }
    }

    func success() { state.withLock { $0.successes += 1 } }
}
