import ErrorClassification
import ResilienceCore
import Testing

@Suite struct CategoryTests {
    private typealias Usual = (disposition: Disposition, isAmbiguous: Bool, severity: Severity)

    private static let usual: [ErrorClassification.Category: Usual] = [
        .rateLimited: (.retryAfter, false, .low),
        .quotaExhausted: (.failover, false, .high),
        .overloaded: (.retry, false, .medium),
        .timeout: (.retry, true, .medium),
        .network: (.retry, false, .medium),
        .server: (.retry, true, .medium),
        .unavailable: (.retry, false, .medium),
        .conflict: (.retry, false, .low),
        .authentication: (.fail, false, .high),
        .authorization: (.fail, false, .medium),
        .notFound: (.fail, false, .low),
        .validation: (.fail, false, .low),
        .insufficientFunds: (.fail, false, .high),
        .paymentDeclined: (.fail, false, .medium),
        .duplicate: (.fail, false, .low),
        .resourceExhausted: (.retry, false, .medium),
        .configuration: (.fail, false, .high),
        .dataCorruption: (.fail, false, .critical),
        .cancelled: (.fail, false, .low),
        .invalidRecipient: (.fail, false, .low),
        .permanent: (.fail, false, .medium),
        .unknown: (.fail, true, .high),
    ]

    @Test("Each category has its usual answers", arguments: ErrorClassification.Category.allCases)
    func table(category: ErrorClassification.Category) throws {
        let usual = try #require(Self.usual[category])
        #expect(category.usualDisposition == usual.disposition)
        #expect(category.isUsuallyAmbiguous == usual.isAmbiguous)
        #expect(category.usualSeverity == usual.severity)
    }

    @Test(
        "A verdict and a rule that do not say otherwise give the usual ones",
        arguments: ErrorClassification.Category.allCases
    )
    func defaults(category: ErrorClassification.Category) throws {
        let rule = Rule("r", category, codes: ["E1"])
        let verdict = try ErrorClassifier([RuleTable("t", rules: [rule])]).classify(Failure(code: "E1"))
        #expect(verdict == Classification(category, code: "E1", rule: "t.r"))
        #expect(verdict.disposition == category.usualDisposition)
        #expect(verdict.isAmbiguous == category.isUsuallyAmbiguous)
        #expect(verdict.severity == category.usualSeverity)
        #expect(verdict.isSafeToResend == (category.usualDisposition.resends && !category.isUsuallyAmbiguous))
    }

    @Test("What is said overrules what is usual, each by itself")
    func overruled() {
        #expect(Classification(.timeout, .fail, rule: "r").isAmbiguous)
        #expect(Classification(.timeout, isAmbiguous: false, rule: "r").isSafeToResend)
        #expect(Classification(.validation, .retry, rule: "r").severity == .low)
        #expect(Classification(.validation, severity: .critical, rule: "r").disposition == .fail)
    }
}
