import ErrorClassification
import ProviderScoring
import ResilienceCore
import RetryOrchestrator
import Testing

/// What a failure means for the provider that was called, as the classifier of the package tells it.
@Suite struct OutcomeOfErrorTests {
    private let now = Timestamp(seconds: 1_000)

    private func kind(_ failure: Failure) -> ProviderOutcome.Kind {
        ProviderOutcome.Kind(ErrorClassifier.standard.classify(failure), status: failure.status, at: now)
    }

    @Test(arguments: [
        "ENETDOWN", "ENETUNREACH", "EADDRNOTAVAIL", "EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EAI_AGAIN",
        "NSURLErrorDomain:-1009", "NSURLErrorDomain:-1018", "NSURLErrorDomain:-1020", "IOError:101", "IOError:99",
        "IOError:24", "HTTPClientError.getConnectionFromPoolTimeout",
    ])
    func whatIsWrongOnOurSideIsNoProvidersFault(_ code: String) {
        #expect(kind(Failure(code: code)) == .localNetwork)
    }

    @Test(arguments: ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "NSURLErrorDomain:-1004", "IOError:111"])
    func aProviderThatIsNotReachedHasFailed(_ code: String) {
        #expect(kind(Failure(code: code)) == .failure)
    }

    @Test func onlyWhoeverSaysSoIsSoldOut() {
        let sms = ErrorClassifier.smsRental.classify(Failure(source: "sms_activate", code: "NO_NUMBERS"))
        #expect(ProviderOutcome.Kind(sms, at: now) == .stockOut)
        #expect(kind(Failure(message: "too many connections")) == .failure)
        #expect(kind(Failure(status: 507)) == .callerMistake)
    }

    @Test func a503IsTooMuchToDoAndSaysForHowLong() {
        #expect(kind(.http(status: 503)) == .overloaded(until: nil))
        let named = kind(.http(status: 503, headers: ["Retry-After": "30"]))
        #expect(named == .overloaded(until: now.advanced(by: .seconds(30))))
        #expect(kind(.http(status: 502)) == .failure)
        #expect(kind(.http(status: 500)) == .failure)
    }

    @Test func aReplyThatCannotBeReadIsTheFaultOfWhoeverGaveIt() {
        let context = DecodingError.Context(codingPath: [], debugDescription: "<html>")
        let verdict = ErrorClassifier.standard.classify(DecodingError.dataCorrupted(context))
        #expect(ProviderOutcome.Kind(verdict, at: now) == .failure)
        #expect(kind(.http(status: 422)) == .callerMistake)
    }
}
