import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("Pipelines", .timeLimit(.minutes(20)))
struct PipelineTests {
    private let clock = ManualClock()

    private func refusal(_ kinds: [PipelineLayerKind]) -> String? {
        do {
            try PipelineOrder.check(kinds.map { ($0, nil) })
            return nil
        } catch { return error.allowed }
    }

    @Test(
        "Orders that make sense are accepted",
        arguments: [
            [], [.retry], [.fallback, .timeout, .retry, .hedging, .breaker, .rateLimiter, .bulkhead, .timeout],
            [.retry, .breaker, .timeout, .bulkhead], [.timeout, .hedging, .timeout], [.timeout, .retry, .breaker], [.bulkhead, .bulkhead],
            [.retry, .bulkhead, .rateLimiter, .breaker],
        ] as [[PipelineLayerKind]]
    )
    func accepted(_ kinds: [PipelineLayerKind]) { #expect(refusal(kinds) == nil) }

    @Test(
        "Orders that make no sense are refused with the reason",
        arguments: [
            ([.retry, .fallback], "fallback outermost"), ([.timeout, .fallback], "fallback outermost"),
            ([.fallback, .fallback], "once"), ([.retry, .breaker, .retry], "once"),
            ([.hedging, .retry], "retry outside of hedging"), ([.breaker, .retry], "retry outside of breaker"),
            ([.bulkhead, .timeout, .retry], "retry outside of bulkhead"),
            ([.rateLimiter, .retry], "retry outside of rateLimiter"),
            ([.breaker, .hedging], "hedging outside of breaker"), ([.timeout, .timeout], "two timeouts"),
            ([.timeout, .breaker], "timeout inside of breaker"),
            ([.retry, .timeout, .bulkhead, .breaker], "timeout inside of breaker"),
        ] as [([PipelineLayerKind], String)]
    )
    func refused(_ kinds: [PipelineLayerKind], _ reason: String) {
        #expect(refusal(kinds)?.contains(reason) == true, "\(refusal(kinds) ?? "accepted")")
    }

    @Test("An inner timeout that can never pass is refused")
    func timeouts() throws {
        let (long, short) = (try Timeout(.seconds(10)), try Timeout(.seconds(2)))
        let retrier = try Retrier.forTests()
        _ = try Pipeline<Int>(.timeout(long), .retry(retrier), .timeout(short))
        #expect(throws: InvalidArgument.self) {
            try Pipeline<Int>(.timeout(short), .retry(retrier), .timeout(long))
        }
    }

    @Test("A system that hangs opens the circuit, whose timeout is inside of it")
    func hanging() async throws {
        let clock = clock
        let breaker = CircuitBreaker(
            try BreakerOptions(failureRate: nil, consecutiveFailures: 3),
            failures: .everyError,
            clock: clock
        )
        let policy = try RetryPolicy(backoff: .none, isIdempotent: true)
        let pipeline = try Pipeline<Int>(
            .retry(try .forTests(policy, clock: clock)),
            .breaker(breaker),
            .timeout(try Timeout(.seconds(2), clock: clock))
        )
        let running = Task {
            try await pipeline.run { _ in
                try await clock.sleep(until: .distantFuture, tolerance: nil)
                return 1
            }
        }
        for _ in 0..<3 {
            await clock.waitForSleepers(2)
            clock.advance(by: .seconds(2))
        }
        await #expect(throws: PolicyError(.timedOut, policy: "timeout")) { try await running.value }
        #expect(breaker.state == .open)
    }

    @Test("Policies run from the outside in, and the order can be read")
    func order() async throws {
        let observer = RecordingObserver()
        let breaker = CircuitBreaker(
            try BreakerOptions(failureRate: nil, consecutiveFailures: 3),
            failures: .everyError,
            clock: clock
        )
        let retrier = try Retrier.forTests(clock: clock, observer: observer)
        let pipeline = try Pipeline<Int>(
            .fallback(.value(-1, classifier: try .forTests())),
            .retry(retrier),
            .breaker(breaker),
            .bulkhead(Bulkhead(try BulkheadOptions(permits: 1))),
            .timeout(try Timeout(.seconds(2), clock: clock))
        )
        #expect(pipeline.order == ["fallback", "retry", "breaker", "bulkhead", "timeout"])
        let second = try await pipeline.run { attempt in
            guard attempt.number == 2 else { throw Trouble.busy }
            return attempt.number
        }
        #expect(second == 2)
        #expect(breaker.snapshot.calls == 2, "each attempt counts")
        let answer = try await pipeline.answer { _ in throw Trouble.busy }
        #expect(answer.value == -1)
        #expect(answer.reason?.category == .unavailable)
        #expect(breaker.state == .open)
        #expect(try await pipeline.answer { _ in 1 }.reason?.code == "circuitOpen")
        breaker.reset()
        await #expect(throws: CancellationError.self) { try await pipeline.run { _ in throw CancellationError() } }
    }

    @Test("The idempotency key is the same on all attempts of a call and another on the next; the caller's own is kept")
    func keys() async throws {
        let retrying = try Pipeline<String>(.retry(try .forTests()))
        let plain = try Pipeline<String>()
        for pipeline in [retrying, plain] {
            #expect(try await pipeline.run(idempotencyKey: "own") { $0.idempotencyKey } == "own")
            let (first, second) = (
                try await pipeline.run { $0.idempotencyKey }, try await pipeline.run { $0.idempotencyKey }
            )
            #expect(first != second)
        }
        let deadline = clock.now.advanced(by: .seconds(9))
        let pipeline = try Pipeline<Timestamp?>(.retry(try .forTests(clock: clock)))
        #expect(try await pipeline.run(deadline: deadline) { $0.deadline } == deadline)
    }

    @Test("10,000 tasks on one pipeline have each their own call")
    func manyTasks() async throws {
        let options = try BulkheadOptions(permits: 100, queueLimit: 10_000)
        let live = Live()
        let pipeline = try Pipeline<Int>(
            .retry(try .forTests()),
            .breaker(CircuitBreaker(failures: .when { _ in false })),
            .bulkhead(Bulkhead(options)),
            .timeout(try Timeout(.seconds(60), clock: clock))
        )
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<10_000 {
                group.addTask {
                    let result = try? await pipeline.run { attempt in
                        live.began()
                        defer { live.ended() }
                        await Task.yield()
                        if attempt.number <= number % 3 { throw Trouble.busy }
                        return number
                    }
                    return result != number
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wrong == 0)
        #expect(live.most <= 100)
    }
}
