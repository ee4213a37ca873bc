import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("The retrier", .timeLimit(.minutes(20)))
struct RetrierTests {
    @Test("An operation that succeeds at once runs once")
    func success() async throws {
        var calls = 0
        let value = try await Retrier.forTests().run { attempt in
            calls += 1
            #expect(attempt.number == 1)
            #expect(attempt.attemptsLeft == 2)
            #expect(attempt.previous == nil)
            return "done"
        }
        #expect(value == "done")
        #expect(calls == 1)
    }

    @Test("Each attempt is told its number, what is left, and the verdict on the one before")
    func attempts() async throws {
        var numbers: [Int] = []
        var left: [Int] = []
        var previous: [ErrorClassification.Category?] = []
        let value = try await Retrier.forTests().run { attempt in
            numbers.append(attempt.number)
            left.append(attempt.attemptsLeft)
            previous.append(attempt.previous?.category)
            if attempt.number < 3 { throw attempt.number == 1 ? Trouble.busy : Trouble.throttled() }
            return attempt.number
        }
        #expect(value == 3)
        #expect(numbers == [1, 2, 3])
        #expect(left == [2, 1, 0])
        #expect(previous == [nil, .unavailable, .rateLimited])
    }

    @Test("The last attempt's own error is thrown, unchanged")
    func originalError() async throws {
        let retrier = try Retrier.forTests()
        await #expect(throws: Trouble(status: 503, number: 3)) {
            try await retrier.run { attempt in throw Trouble(status: 503, number: attempt.number) }
        }
        await #expect(throws: Trouble.wrong) {
            try await retrier.run { _ in throw Trouble.wrong }
        }
    }

    @Test("An error that no rule knows passes through after one attempt")
    func unknownError() async throws {
        struct Surprise: Error, Equatable { let object: Int }
        var calls = 0
        await #expect(throws: Surprise(object: 7)) {
            try await Retrier.forTests().run { _ in
                calls += 1
                throw Surprise(object: 7)
            }
        }
        #expect(calls == 1)
    }

    @Test("rule 19: an ambiguous failure runs once, and again only where the operation is declared idempotent")
    func ambiguous() async throws {
        for (isIdempotent, expected) in [(false, 1), (true, 3)] {
            let policy = try RetryPolicy(backoff: .none, isIdempotent: isIdempotent)
            var calls = 0
            await #expect(throws: Trouble.silent) {
                try await Retrier.forTests(policy).run { _ in
                    calls += 1
                    throw Trouble.silent
                }
            }
            #expect(calls == expected)
        }
    }

    @Test("The idempotency key is the same on each attempt and another on each call; the caller's own is kept")
    func keys() async throws {
        let retrier = try Retrier.forTests()
        var keys: [[String]] = []
        for own in [nil, nil, "order-17"] {
            var seen: [String] = []
            _ = try? await retrier.run(idempotencyKey: own) { attempt in
                seen.append(attempt.idempotencyKey)
                throw Trouble.busy
            }
            keys.append(seen)
        }
        #expect(keys.allSatisfy { $0.count == 3 && Set($0).count == 1 })
        #expect(Set(keys.map(\.[0])).count == 3)
        #expect(keys[2][0] == "order-17")
        let other = Retrier(.default, classifier: try .forTests())
        #expect(try await other.run { $0.idempotencyKey } != keys[0][0])
    }

    @Test("A result that is not accepted is asked for again; the last one is given when the attempts are used up")
    func results() async throws {
        let retrier = try Retrier.forTests()
        #expect(try await retrier.run(retryIf: { $0 < 2 }) { attempt in attempt.number } == 2)
        #expect(try await retrier.run(retryIf: { $0 < 9 }) { attempt in attempt.number } == 3)
    }

    @MainActor
    @Test("The operation runs in the caller's isolation and may use what is not Sendable")
    func isolation() async throws {
        final class Basket { var items = 0 }
        let basket = Basket()
        let retrier = try Retrier.forTests()
        let count = try await retrier.run { attempt in
            MainActor.assertIsolated()
            basket.items += 1
            if attempt.number == 1 { throw Trouble.busy }
            return basket
        }.items
        #expect(count == 2)
        let outcome = await retrier.outcome { _ in basket }
        #expect(try outcome.result.get() === basket)
    }

    @Test("rule 15: 10,000 tasks on one retrier have each their own attempts")
    func manyTasks() async throws {
        let retrier = try Retrier.forTests()
        let calls = Tally()
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<10_000 {
                group.addTask {
                    let wanted = number % 4
                    var seen: [Int] = []
                    let result: Int? = try? await retrier.run { attempt in
                        calls.add()
                        seen.append(attempt.number)
                        await Task.yield()
                        if attempt.number <= wanted { throw Trouble.busy }
                        return number
                    }
                    return seen != Array(1...min(wanted + 1, 3)) || result != (wanted < 3 ? number : nil)
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wrong == 0)
        #expect(calls.value == 2_500 * (1 + 2 + 3 + 3))
    }
}
