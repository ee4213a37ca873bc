import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("Retriers inside retriers")
struct RetryNestingTests {
    private func retrier(_ attempts: Int, _ nesting: RetryNesting = .oneAttempt) throws -> Retrier {
        try .forTests(try RetryPolicy(attempts: attempts, backoff: .none, nesting: nesting))
    }

    /// How often the innermost operation runs if it always fails.
    private func calls(_ retriers: [Retrier]) async -> Int {
        let calls = Tally()
        _ = try? await nested(retriers[...]) {
            calls.add()
            throw Trouble.busy
        }
        return calls.value
    }

    private func nested(_ retriers: ArraySlice<Retrier>, _ operation: () async throws -> Void) async throws {
        guard let first = retriers.first else { return try await operation() }
        try await first.run { _ in try await nested(retriers.dropFirst(), operation) }
    }

    @Test("One layer retries: inside another retrier the default is one attempt")
    func oneAttempt() async throws {
        #expect(await calls([try retrier(3), try retrier(5)]) == 3)
        #expect(await calls([try retrier(3), try retrier(5), try retrier(7)]) == 3)
        #expect(await calls([try retrier(1), try retrier(5)]) == 1)
        let same = try retrier(4)
        #expect(await calls([same, same]) == 4)
    }

    @Test("Retriers that share attempts never make more than the outermost allows")
    func shared() async throws {
        #expect(await calls([try retrier(3), try retrier(2, .sharesAttempts)]) == 3)
        #expect(await calls([try retrier(3), try retrier(9, .sharesAttempts)]) == 3)
        #expect(await calls([try retrier(6), try retrier(2, .sharesAttempts), try retrier(2, .sharesAttempts)]) == 6)
    }

    @Test("A retrier that ignores others multiplies, as it was told to")
    func ignored() async throws {
        #expect(await calls([try retrier(3, .ignored), try retrier(2)]) == 6)
        #expect(await calls([try retrier(3), try retrier(2, .ignored)]) == 6)
    }

    /// The outcome of a call that always fails, inside a call of `outer`, and what each of its attempts was told is left.
    private func outcome(of inner: Retrier, inside outer: Retrier) async throws -> (RetryOutcome<Void>, left: [Int]) {
        try await outer.run { _ in
            var left: [Int] = []
            let outcome: RetryOutcome<Void> = await inner.outcome { attempt in
                left.append(attempt.attemptsLeft)
                throw Trouble.busy
            }
            return (outcome, left)
        }
    }

    @Test("The trail says who retries, and what is left is told to each attempt")
    func trail() async throws {
        let (alone, left) = try await outcome(of: try retrier(3), inside: try retrier(2))
        #expect(alone.stop == .insideAnotherRetrier)
        #expect(left == [0])
        let (shared, leftOfShared) = try await outcome(
            of: try retrier(3, .sharesAttempts),
            inside: try retrier(2, .sharesAttempts)
        )
        #expect(shared.stop == .sharedAttemptsUsedUp)
        #expect(shared.attempts.count == 2)
        #expect(leftOfShared == [1, 0])
    }

    @Test("Attempts are shared only where both sides say so")
    func sharedByBoth() async throws {
        let (inside, _) = try await outcome(of: try retrier(3, .sharesAttempts), inside: try retrier(2))
        #expect(inside.stop == .insideAnotherRetrier)
        let (around, _) = try await outcome(of: try retrier(3), inside: try retrier(2, .sharesAttempts))
        #expect(around.stop == .insideAnotherRetrier)
    }

    @Test("What the calls inside use up, the outermost has no more")
    func usedUpInside() async throws {
        let (outer, inner) = (try retrier(4, .sharesAttempts), try retrier(3, .sharesAttempts))
        #expect(await calls([outer, inner]) == 4)
        #expect(await calls([outer, inner, inner]) == 4)
    }

    @Test("Calls one after the other share nothing")
    func siblings() async throws {
        let retrier = try retrier(3)
        #expect(await calls([retrier]) == 3)
        #expect(await calls([retrier]) == 3)
    }
}
