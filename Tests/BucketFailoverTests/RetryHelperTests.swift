import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// A retrier without anything around it.
@Suite("Retrying as such", .timeLimit(.minutes(20)))
struct RetryHelperTests {
    private func calls(
        _ policy: RetryPolicy,
        _ source: (any FailoverSource)? = nil,
        failing: Int = .max,
        with error: any Error = Trouble(503)
    ) async -> (RetryOutcome<Int>, count: Int) {
        let retrier = Retrier(
            policy,
            classifier: .openAI,
            clock: ManualClock(),
            budget: nil,
            generator: SmallGenerator(seed: 1),
            failover: source
        )
        let count = Calls()
        let outcome = await retrier.outcome { _ in
            if count.add("") <= failing { throw error }
            return count.count
        }
        return (outcome, count.count)
    }

    @Test("J1, J2, J3: It succeeds at once, or after two failures of three, or throws the last error")
    func succeeds() async throws {
        #expect(try await calls(.immediate(), failing: 0).0.result.get() == 1)
        #expect(try await calls(.immediate(3), failing: 2).0.result.get() == 3)
        let outcome = try await calls(.immediate(3)).0
        #expect(throws: Trouble(503)) { try outcome.result.get() }
    }

    @Test("J4: Five attempts are five calls; a policy that says nothing allows three")
    func count() async throws {
        #expect(try await calls(.immediate(5)).count == 5)
        #expect(try await calls(.immediate()).count == 3)
    }

    @Test("J5: A predicate that says no ends it after one call")
    func predicate() async throws {
        let policy = try RetryPolicy(attempts: 5, backoff: .none, rule: .when { _ in false })
        #expect(await calls(policy).count == 1)
    }

    @Test("J6: No attempt at all is refused when the policy is made")
    func noAttempts() {
        #expect(throws: InvalidArgument.self) { try RetryPolicy(attempts: 0) }
    }

    @Test("J7: 429 is retried, 400 is not")
    func statuses() async throws {
        #expect(try await calls(.immediate(), with: Trouble(429)).count == 3)
        #expect(try await calls(.immediate(), with: Trouble(400)).count == 1)
    }

    @Test(
        "J10: Texts of connections that broke are retried where that is harmless; other texts are not",
        arguments: [
            ("terminated", 3), ("connection terminated", 3), ("read ECONNRESET", 3), ("fetch failed", 3),
            ("the cat sat on the keyboard", 1),
        ]
    )
    func texts(text: String, expected: Int) async throws {
        #expect(try await calls(.immediate(isIdempotent: true), with: Trouble(nil, message: text)).count == expected)
    }

    @Test("J12: A refusal is tried once more, then the handler is asked: three calls", arguments: [401, 403])
    func refused(status: Int) async throws {
        let script = Script()
        let outcome = try await calls(.immediate(5), script, failing: 2, with: Trouble(status))
        #expect(try outcome.0.result.get() == 3)
        #expect(script.contexts.count == 1)
    }

    @Test("J13: A handler that says no ends it, and its error has the original one")
    func handlerRefuses() async throws {
        let outcome = try await calls(.immediate(5), Script(answers: false), with: Trouble(402))
        let error = #expect(throws: AllBucketsExhaustedError.self) { try outcome.0.result.get() }
        #expect(error?.lastError as? Trouble == Trouble(402))
        #expect(outcome.count == 1)
    }

    @Test("J14: Without a handler a refusal is retried as any failure is, where the policy wants that")
    func noHandler() async throws {
        let policy = try RetryPolicy(attempts: 4, backoff: .none, rule: .when { _ in true })
        #expect(await calls(policy, with: Trouble(401)).count == 4)
    }
}
