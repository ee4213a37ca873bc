import ErrorClassification
import ResilienceCore
import Testing

@Suite struct RetryHintTests {
    private static let now = Timestamp(seconds: 1_772_532_000)  // 2026-03-03T10:00:00Z

    private static func hint(_ headers: Headers) -> RetryHint { RetryHint(headers: headers, now: now) }

    @Test(
        "Retry-After is read in seconds and in the three forms of a date",
        arguments: [
            ("120", Duration.seconds(120)), ("0", .zero), ("2.5", .milliseconds(2500)), (" 7 ", .seconds(7)),
            ("Tue, 03 Mar 2026 10:05:30 GMT", .seconds(330)), ("Tuesday, 03-Mar-26 10:05:30 GMT", .seconds(330)),
            ("Tue Mar  3 10:05:30 2026", .seconds(330)), ("Tue, 03 Mar 2026 09:00:00 GMT", .zero),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero),
            ("Sun, 29 Feb 2032 00:00:00 GMT", .seconds(1_961_625_600 - 1_772_532_000)),
        ]
    )
    func retryAfter(value: String, wait: Duration) {
        #expect(Self.hint(["Retry-After": value]).wait == wait)
    }

    @Test(
        "Garbage is not obeyed, and is said",
        arguments: [
            "-1", "soon", "", "1e3", "99999999999999999999", "Tue, 31 Feb 2026 10:00:00 GMT",
            "Tue, 03 Mar 2026 25:00:00 GMT",
            "Xxx, 03 Mar 2026 10:05:30 GMT", "03 Mar 2026", "1 2",
        ]
    )
    func garbage(value: String) {
        let hint = Self.hint(["Retry-After": value])
        #expect(hint.wait == nil)
        #expect(hint.ignored == [Headers.Field(name: "Retry-After", value: value)])
        let verdict = ErrorClassifier.http.classify(Failure(status: 429, headers: ["Retry-After": value]))
        #expect(verdict.ignoredHint == "Retry-After: \(value)")
        #expect(verdict.retryAfter == nil)
    }

    @Test("A date counts from the reply's own date, not from our clock")
    func ownDate() {
        let headers: Headers = [
            "Date": "Tue, 03 Mar 2030 10:00:00 GMT", "Retry-After": "Tue, 03 Mar 2030 10:00:05 GMT",
        ]
        #expect(Self.hint(headers).wait == .seconds(5))
    }

    @Test("Milliseconds are more exact than seconds")
    func milliseconds() {
        #expect(Self.hint(["retry-after-ms": "1500", "Retry-After": "2"]).wait == .milliseconds(1500))
        #expect(Self.hint(["Retry-After": "2", "X-MS-Retry-After-MS": "9000"]).wait == .seconds(9))
    }

    @Test("gRPC pushback waits, and stops where it is negative or unreadable")
    func pushback() {
        #expect(Self.hint(["grpc-retry-pushback-ms": "500"]).wait == .milliseconds(500))
        #expect(Self.hint(["grpc-retry-pushback-ms": "-1"]).wantsRetry == false)
        #expect(Self.hint(["grpc-retry-pushback-ms": "later"]).wantsRetry == false)
        let stopped = Failure.grpc(status: 14, metadata: ["grpc-retry-pushback-ms": "-1"])
        #expect(ErrorClassifier.standard.classify(stopped).disposition == .fail)
        let pushed = Failure.grpc(status: 14, metadata: ["grpc-retry-pushback-ms": "250"])
        #expect(ErrorClassifier.standard.classify(pushed).retryAfter == .milliseconds(250))
    }

    @Test(
        "Rate-limit resets are seconds, instants and lengths",
        arguments: [
            ("ratelimit-reset", "30", Duration.seconds(30)), ("x-ratelimit-reset", "1772532060", .seconds(60)),
            ("x-rate-limit-reset", "1772532060000", .seconds(60)),
            ("x-ratelimit-reset-requests", "6m0s", .seconds(360)),
            ("x-ratelimit-reset-tokens", "250ms", .milliseconds(250)),
            ("x-ratelimit-reset-after", "1.5", .milliseconds(1500)),
            ("anthropic-ratelimit-requests-reset", "2026-03-03T10:00:20Z", .seconds(20)),
            ("anthropic-ratelimit-tokens-reset", "2026-03-03T12:00:20.5+02:00", .milliseconds(20_500)),
        ]
    )
    func resets(name: String, value: String, wait: Duration) {
        #expect(Self.hint([name: value]).reset == wait)
    }

    @Test("Only a limit that is used up counts, and only for a request that was limited")
    func usedUp() {
        let headers: Headers = [
            "x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "6m0s",
            "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2s",
        ]
        #expect(ErrorClassifier.http.classify(Failure(status: 429, headers: headers)).retryAfter == .seconds(2))
        #expect(ErrorClassifier.http.classify(Failure(status: 503, headers: headers)).retryAfter == nil)
    }

    @Test("What the error knows itself overrules the headers")
    func ownKnowledge() {
        let failure = Failure(status: 503, headers: ["Retry-After": "9"], retryAfter: .seconds(3))
        let verdict = ErrorClassifier.http.classify(failure)
        #expect(verdict.retryAfter == .seconds(3))
        #expect(verdict.disposition == .retryAfter)
    }
}
