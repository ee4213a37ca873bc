import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// What a retrier tells the handler of a failover source, and by which signs a handler knows what happened.
@Suite("What a failover handler is told", .timeLimit(.minutes(20)))
struct HandlerHookTests {
    /// Fails with these one after another, then succeeds; gives what the handler was told.
    private func told(_ errors: [any Error], _ buckets: [String] = ["a", "b", "c"]) async throws -> [String] {
        let script = Script(buckets)
        let retrier = Retrier(
            try .immediate(9, isIdempotent: true),
            classifier: .openAI,
            clock: ManualClock(),
            budget: nil,
            generator: SmallGenerator(seed: 1),
            failover: script
        )
        _ = try? await retrier.run { attempt in
            if attempt.number <= errors.count { throw errors[attempt.number - 1] }
        }
        return script.notes.withLock { $0.log }
    }

    @Test("Of each attempt that failed, before anything else; of a limit that is waited out; of a refused credential")
    func order() async throws {
        #expect(try await told([]).isEmpty)
        #expect(try await told([Trouble(503), Trouble(400)]) == ["failed 503", "failed 400"])
        #expect(
            try await told([Trouble(429), Trouble(429), Trouble(429)]) == [
                "failed 429", "limit 429", "failed 429", "failover 429", "failed 429", "limit 429",
            ]
        )
        #expect(try await told([Trouble(402)]) == ["failed 402", "failover 402"])
        #expect(
            try await told([Trouble(401), Trouble(401)]) == ["failed 401", "refused 401", "failed 401", "failover 401"]
        )
    }

    @Test("One bucket alone is told of its limit, since it cannot be left")
    func oneBucket() async throws {
        #expect(try await told([Trouble(402)], ["a"]) == ["failed 402", "limit 402"])
    }

    @Test("Not of an attempt that was cancelled")
    func cancelled() async throws {
        #expect(try await told([CancellationError()]).isEmpty)
        #expect(try await told([Trouble(429), CancellationError()]) == ["failed 429", "limit 429"])
    }

    private struct Plain: FailoverHandler {
        func resetSession() {}
        func tryFailover(_ context: FailoverContext) async throws -> Bool { false }
    }

    @Test("A handler that says nothing of itself names no buckets, knows no reasons and hides nothing")
    func defaults() async {
        let handler = Plain()
        handler.attemptFailed(Trouble(500), FailoverContext())
        handler.limitReached(FailoverContext())
        await handler.authenticationFailed(FailoverContext())
        #expect(handler.buckets.isEmpty && handler.lastFailoverReasons.isEmpty)
        #expect(handler.retryableAt == nil)
        #expect(handler.redacted("a secret") == "a secret")
    }

    @Test("A used-up allowance shows by 402, 429 or its category, a refused credential by 401, 403 or its category")
    func signs() {
        func signs(_ status: Int?, _ verdict: Classification? = nil) -> [Bool] {
            let context = FailoverContext(triggeringStatus: status, classification: verdict)
            return [context.isQuota, context.isAuthentication]
        }
        for status in [402, 429] { #expect(signs(status) == [true, false]) }
        for status in [401, 403] { #expect(signs(status) == [false, true]) }
        for status in [nil, 0, 200, 400, 404, 500, 503] { #expect(signs(status) == [false, false]) }
        for category in ErrorClassification.Category.allCases {
            let isQuota = category == .rateLimited || category == .quotaExhausted
            let found = signs(500, Classification(category, rule: "test"))
            #expect(found == [isQuota, category == .authentication], "\(category)")
        }
        // Our money there is spent, or the payer's.
        #expect(signs(400, Classification(.insufficientFunds, .failover, rule: "test")) == [true, false])
        #expect(signs(400, Classification(.insufficientFunds, .fail, rule: "test")) == [false, false])
        // Some say 403 for a used-up quota.
        #expect(signs(403, Classification(.quotaExhausted, rule: "test")) == [true, false])
    }

    @Test("Who can do something about each reason", arguments: FailoverReason.allCases)
    func needsLogin(reason: FailoverReason) {
        let byLogin: Set<FailoverReason> = [.expiredRefreshFailed, .reauthFailed, .reauthTimeout]
        #expect(reason.needsLogin == byLogin.contains(reason))
    }
}
