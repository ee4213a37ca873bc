import ErrorClassification
import ResilienceCore
import ResilienceTesting
import Testing

@Suite struct ClassificationExamples {
    @Test func aRule() throws {
        func rule() -> Rule {
            // example
            Rule("stock", .resourceExhausted, .failover, codes: ["NO_STOCK"], phrases: ["out of stock", "no * left"])
            // end
        }
        let classifier = try ErrorClassifier([RuleTable("shop", systems: ["shop"], rules: [rule()])])
        let soldOut = Failure(source: "shop", code: "NO_STOCK", message: "The pen is out of stock.")
        #expect(classifier.classify(soldOut).disposition == .failover)
    }

    @Test func theFactsOfAFailure() {
        func facts() -> Failure {
            // example
            Failure(source: "stripe", status: 402, code: "card_declined", message: "Your card was declined.")
            // end
        }
        #expect(facts().status == 402)
    }

    @Test func anErrorThatGivesItsFacts() {
        // example
        struct GatewayError: FailureReporting {
            let status: Int
            let code: String
            var failure: Failure { Failure(source: "gateway", status: status, code: code) }
        }
        // end
        #expect(Failure(describing: GatewayError(status: 402, code: "no")).code == "no")
    }

    @Test func aVerdict() async throws {
        struct Busy: FailureReporting {
            var failure: Failure { Failure(status: 429, message: "429 Too Many Requests") }
        }
        let error = Busy()
        var waits: [Duration] = []
        func wait(_ time: Duration) async throws { waits.append(time) }
        // example
        let verdict = ErrorClassifier.standard.classify(error)
        if verdict.isSafeToResend { try await wait(verdict.retryAfter ?? .seconds(1)) }
        // end
        #expect(waits.count == 1)
    }

    @Test func aClassifier() {
        // example
        let classifier = ErrorClassifier.standard
        let verdict = classifier.classify(Failure(source: "stripe", status: 402, code: "card_declined"))
        // paymentDeclined, fail
        // end
        #expect(verdict.category == .paymentDeclined)
        #expect(verdict.disposition == .fail)
    }

    @Test func aTableOfOnesOwn() throws {
        // example
        let mine = try RuleTable("shop", systems: ["shop"], rules: [
            Rule("sold out", .resourceExhausted, .failover, codes: ["SOLD_OUT"]),
        ])
        let classifier = try ErrorClassifier([mine] + RuleTable.standard)
        // end
        #expect(classifier.classify(Failure(source: "shop", code: "SOLD_OUT")).rule == "shop.sold out")
    }

    @Test func allPresets() {
        func category() -> Category {
            // example
            ErrorClassifier.standard.classify(Failure(source: "postgres", code: "40P01")).category  // conflict
            // end
        }
        #expect(category() == .conflict)
    }

    @Test func whatIsAnswered() {
        struct Busy: FailureReporting { var failure: Failure { Failure(status: 503) } }
        struct Page { var withoutRecommendations = "the page" }
        func answer(to error: any Error, with page: Page) -> String {
            // example
            let verdict = ErrorClassifier.standard.classify(error)
            let response = ResponsePolicy.standard.response(to: verdict, of: .enrichment)
            if response.stance == .failOpen { return page.withoutRecommendations }
            // end
            return "an error"
        }
        #expect(answer(to: Busy(), with: Page()) == "the page")
    }

    @Test func whatHeadersSay() {
        let clock = ManualClock(now: Timestamp(seconds: 1_772_532_300))
        // example
        let hint = RetryHint(headers: ["Retry-After": "Tue, 03 Mar 2026 10:05:30 GMT"], now: clock.now)
        if let wait = hint.wait { print("come back in \(wait)") }
        for field in hint.ignored { print("could not read \(field.name): \(field.value)") }
        // end
        #expect(hint.wait == .seconds(30))
        #expect(hint.ignored.isEmpty)
    }

    @Test func aPreset() {
        // example
        let verdict = ErrorClassifier.ethereum.classify(Failure(message: "nonce too low"))
        // NONCE_CONFLICT: conflict, retry, ambiguous
        // end
        #expect(verdict.code == "NONCE_CONFLICT")
        #expect(verdict.category == .conflict)
        #expect(verdict.disposition == .retry)
        #expect(verdict.isAmbiguous)
    }
}
