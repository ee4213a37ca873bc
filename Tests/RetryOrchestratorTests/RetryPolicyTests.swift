import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Testing

@Suite("Retry policies")
struct RetryPolicyTests {
    /// The shortest and longest wait before each retry, in seconds.
    private func waits(_ policy: RetryPolicy) -> [ClosedRange<Double>] {
        struct Broken: Error {}
        let verdict = Classification(.network, isAmbiguous: false, rule: "test")
        return (1..<policy.attempts).map { attempt in
            var seen: [Double] = []
            for seed in 0..<2_000 {
                var generator = SmallGenerator(seed: UInt64(seed))
                let state = RetryState(attempts: attempt)
                let decision = policy.decision(
                    after: Broken(),
                    verdict,
                    state: state,
                    now: .distantPast,
                    using: &generator
                )
                if case .retry(let delay, .transient) = decision { seen.append(delay / .seconds(1)) }
            }
            return (seen.min() ?? -1)...(seen.max() ?? -1)
        }
    }

    @Test("The presets wait as they are named, before each retry")
    func presets() {
        func expect(_ policy: RetryPolicy, _ expected: [ClosedRange<Double>], _ name: Comment) {
            let waits = waits(policy)
            #expect(waits.count == expected.count, name)
            for (wait, range) in zip(waits, expected) {
                let slack = (range.upperBound - range.lowerBound) * 0.01
                #expect(wait.lowerBound >= range.lowerBound && wait.upperBound <= range.upperBound, name)
                #expect(
                    wait.lowerBound <= range.lowerBound + slack && wait.upperBound >= range.upperBound - slack,
                    name
                )
            }
        }
        expect(.default, [0...0.05, 0...0.1], "default")
        expect(.never, [], "never")
        expect(.payment, [60...60, 60...60], "payment")
        expect(.apiRequest, [3.5...6.5, 7...13, 14...26, 21...39, 21...39], "apiRequest")
        expect(.rental, [1...1], "rental")
        expect(.email, [60...60, 120...120, 240...240, 480...480], "email")
        expect(.refund, [60...60, 120...120], "refund")
        expect(.deadlock, [0.1...0.2, 0.2...0.3], "deadlock")
    }

    @Test("No preset declares its operation idempotent")
    func careful() {
        for policy in [RetryPolicy.default, .never, .payment, .apiRequest, .rental, .email, .refund, .deadlock] {
            #expect(!policy.isIdempotent)
            #expect(policy.retryAfterCeiling == .seconds(60))
            #expect(policy.nesting == .oneAttempt)
        }
    }

    @Test("rule 3: a bad configuration throws the field and what is allowed")
    func invalid() {
        func field(_ make: () throws -> RetryPolicy) -> String? {
            do { _ = try make() } catch { return (error as? InvalidArgument)?.field }
            return nil
        }
        #expect(field { try RetryPolicy(attempts: 0) } == "attempts")
        #expect(field { try RetryPolicy(attempts: .min) } == "attempts")
        #expect(field { try RetryPolicy(retryAfterCeiling: .seconds(-1)) } == "retryAfterCeiling")
        #expect(field { try RetryPolicy(elapsedLimit: .zero) } == "elapsedLimit")
        #expect(field { try RetryPolicy(backoff: .constant(.seconds(-1))) } == "delay")
        #expect(field { try RetryPolicy(attempts: .max, elapsedLimit: .seconds(Int64.max)) } == nil)
    }
}
