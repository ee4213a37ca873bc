import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryLoad
import RetryOrchestrator
import Synchronization
import Testing

@Suite("The retry budget")
struct RetryBudgetTests {
    private static let unit = BudgetMachine.unit

    @Test("20 successes pay for one retry, and nothing is saved above the capacity")
    func funding() throws {
        var machine = BudgetMachine(try RetryBudgetOptions(floor: 0, capacity: 2))
        for number in 1...19 {
            machine.succeeded()
            #expect(machine.balance == Int64(number) * Self.unit / 20)
            #expect(machine.take(at: .zero) == nil)
        }
        machine.succeeded()
        #expect(machine.take(at: .zero) != nil)
        #expect(machine.balance == 0)
        for _ in 1...100 { machine.succeeded() }
        #expect(machine.balance == 2 * Self.unit)
        #expect(machine.spilled == 3 * Self.unit)
    }

    @Test("The floor is a least number for each period, counted together with what successes paid for")
    func floor() throws {
        var machine = BudgetMachine(try RetryBudgetOptions(floor: 10))
        func taken(at now: Duration) -> Int { (0..<50).count { _ in machine.take(at: now) != nil } }
        #expect(taken(at: .zero) == 10)
        #expect(taken(at: .milliseconds(9_999)) == 0)
        #expect(taken(at: .seconds(10)) == 10)
        for _ in 1...80 { machine.succeeded() }
        #expect(taken(at: .seconds(11)) == 4, "of 4 that were paid for none is added to the 10")
        #expect(taken(at: .seconds(20)) == 10)
        for _ in 1...80 { machine.succeeded() }
        #expect(taken(at: .seconds(30)) == 10, "4 that were paid for and 6 of the floor")
    }

    @Test("A retry that succeeds is refunded in full, to where it came from")
    func refund() throws {
        var machine = BudgetMachine(try RetryBudgetOptions(perSuccess: 0, floor: 1))
        for _ in 1...100 {
            let token = machine.take(at: .zero)
            #expect(token != nil)
            if let token { machine.giveBack(token) }
            machine.succeeded()
        }
        #expect(machine.balance == 0, "what the floor gave does not become savings")
        let early = machine.take(at: .zero)
        #expect(machine.take(at: .zero) == nil)
        #expect(machine.take(at: .seconds(10)) != nil)
        machine.giveBack(try #require(early))
        #expect(machine.take(at: .seconds(10)) == nil, "a token of the period before adds nothing to this one")
    }

    @Test("A shorter period of the floor counts at once")
    func shorterPeriod() throws {
        var machine = BudgetMachine(try RetryBudgetOptions(floor: 1, period: .seconds(86_400)))
        #expect(machine.take(at: .zero) != nil)
        #expect(machine.take(at: .seconds(10)) == nil)
        machine.reconfigure(try RetryBudgetOptions(floor: 1, period: .seconds(10)))
        #expect(machine.take(at: .seconds(10)) != nil)
        #expect(machine.take(at: .seconds(19)) == nil)
        #expect(machine.take(at: .seconds(20)) != nil)
    }

    @Test("A smaller capacity cuts what is saved up, a larger one keeps it")
    func reconfiguration() throws {
        let budget = RetryBudget(try RetryBudgetOptions(floor: 0, capacity: 10))
        for _ in 1...100 { budget.succeeded() }
        #expect(budget.snapshot.balance == 5)
        budget.reconfigure(try RetryBudgetOptions(floor: 0, capacity: 20))
        #expect(budget.snapshot.balance == 5)
        budget.reconfigure(try RetryBudgetOptions(floor: 0, capacity: 3))
        #expect(budget.snapshot.balance == 3)
        #expect((0..<9).count { _ in budget.take(at: .zero) != nil } == 3)
    }

    @Test("Options out of range are refused by name")
    func validation() {
        func field(_ make: () throws(InvalidArgument) -> RetryBudgetOptions) -> String? {
            do {
                _ = try make()
                return nil
            } catch {
                return error.field
            }
        }
        #expect(field { () throws(InvalidArgument) in try RetryBudgetOptions(perSuccess: 1.1) } == "perSuccess")
        #expect(field { () throws(InvalidArgument) in try RetryBudgetOptions(perSuccess: .nan) } == "perSuccess")
        #expect(field { () throws(InvalidArgument) in try RetryBudgetOptions(floor: -1) } == "floor")
        #expect(field { () throws(InvalidArgument) in try RetryBudgetOptions(period: .zero) } == "period")
        #expect(field { () throws(InvalidArgument) in try RetryBudgetOptions(capacity: 0) } == "capacity")
    }

    @Test("rule 7: the budget is asked before the wait; rule 10: a refused retry surfaces the operation's own error")
    func askedFirst() async throws {
        let clock = ManualClock()
        let policy = try RetryPolicy(backoff: .constant(.seconds(10)), jitter: .none)
        let empty = RetryBudget(try RetryBudgetOptions(floor: 0))
        let retrier = try Retrier.forTests(policy, clock: clock, budget: empty)
        let begin = clock.now
        let outcome: RetryOutcome<Int> = await retrier.outcome { _ in throw Trouble.busy }
        #expect(outcome.stop == .budgetExhausted)
        #expect(outcome.retryableAt == begin.advanced(by: .seconds(10)))
        #expect(throws: Trouble.busy) { try outcome.result.get() }
        #expect(clock.now == begin, "nobody moved the clock: it never waited")
        #expect(empty.snapshot.refused == 1)
    }

    @Test("rules 8 and 9: under contention what is taken and given adds up", .timeLimit(.minutes(20)))
    func conservation() async throws {
        let budget = RetryBudget(try RetryBudgetOptions(perSuccess: 0.05, floor: 0, capacity: 1_000_000))
        let tokens = HeldTokens()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var generator = SmallGenerator(seed: UInt64(task))
                    for _ in 0..<20_000 {
                        switch Int.random(in: 0..<4, using: &generator) {
                        case 0, 1: budget.succeeded()
                        case 2: if let token = budget.take(at: .zero) { tokens.add(token) }
                        default: if let token = tokens.pop() { budget.giveBack(token) }
                        }
                    }
                }
            }
        }
        let before = budget.snapshot
        var held = 0
        while let token = tokens.pop() {
            budget.giveBack(token)
            held += 1
        }
        #expect(before.taken - before.refunded == held)
        let successes = (0..<8).reduce(0) { sum, task in
            var generator = SmallGenerator(seed: UInt64(task))
            return sum + (0..<20_000).count { _ in Int.random(in: 0..<4, using: &generator) < 2 }
        }
        #expect(budget.snapshot.balance == Double(successes) / 20, "to the last token")
    }

    @Test("rule 11: budgets are keyed: one system's outage takes nothing from another")
    func keys() async throws {
        let options = try RetryBudgetOptions(floor: 3)
        let budgets = PerKey { _ in RetryBudget(options) }
        func calls(_ key: String) async throws -> Int {
            let calls = Tally()
            let retrier = try Retrier.forTests(budget: budgets[key])
            for _ in 0..<10 {
                _ = try? await retrier.run { _ in
                    calls.add()
                    throw Trouble.busy
                }
            }
            return calls.value
        }
        #expect(try await calls("stripe") == 10 + 3)
        #expect(try await calls("stripe") == 10)
        #expect(try await calls("adyen") == 10 + 3)
        #expect(budgets["stripe"] === budgets["stripe"])
        #expect(budgets.all.count == 2)
    }

    @Test("rule 13: a cancelled call pays nothing", .timeLimit(.minutes(20)))
    func cancellation() async throws {
        let clock = ManualClock()
        let budget = RetryBudget(try RetryBudgetOptions(floor: 1))
        let policy = try RetryPolicy(backoff: .constant(.seconds(10)), jitter: .none)
        let retrier = try Retrier.forTests(policy, clock: clock, budget: budget)
        for _ in 0..<3 {
            let running = Task { try await retrier.run { _ in throw Trouble.busy } }
            await clock.waitForSleepers()
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
        }
        #expect(budget.snapshot.refunded == 3)
        let running = Task {
            try await retrier.run { attempt in
                guard attempt.number > 1 else { throw Trouble.busy }
                throw CancellationError()
            }
        }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(10))
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(budget.snapshot.refunded == 4)
    }

    @Test("Inside another retrier a call neither draws on a budget nor pays into it")
    func nested() async throws {
        let budget = RetryBudget()
        let (outer, inner) = (try Retrier.forTests(budget: budget), try Retrier.forTests(budget: budget))
        try await outer.run { _ in try await inner.run { _ in } }
        #expect(budget.snapshot.balance == 0.05)
    }

    @Test("rule 12: little load in an outage, full help where failures are rare", .timeLimit(.minutes(20)))
    func load() throws {
        var load = RetryLoad()
        load.seconds = 40
        for rate in [0.0, 0.1, 0.2, 0.25, 0.35, 0.5, 0.8, 1.0] {
            load.budget = .standard
            let with = try load.run(failureRate: rate, seed: 3)
            #expect(with.load <= 1.25, "at \(rate)")
            if rate <= 0.1 { #expect(with.success >= 0.99, "at \(rate)") }
            if rate == 1 { #expect(with.load <= 1.02) }
        }
        load.budget = nil
        #expect(try load.run(failureRate: 1, seed: 3).load == 3, "which is what the budget prevents")
    }
}

private final class HeldTokens: Sendable {
    private let tokens = Mutex<[RetryToken]>([])

    func add(_ token: RetryToken) { tokens.withLock { $0.append(token) } }

    func pop() -> RetryToken? { tokens.withLock { $0.popLast() } }
}
