import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

/// What goes on without a system that is away: push tokens, sessions, enrichment; by the numbers of their cases.
@Suite struct DegradedServiceTests {
    struct Token: Codable, Sendable, Equatable {
        var name: String
        var invalidSince: Timestamp?
    }

    /// Notes an addressee that does not exist, and purges those that have not for a week, once there are more than five.
    private func clean(_ tokens: [Token], at now: Timestamp) -> [Token] {
        let invalid = tokens.filter { $0.invalidSince != nil }
        guard invalid.count > 5 else { return tokens }
        return tokens.filter { token in token.invalidSince.map { $0.duration(to: now) <= .seconds(7 * 86_400) } ?? true }
    }

    @Test func S35_ofSixInvalidTokensTheTwoOlderThanAWeekGo() throws {
        struct PushFailure: FailureReporting {
            var failure: Failure {
                Failure(source: "fcm", status: 404, code: "messaging/registration-token-not-registered")
            }
        }
        let verdict = ErrorClassifier.standard.classify(PushFailure())
        #expect(verdict.category == .invalidRecipient)
        #expect(!verdict.disposition.resends)
        let now = Timestamp(seconds: 100 * 86_400)
        let ages = [8, 9, 1, 2, 3, 6]
        var tokens = ages.map { Token(name: "t-\($0)", invalidSince: now.advanced(by: .seconds(-86_400 * $0))) }
        tokens.append(Token(name: "valid"))
        #expect(clean(tokens, at: now).map(\.name) == ["t-1", "t-2", "t-3", "t-6", "valid"])
        #expect(clean(Array(tokens.dropFirst()), at: now).count == 6)
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
        await #expect(throws: Trouble.self) { try await fallback.run { throw Trouble(status: 401) } }
        await #expect(throws: Trouble.self) { try await fallback.run { throw Trouble(status: 429) } }
        clock.advance(by: .seconds(601))
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
