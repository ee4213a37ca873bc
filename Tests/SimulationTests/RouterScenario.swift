import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization

/// Requests that run at once over providers that fail, while callers give up, providers change and the store of the log
/// loses replies, hangs and refuses. Everything follows from the seed.
struct RouterScenario {
    /// A protection that is taken away, to show that the check finds it.
    enum Weakness { case none, recordsTwice, forgetsToGiveBack }

    var weakness = Weakness.none

    private struct Trouble: FailureReporting {
        let code: String
        var failure: Failure { Failure(source: "sms_activate", code: code) }
    }

    /// What the run broke; empty if nothing.
    func run(seed: UInt64) throws -> SimulationResult<[String]> {
        try Simulation.run(seed: seed, stepLimit: 400_000) { sim in
            var dice = sim.fork()
            let names = Array(["a", "b", "c", "d"].prefix(Int.random(in: 1...4, using: &dice)))
            let witness = RouterWitness(seed: dice.next(), clock: sim.clock)
            let truth = InMemoryStore(clock: sim.clock)
            let faults = try FaultPlan(
                rates: [.replyLost: 0.1, .lostBeforeApply: 0.1, .unavailable: 0.15, .conflict: 0.05, .slow: 0.1],
                slowness: .milliseconds(1) ... .seconds(90)
            )
            let store = SimulatedStore(truth, in: sim, faults: faults)
            let journalOptions = try JournalOptions(batchSize: Int.random(in: 1...20, using: &dice), timeLimit: .seconds(10))
            let journal = try ProviderJournal("n", on: store, options: journalOptions, generator: sim.fork())
            let attempts = Int.random(in: 1...3, using: &dice)
            let nobody: [NobodyEligible] = [.tryLeastBad, .wait(atMost: .seconds(20)), .fail]
            let nesting: [RetryNesting] = [.oneAttempt, .sharesAttempts]
            let router = try ProviderRouter(
                "n",
                names.map { Provider(stringLiteral: $0) },
                policy: Bool.random(using: &dice) ? HighestScore() : Ordered(),
                preferences: ProviderPreferences(
                    preferredProvider: Bool.random(using: &dice) ? names.last : nil,
                    retryAttempts: attempts,
                    retryDelay: .milliseconds(Int.random(in: 0...300, using: &dice))
                ),
                options: RouterOptions(
                    nobodyEligible: nobody[Int.random(in: 0..<3, using: &dice)],
                    isIdempotent: true,
                    nesting: nesting[Int.random(in: 0..<2, using: &dice)]
                ),
                classifier: .smsRental,
                clock: sim.clock,
                generator: sim.fork(),
                journal: journal
            )
            let inner = Retrier(
                try RetryPolicy(attempts: 5, backoff: .none, throttledBackoff: .none, nesting: .sharesAttempts),
                classifier: .smsRental, clock: sim.clock, budget: nil, generator: sim.fork()
            )
            let keeping = sim.task("keeping") { await router.keep() }
            let changes = dice.next() % 3 == 0
            var requests: [(task: Task<Void, any Error>, cancelAfter: Int?)] = []
            for number in 0..<Int.random(in: 1...10, using: &dice) {
                let delay = Int.random(in: 0...2_000, using: &dice)
                let usesInner = dice.next() % 4 == 0
                let task = sim.task("request \(number)") {
                    try await sim.clock.pause(for: .milliseconds(delay))
                    _ = try await router.run(RouteRequest(reference: "\(number)")) { attempt in
                        witness.begins(number, attempt)
                        guard usesInner else { return try await witness.call(number, attempt.provider) }
                        return try await inner.run { _ in try await witness.call(number, attempt.provider) }
                    }
                }
                requests.append((task, dice.next() % 4 == 0 ? Int.random(in: 0...3_000, using: &dice) : nil))
            }
            if changes {
                try await sim.clock.pause(for: .milliseconds(700))
                try router.setProviders(names.enumerated().map { try Provider($1, inFlightLimit: $0 == 0 ? 50 : nil) })
            }
            for (task, delay) in requests {
                guard let delay else { continue }
                try await sim.clock.pause(for: .milliseconds(delay))
                task.cancel()
            }
            for (index, request) in requests.enumerated() {
                switch await request.task.result {
                case .success, .failure(is ProvidersExhaustedError), .failure(is Trouble), .failure(is RouterWitness.Trouble): break
                case .failure(is CancellationError):
                    if request.cancelAfter == nil { witness.broken("request \(index) was cancelled by nobody") }
                case .failure(let error): witness.broken("request \(index) ended with \(error)")
                }
            }
            if weakness == .forgetsToGiveBack {
                // One that neither rests nor is sold out.
                try router.setProviders(["fresh"])
                _ = router.pick()
            }
            if weakness == .recordsTwice {
                let copy = LoggedRequest(
                    provider: "a", operation: "request", reference: "0", attempt: 1, began: sim.clock.now, elapsed: .zero
                )
                journal.append(copy)
                journal.append(copy)
            }
            for provider in router.snapshot() where provider.inFlight != 0 {
                witness.broken("\(provider.inFlight) calls of \(provider.name) are still in flight")
            }
            // The store comes back.
            store.inject(.none)
            try await sim.clock.pause(for: .seconds(200))
            var logged: [String: Int] = [:]
            try await ProviderJournal("n", on: truth, generator: sim.fork()).reports.forEach {
                logged["\($0.reference ?? "") \($0.attempt)", default: 0] += 1
            }
            witness.check(logged, limit: attempts * names.count)
            keeping.cancel()
            _ = await keeping.result
            return witness.found
        }
    }
}

/// Sees each attempt from outside, and says how it ends.
final class RouterWitness: Sendable {
    struct Trouble: FailureReporting {
        let code: String
        var failure: Failure { Failure(source: "sms_activate", code: code) }
    }

    private struct State {
        var dice: SmallGenerator
        var attempts: Set<String> = []
        /// Of each request whom it called, in order, without repetitions in a row.
        var ways: [Int: [String]] = [:]
        var calls: [Int: Int] = [:]
        var found: [String] = []
    }

    private let state: Mutex<State>
    private let clock: any WallClock
    private static let replies = [
        "", "", "NO_NUMBERS", "NO_CONNECTION", "NO_BALANCE", "TRY_AGAIN_LATER", "SQL_ERROR", "RATE_LIMIT", "BAD_KEY", "WRONG_SERVICE",
    ]

    init(seed: UInt64, clock: any WallClock) {
        state = Mutex(State(dice: SmallGenerator(seed: seed)))
        self.clock = clock
    }

    var found: [String] { state.withLock { $0.found } }

    func broken(_ what: String) { state.withLock { $0.found.append(what) } }

    func begins(_ request: Int, _ attempt: ProviderAttempt) {
        state.withLock { state in
            if !state.attempts.insert("\(request) \(attempt.number)").inserted {
                state.found.append("request \(request) made attempt \(attempt.number) twice")
            }
            if state.ways[request]?.last != attempt.provider { state.ways[request, default: []].append(attempt.provider) }
        }
    }

    func call(_ request: Int, _ provider: String) async throws -> String {
        let (reply, time) = state.withLock { state in
            state.calls[request, default: 0] += 1
            let reply = Self.replies[Int.random(in: 0..<Self.replies.count, using: &state.dice)]
            return (reply, Int.random(in: 0...500, using: &state.dice))
        }
        try await clock.sleep(until: clock.now.advanced(by: .milliseconds(time)), tolerance: nil)
        if !reply.isEmpty { throw Trouble(code: reply) }
        return provider
    }

    /// Each attempt is in the log once; no request called more often than its budget, or came back to a provider.
    func check(_ logged: [String: Int], limit: Int) {
        state.withLock { state in
            for attempt in state.attempts where logged[attempt] != 1 {
                state.found.append("attempt \(attempt) is in the log \(logged[attempt] ?? 0) times")
            }
            for entry in logged.keys where !state.attempts.contains(entry) {
                state.found.append("entry \(entry) is of no attempt")
            }
            for (request, calls) in state.calls where calls > limit {
                state.found.append("request \(request) made \(calls) calls of \(limit)")
            }
            for (request, way) in state.ways where Set(way).count != way.count {
                state.found.append("request \(request) came back: \(way)")
            }
        }
    }
}
