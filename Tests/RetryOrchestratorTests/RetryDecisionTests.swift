import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Testing

@Suite("The decision after a failure")
struct RetryDecisionTests {
    private struct Broken: Error {}
    private let now = Timestamp(seconds: 1_000_000)

    private func verdict(
        _ category: ErrorClassification.Category,
        ambiguous: Bool = false,
        retryAfter: Duration? = nil
    ) -> Classification {
        Classification(category, isAmbiguous: ambiguous, retryAfter: retryAfter, rule: "test")
    }

    private func policy(
        attempts: Int = 3,
        jitter: Jitter = .none,
        isIdempotent: Bool = false,
        rule: RetryRule = .byClassification
    ) throws -> RetryPolicy {
        try RetryPolicy(attempts: attempts, jitter: jitter, isIdempotent: isIdempotent, rule: rule)
    }

    private func decide(
        _ policy: RetryPolicy,
        _ verdict: Classification,
        attempts: Int = 1,
        deadline: Timestamp? = nil,
        seed: UInt64 = 1
    ) -> RetryDecision {
        var generator = SmallGenerator(seed: seed)
        let state = RetryState(attempts: attempts, deadline: deadline)
        return policy.decision(after: Broken(), verdict, state: state, now: now, using: &generator)
    }

    @Test("Failures that pass are retried: after 50 ms, or 1 s where the other side has too much to do")
    func passing() throws {
        let policy = try policy()
        for category in [ErrorClassification.Category.network, .unavailable, .conflict, .resourceExhausted, .server] {
            #expect(decide(policy, verdict(category)) == .retry(after: .milliseconds(50), .transient))
        }
        for category in [ErrorClassification.Category.rateLimited, .overloaded] {
            #expect(decide(policy, verdict(category)) == .retry(after: .seconds(1), .throttled))
            #expect(decide(policy, verdict(category), attempts: 2) == .retry(after: .seconds(2), .throttled))
        }
    }

    @Test("Failures that only happen again are not retried")
    func lasting() throws {
        let policy = try policy()
        let lasting: [ErrorClassification.Category] = [
            .authentication, .authorization, .notFound, .validation, .insufficientFunds, .paymentDeclined, .duplicate,
            .configuration, .dataCorruption, .invalidRecipient, .permanent, .quotaExhausted,
        ]
        for category in lasting {
            #expect(decide(policy, verdict(category)) == .stop(.notRetryable, retryableAt: nil))
        }
    }

    @Test("rule 19: unknown errors are not retried")
    func unknown() throws {
        #expect(decide(try policy(), verdict(.unknown)) == .stop(.unknown, retryableAt: nil))
        let idempotent = try policy(isIdempotent: true)
        #expect(decide(idempotent, verdict(.unknown, ambiguous: true)) == .stop(.unknown, retryableAt: nil))
    }

    @Test("rule 19: ambiguous failures are retried only if the operation is declared idempotent")
    func ambiguous() throws {
        let timeout = verdict(.timeout, ambiguous: true)
        #expect(decide(try policy(), timeout) == .stop(.ambiguous, retryableAt: nil))
        #expect(decide(try policy(rule: .byAttemptsOnly), timeout) == .stop(.ambiguous, retryableAt: nil))
        let declared = try policy(isIdempotent: true)
        #expect(decide(declared, timeout) == .retry(after: .milliseconds(50), .ambiguousIdempotent))
    }

    @Test("P5: by attempts only, a failure that lasts is retried too")
    func attemptsOnly() throws {
        let policy = try policy(rule: .byAttemptsOnly)
        let funds = verdict(.insufficientFunds)
        #expect(decide(policy, funds) == .retry(after: .milliseconds(50), .attemptsLeft))
        #expect(decide(policy, funds, attempts: 3) == .stop(.attemptsUsedUp, retryableAt: nil))
    }

    @Test("A predicate decides alone which errors are retried, ambiguous ones included")
    func predicate() throws {
        let yes = try policy(rule: .when { $0 is Broken })
        let no = try policy(rule: .when { !($0 is Broken) })
        #expect(decide(yes, verdict(.timeout, ambiguous: true)) == .retry(after: .milliseconds(50), .predicate))
        #expect(decide(no, verdict(.network)) == .stop(.predicate, retryableAt: nil))
        #expect(decide(yes, verdict(.network), attempts: 3) == .stop(.attemptsUsedUp, retryableAt: nil))
    }

    @Test("A limit of n attempts allows n - 1 retries, up to Int.max", arguments: [1, 2, 3, 10, Int.max])
    func attempts(limit: Int) throws {
        let policy = try policy(attempts: limit)
        if limit > 1 {
            guard case .retry = decide(policy, verdict(.network), attempts: limit - 1) else {
                Issue.record("the last attempt but one is followed by another")
                return
            }
        }
        #expect(decide(policy, verdict(.network), attempts: limit) == .stop(.attemptsUsedUp, retryableAt: nil))
        let asked = verdict(.rateLimited, retryAfter: .seconds(7))
        let later = now.advanced(by: .seconds(7))
        #expect(decide(policy, asked, attempts: limit) == .stop(.attemptsUsedUp, retryableAt: later))
    }

    @Test("rule 4: Retry-After is a floor; jitter only adds to it")
    func floor() throws {
        for jitter in [Jitter.none, .full, .equal, try .proportional(0.5), try .additive(upTo: .seconds(1))] {
            let policy = try policy(jitter: jitter)
            var delays: Set<Duration> = []
            for seed in 0..<200 {
                let asked = verdict(.rateLimited, retryAfter: .seconds(30))
                guard case .retry(let delay, .throttled) = decide(policy, asked, seed: UInt64(seed)) else {
                    Issue.record("a wait below the ceiling is waited for")
                    return
                }
                #expect(delay >= .seconds(30) && delay <= .seconds(31))
                delays.insert(delay)
            }
            #expect(jitter == .none ? delays.count == 1 : delays.count > 150)
        }
    }

    @Test("rule 4: a Retry-After shorter than the back-off does not shorten it")
    func shortFloor() throws {
        let asked = verdict(.rateLimited, retryAfter: .milliseconds(10))
        #expect(decide(try policy(), asked) == .retry(after: .seconds(1), .throttled))
    }

    @Test("rule 4: past its ceiling Retry-After ends the call, and says when to come back")
    func ceiling() throws {
        let policy = try policy()
        let atCeiling = verdict(.rateLimited, retryAfter: .seconds(60))
        #expect(decide(policy, atCeiling) == .retry(after: .seconds(60), .throttled))
        let above = verdict(.rateLimited, retryAfter: .seconds(60) + .microseconds(1))
        let later = now.advanced(by: .seconds(60) + .microseconds(1))
        #expect(decide(policy, above) == .stop(.retryAfterBeyondCeiling, retryableAt: later))
        let endless = verdict(.rateLimited, retryAfter: .seconds(Int64.max))
        #expect(decide(policy, endless) == .stop(.retryAfterBeyondCeiling, retryableAt: .distantFuture))
    }

    @Test("rule 6: no wait begins that would end at the deadline or after it")
    func deadline() throws {
        let policy = try policy()
        let wake = now.advanced(by: .milliseconds(50))
        let after = wake.advanced(by: .microseconds(1))
        #expect(decide(policy, verdict(.network), deadline: after) == .retry(after: .milliseconds(50), .transient))
        #expect(decide(policy, verdict(.network), deadline: wake) == .stop(.deadline, retryableAt: wake))
        #expect(decide(policy, verdict(.network), deadline: .distantPast) == .stop(.deadline, retryableAt: wake))
    }

    @Test("rule 2: any state of a call is answered without a trap", arguments: [Int.min, -1, 0, Int.max])
    func anyState(attempts: Int) throws {
        var generator = SmallGenerator(seed: 1)
        var state = RetryState(attempts: attempts)
        for restartedAt in [Int.min, 1, .max] {
            state.restartedAt = restartedAt
            let policy = try RetryPolicy(attempts: .max)
            _ = policy.decisionAfterRejectedResult(state: state, now: .distantPast, using: &generator)
        }
    }

    @Test("rule 2: durations that microseconds cannot hold saturate")
    func longest() throws {
        var generator = SmallGenerator(seed: 1)
        for length in [Duration(attoseconds: .max), .seconds(1e19)] {
            let backoff = try Backoff.exponential(base: length, cap: length)
            let delay = backoff.delay(beforeRetry: 1, using: &generator)
            #expect(Jitter.full.apply(to: delay, notBefore: length, using: &generator) == .microseconds(Int64.max))
            #expect(Timestamp(seconds: 0).advanced(by: length) == .distantFuture)
            #expect(Timestamp(seconds: 0).advanced(by: .zero - length) == .distantPast)
        }
    }

    @Test("rule 2: the last attempt number there is and the longest delays are answered without a trap")
    func extremes() throws {
        var generator = SmallGenerator(seed: 1)
        let backoff = try Backoff.exponential(base: .seconds(Int64.max), factor: 1000, cap: .seconds(Int64.max))
        for jitter in [Jitter.none, .full, .equal, try .proportional(1), try .additive(upTo: .seconds(Int64.max))] {
            let policy = try RetryPolicy(
                attempts: .max,
                backoff: backoff,
                jitter: jitter,
                retryAfterCeiling: .seconds(Int64.max),
                isIdempotent: true
            )
            for attempts in [Int.min, 0, 1, .max - 1, .max] {
                for floor in [Duration.seconds(Int64.min), .zero, .seconds(Int64.max)] {
                    let decision = policy.decision(
                        after: Broken(),
                        verdict(.rateLimited, ambiguous: true, retryAfter: floor),
                        state: RetryState(
                            attempts: attempts,
                            deadline: .distantFuture,
                            previousDelay: .seconds(Int64.max)
                        ),
                        now: .distantFuture,
                        using: &generator
                    )
                    if attempts == .max, case .retry = decision { Issue.record("no attempt is left") }
                }
            }
        }
    }

    @Test("A rejected result is retried within the same limits")
    func rejectedResult() throws {
        var generator = SmallGenerator(seed: 1)
        let policy = try policy()
        func decide(_ state: RetryState) -> RetryDecision {
            policy.decisionAfterRejectedResult(state: state, now: now, using: &generator)
        }
        #expect(decide(RetryState(attempts: 2)) == .retry(after: .milliseconds(100), .result))
        #expect(decide(RetryState(attempts: 3)) == .stop(.attemptsUsedUp, retryableAt: nil))
        let soon = now.advanced(by: .milliseconds(50))
        #expect(decide(RetryState(attempts: 1, deadline: now)) == .stop(.deadline, retryableAt: soon))
    }

    @Test("Decorrelated back-off grows from the delay before")
    func decorrelated() throws {
        let backoff = try Backoff.decorrelated(base: .seconds(1), cap: .seconds(1000))
        let policy = try RetryPolicy(attempts: .max, backoff: backoff, jitter: .none)
        var generator = SmallGenerator(seed: 2)
        for previous in [Duration.seconds(1), .seconds(20), .seconds(300)] {
            var longest = Duration.zero
            for _ in 0..<200 {
                let state = RetryState(attempts: 2, previousDelay: previous)
                let decision = policy.decision(
                    after: Broken(),
                    verdict(.network),
                    state: state,
                    now: now,
                    using: &generator
                )
                guard case .retry(let delay, _) = decision else { continue }
                #expect(delay >= .seconds(1) && delay <= previous * 3)
                longest = max(longest, delay)
            }
            #expect(longest > previous * 2)
        }
    }
}
