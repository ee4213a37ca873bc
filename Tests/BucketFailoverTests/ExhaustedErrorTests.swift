import ErrorClassification
import RetryOrchestrator
import Testing

@Suite("The error of exhausted buckets")
struct ExhaustedErrorTests {
    private func error(
        _ buckets: [String] = ["a", "b"],
        last: (any Error)? = Trouble(429, message: "slow down"),
        reasons: [String: FailoverReason] = [:],
        provider: String = "p"
    ) -> AllBucketsExhaustedError {
        AllBucketsExhaustedError(
            providerName: provider,
            attemptedBuckets: buckets,
            lastError: last,
            bucketFailureReasons: reasons,
            attempts: 3
        )
    }

    @Test("G1, G2, G3, G5, G10: Its message tells provider, attempts, buckets in order, and the reasons that there are")
    func message() {
        #expect(error().bucketFailureReasons.isEmpty)
        #expect(
            error().description
                == "All buckets exhausted for provider 'p' after 3 attempts (buckets: a, b). Last error: slow down"
        )
        #expect(
            error(reasons: ["b": .noToken, "a": .quotaExhausted]).description
                == "All buckets exhausted for provider 'p' after 3 attempts (buckets: a, b): a: quota-exhausted; b: no-token. Last error: slow down"
        )
    }

    @Test("G6, G7: An empty list has a message too, and every reason can be told")
    func emptyAndAll() {
        #expect(error([]).description.contains("(buckets: none)"))
        for reason in FailoverReason.allCases {
            #expect(error(reasons: ["a": reason]).description.contains("a: \(reason.rawValue)"))
        }
    }

    @Test("G9, G13: It has copies: what is done to the list later is not seen; the last error is the one that was thrown")
    func copies() {
        final class Last: Error {}
        var buckets = ["a", "b"]
        let last = Last()
        let error = AllBucketsExhaustedError(providerName: "p", attemptedBuckets: buckets, lastError: last)
        let before = error.description
        buckets.append("c")
        #expect(error.attemptedBuckets == ["a", "b"] && error.description == before)
        #expect(error.lastError as? Last === last)
        #expect("\(type(of: error))" == "AllBucketsExhaustedError")
    }

    @Test("G11: The status is that of the last error")
    func status() {
        #expect(error(last: Trouble(401)).status == 401)
        #expect(error(last: Vault.Refused()).status == nil)
        #expect(error(last: nil).status == nil)
    }

    @Test(
        "G12: Of JSON only the text for people appears; what is no JSON stays as it is",
        arguments: [
            (#"{"error":{"message":"Rate \"limit\" reached","type":"x"}}"#, #"Rate "limit" reached"#),
            (
                #"API Error: 403 {"type":"error","n":[1,{"a":null}],"error":{"type":"t","message":"no access"}}"#,
                "no access"
            ),
            (#"{"error":{"message":"cut"#, #"{"error":{"message":"cut"#),
            ("two\n lines\u{7}\tand a bell", "two lines and a bell"),
        ]
    )
    func clean(text: String, shown: String) {
        #expect(error(last: Trouble(429, message: text)).description.hasSuffix("Last error: \(shown)"))
    }

    @Test("It is bounded: 512 code points, labels of 64, eight of them")
    func bounds() {
        let long = error(last: Trouble(429, message: String(repeating: "é", count: 10_000))).description
        #expect(long.unicodeScalars.count == 512 && long.hasSuffix("…"))
        let many = error((1...20).map { "b\($0)" }, provider: String(repeating: "p", count: 100)).description
        #expect(many.contains("b8 (+12 more)") && !many.contains("b9"))
        #expect(!many.contains(String(repeating: "p", count: 65)))
    }
}
