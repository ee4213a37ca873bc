import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// What the policies show of themselves, for dashboards.
@Suite("Snapshots of policies", .timeLimit(.minutes(20)))
struct SnapshotTests {
    private let clock = ManualClock()

    @Test("A breaker shows in each state what it has counted, and for how long it lets nothing through")
    func breaker() async throws {
        let options = try BreakerOptions(
            window: .calls(4),
            slowCalls: BreakerOptions.SlowCalls(over: .seconds(1), rate: 1),
            minimumCalls: 4,
            openFor: .seconds(30),
            probes: 2
        )
        let breaker = CircuitBreaker(options, failures: .everyError, clock: clock)
        func call(_ time: Duration = .zero, fails: Bool = false) async {
            try? await breaker.run {
                clock.advance(by: time)
                if fails { throw Trouble.busy }
            }
        }
        func shows(_ state: CircuitState, refusesFor: Duration? = nil, _ counts: [Int]) {
            let snapshot = breaker.snapshot
            #expect(snapshot.state == state)
            #expect(snapshot.refusesFor == refusesFor)
            let found = [
                snapshot.calls, snapshot.failures, snapshot.slowCalls, snapshot.failuresInARow, snapshot.refused,
            ]
            #expect(found == counts)
        }
        shows(.closed, [0, 0, 0, 0, 0])
        await call(.seconds(2))
        await call(fails: true)
        shows(.closed, [2, 1, 1, 1, 0])
        await call()
        shows(.closed, [3, 1, 1, 0, 0])
        await call(fails: true)
        shows(.open, refusesFor: .seconds(30), [4, 2, 1, 1, 0])
        clock.advance(by: .seconds(10))
        await call()
        shows(.open, refusesFor: .seconds(20), [4, 2, 1, 1, 1])
        clock.advance(by: .seconds(25))
        shows(.open, refusesFor: .zero, [4, 2, 1, 1, 1])
        await call()
        // Of the probes now.
        shows(.halfOpen, [1, 0, 0, 1, 1])
        await call()
        shows(.closed, [0, 0, 0, 0, 1])
        breaker.forceOpen()
        await call()
        shows(.forcedOpen, [0, 0, 0, 0, 2])
        breaker.forceClosed()
        await call(fails: true)
        shows(.forcedClosed, [0, 0, 0, 0, 2])
        #expect(breaker.snapshot.options == options)
        breaker.reconfigure(.standard)
        #expect(breaker.snapshot.options == .standard)
    }

    @Test("A budget shows what is saved up, and what became of those who asked")
    func budget() throws {
        let options = try RetryBudgetOptions(perSuccess: 0.5, floor: 1, capacity: 2)
        let budget = RetryBudget(options)
        func shows(_ balance: Double, taken: Int, refunded: Int = 0, refused: Int) {
            let snapshot = budget.snapshot
            #expect(snapshot.balance == balance)
            #expect([snapshot.taken, snapshot.refunded, snapshot.refused] == [taken, refunded, refused])
        }
        #expect(budget.snapshot.options == options)
        #expect(budget.take(at: .zero) != nil)
        #expect(budget.take(at: .zero) == nil)
        shows(0, taken: 1, refused: 1)
        for _ in 0..<3 { budget.succeeded() }
        shows(1.5, taken: 1, refused: 1)
        let token = try #require(budget.take(at: .zero))
        shows(0.5, taken: 2, refused: 1)
        budget.giveBack(token)
        shows(1.5, taken: 2, refunded: 1, refused: 1)
        for _ in 0..<9 { budget.succeeded() }
        shows(2, taken: 2, refunded: 1, refused: 1)
        let less = try RetryBudgetOptions(capacity: 1)
        budget.reconfigure(less)
        #expect(budget.snapshot.options == less)
        shows(1, taken: 2, refunded: 1, refused: 1)
    }

    @Test("A bulkhead shows who is inside, who waits and who was refused")
    func bulkhead() async throws {
        let clock = clock
        let bulkhead = Bulkhead(try BulkheadOptions(permits: 1, queueLimit: 1), clock: clock)
        let more = try BulkheadOptions(permits: 2, queueLimit: 1)
        let operation: @Sendable () async throws -> Void = {
            try await bulkhead.run { try await clock.sleep(until: .distantFuture, tolerance: nil) }
        }
        let first = Task { try await operation() }
        await clock.waitForSleepers()
        let second = Task { try await operation() }
        while bulkhead.snapshot.waiting == 0 { await Task.yield() }
        await #expect(throws: PolicyError.self) { try await operation() }
        let snapshot = bulkhead.snapshot
        #expect([snapshot.options.permits, snapshot.inUse, snapshot.waiting, snapshot.refused] == [1, 1, 1, 1])
        bulkhead.reconfigure(more)
        #expect(bulkhead.snapshot.options == more)
        #expect([bulkhead.snapshot.inUse, bulkhead.snapshot.waiting] == [2, 0])
        for task in [first, second] { task.cancel() }
        for task in [first, second] { _ = await task.result }
        #expect([bulkhead.snapshot.inUse, bulkhead.snapshot.refused] == [0, 1])
    }

    @Test("A rate limiter shows its rate, what it has let through, and when the next one may start")
    func rateLimiter() async throws {
        let limit = try RateLimit(1, per: .seconds(10))
        let limiter = try RateLimiter(limit, clock: clock)
        try await limiter.pass()
        await #expect(throws: PolicyError.self) { try await limiter.pass() }
        let snapshot = limiter.snapshot
        #expect(snapshot.limit == limit && snapshot.nextWait == .seconds(10))
        #expect([snapshot.started, snapshot.refused] == [1, 1])
        clock.advance(by: .seconds(10))
        #expect(limiter.snapshot.nextWait == .zero)
        let faster = try RateLimit(5, per: .seconds(1))
        try limiter.reconfigure(faster)
        #expect(limiter.snapshot.limit == faster)
    }

    @Test("Hedging shows how long it waits at present, and how many further attempts it made")
    func hedging() throws {
        let snapshots = try Simulation.run(seed: 1) { sim in
            let hedging = try Hedging(.fixed(.milliseconds(50)), extraLoad: 1, clock: sim.clock)
            var found = [hedging.snapshot]
            for time in [10, 100] {
                let delay = Duration.milliseconds(time)
                try await hedging.run { _ in try await sim.clock.pause(for: delay) }
                found.append(hedging.snapshot)
            }
            try hedging.reconfigure(.quantile(0.9, until: .seconds(1)))
            return found + [hedging.snapshot]
        }.value
        #expect(snapshots.map(\.calls) == [0, 1, 2, 2])
        #expect(snapshots.map(\.hedges) == [0, 0, 1, 1])
        #expect(snapshots.prefix(3).allSatisfy { $0.delay == .milliseconds(50) })
        #expect(snapshots.last?.delay == .seconds(1))
    }
}
