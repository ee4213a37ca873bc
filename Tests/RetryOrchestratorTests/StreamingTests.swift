import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("Operations that deliver bit by bit", .timeLimit(.minutes(20)))
struct StreamingTests {
    private let clock = ManualClock()

    @Test("It is tried again while nothing was delivered, and not after; its own error is thrown")
    func notAfterOutput() async throws {
        let budget = RetryBudget()
        let retrier = try Retrier.forTests(clock: clock, budget: budget)
        var delivered: [Int] = []
        var calls = 0
        await #expect(throws: Trouble(status: 503, number: 2)) {
            try await retrier.stream { attempt, output in
                calls += 1
                if attempt.number == 2 {
                    output.begin()
                    delivered.append(attempt.number)
                }
                throw Trouble(status: 503, number: attempt.number)
            }
        }
        #expect(calls == 2)
        #expect(delivered == [2])
    }

    @Test("The first output must come in time; what comes after takes as long as it takes")
    func firstOutput() async throws {
        let policy = try RetryPolicy(backoff: .none, isIdempotent: true)
        let retrier = try Retrier.forTests(policy, clock: clock)
        let timeout = try Timeout(.seconds(5), clock: clock)
        let clock = clock
        let begun = Tally()
        let running = Task {
            try await retrier.stream(firstOutputWithin: timeout) { attempt, output in
                try await clock.pause(for: attempt.number == 1 ? .seconds(60) : .seconds(4))
                output.begin()
                begun.add()
                try await clock.pause(for: .seconds(1000))
                return attempt.number
            }
        }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(5))
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(4))
        while begun.value == 0 { await Task.yield() }
        while clock.nextWake.map({ $0 < clock.now.advanced(by: .seconds(500)) }) ?? true {
            if let wake = clock.nextWake, wake < clock.now.advanced(by: .seconds(500)) { clock.advance(to: wake) }
            await Task.yield()
        }
        clock.advance(by: .seconds(1000))
        #expect(try await running.value == 2)
    }
}
