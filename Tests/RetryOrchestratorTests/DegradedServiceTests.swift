import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// What goes on without a system that is away: push tokens, sessions, enrichment; by the numbers of their cases.
@Suite struct DegradedServiceTests {
    /// What the clean-up of S35 goes by; the booking example does it.
    @Test func S35_aTokenThatIsNotRegisteredIsAnInvalidRecipientAndIsNotSentAgain() async throws {
        struct PushFailure: FailureReporting {
            var failure: Failure {
                Failure(source: "fcm", status: 404, code: "messaging/registration-token-not-registered")
            }
        }
        #expect(ErrorClassifier.standard.classify(PushFailure()).category == .invalidRecipient)
        let sent = Tally()
        await #expect(throws: PushFailure.self) {
            try await Retrier(RetryPolicy.default, clock: ManualClock()).run { _ in
                sent.add()
                throw PushFailure()
            }
        }
        #expect(sent.value == 1)
    }

    @Test func S36_aCachedSessionAnswersForASystemThatIsDownAndNeverForARejectedToken() async throws {
        let clock = ManualClock()
        let sessions = try FallbackCache<String, String>(
            capacity: 10,
            lifetime: .seconds(600),
            expiry: { _ in .distantFuture },
            clock: clock
        )
        let fallback = Fallback.cached(in: sessions, for: "token", when: .systemIsDown, classifier: try .forTests())
        #expect(try await fallback.run { "ada" }.value == "ada")
        #expect(try await fallback.run { throw Trouble(status: 503) }.value == "ada")
        for code in ["ECONNREFUSED", "ETIMEDOUT"] {
            let failure = Failure(source: "node", code: code)
            #expect(try await fallback.run { throw ReportedFailure(failure: failure) }.value == "ada")
        }
        let reset = ReportedFailure(failure: Failure(source: "node", code: "ECONNRESET"))
        await #expect(throws: ReportedFailure.self) { try await fallback.run { throw reset } }
        await #expect(throws: Trouble.self) { try await fallback.run { throw Trouble(status: 429) } }
        #expect(try await fallback.run { throw Trouble(status: 500) }.value == "ada")
        await #expect(throws: Trouble.self) { try await fallback.run { throw Trouble(status: 401) } }
        clock.advance(by: .seconds(599))
        #expect(try await fallback.run { throw Trouble(status: 503) }.value == "ada")
        clock.advance(by: .seconds(2))
        await #expect(throws: Trouble.self) { try await fallback.run { throw Trouble(status: 503) } }
    }

    @Test func S37_anEnrichmentSlowerThanThirtySecondsGivesTheRawInputWithTheReason() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let timeout = try Timeout(.seconds(30), clock: sim.clock)
            let fallback = Fallback.value("raw notes", classifier: .standard, clock: sim.clock)
            let answer = try await fallback.run {
                try await timeout.run {
                    try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(31)), tolerance: nil)
                    return "summary"
                }
            }
            #expect(answer.value == "raw notes")
            guard case .substitute(let reason) = answer.origin else {
                Issue.record("not marked: \(answer)")
                return
            }
            #expect(reason.category == .timeout)
        }
        #expect(result.elapsed >= .seconds(30))
    }
}

private struct ReportedFailure: FailureReporting {
    var failure: Failure
}
