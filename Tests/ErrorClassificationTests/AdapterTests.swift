import ErrorClassification
import Foundation
import ResilienceCore
import ResilienceFoundation
import Testing

@Suite struct AdapterTests {
    private struct Item: Decodable {
        let name: String
    }

    private func verdict(_ error: any Error) -> Classification { ErrorClassifier.standard.classify(error) }

    @Test("Errors of the URL loading system say how far the request came")
    func urlErrors() {
        #expect(verdict(URLError(.timedOut)).category == .timeout)
        #expect(verdict(URLError(.timedOut)).isAmbiguous)
        #expect(verdict(URLError(.cannotConnectToHost)).category == .network)
        #expect(!verdict(URLError(.cannotConnectToHost)).isAmbiguous)
        #expect(verdict(URLError(.networkConnectionLost)).isAmbiguous)
        #expect(verdict(URLError(.cancelled)).category == .cancelled)
        #expect(verdict(NSError(domain: NSURLErrorDomain, code: -1001)).category == .timeout)
        let wrapped = NSError(domain: "app", code: 1, userInfo: [NSUnderlyingErrorKey: URLError(.timedOut)])
        #expect(verdict(wrapped).category == .timeout)
    }

    @Test("Swift's own errors and those of the store are known")
    func swiftErrors() {
        #expect(verdict(CancellationError()).category == .cancelled)
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Item.self, from: Data("{}".utf8)) }
        if let error {
            #expect(verdict(error).category == .validation)
            #expect(verdict(error).isAmbiguous)
        }
        #expect(verdict(StoreError.late).disposition == .fail)
        #expect(verdict(StoreError.conflict([])).category == .conflict)
        #expect(verdict(InvalidArgument(field: "a", value: 1, allowed: "2")).category == .validation)
    }

    @Test("Numbers of errno, SQLite and gRPC become names")
    func numbers() {
        let standard = ErrorClassifier.standard
        #expect(standard.classify(.errno(ECONNREFUSED)).code == "ECONNREFUSED")
        #expect(standard.classify(.errno(ECONNREFUSED)).category == .network)
        #expect(standard.classify(.errno(9999)).category == .unknown)
        #expect(standard.classify(.sqlite(resultCode: 5)).category == .conflict)
        #expect(standard.classify(.sqlite(resultCode: 2067)).code == "SQLITE_CONSTRAINT_UNIQUE")
        #expect(standard.classify(.sqlite(resultCode: 2067)).category == .duplicate)
        #expect(standard.classify(.sqlite(resultCode: 516)).code == "SQLITE_ABORT_ROLLBACK")
        #expect(standard.classify(.sqlite(resultCode: -7)).category == .validation)
        #expect(standard.classify(.postgres(sqlState: "40001")).category == .conflict)
        for status in 0...17 { #expect(standard.classify(.grpc(status: status)).rule != "unknown") }
        #expect(standard.classify(.http(status: 429, headers: ["retry-after": "3"])).retryAfter == .seconds(3))
    }

    @Test("A table is read from JSON and used before the presets")
    func json() throws {
        let text = """
            {"name": "shop", "rules": [{"name": "sold out", "category": "resourceExhausted", "disposition": "failover",
             "codes": ["SOLD_*"], "statuses": [409, "500...599"], "headers": {"x-a": null, "x-b": "b"}, "ambiguous": false,
             "severity": "low", "retryAfterSeconds": 1.5, "code": "OUT", "types": ["A.B"]},
             {"name": "words", "category": "conflict", "phrases": ["all gone"]}]}
            """
        let table = try RuleTable(json: Data(text.utf8), file: "shop.json")
        #expect(table.rules[0].statuses == [409...409, 500...599])
        #expect(table.rules[0].headers == [Rule.HeaderMatch(name: "x-a"), Rule.HeaderMatch(name: "x-b", value: "b")])
        #expect(table.rules[0].retryAfter == .milliseconds(1500))
        let classifier = try ErrorClassifier([table] + RuleTable.standard)
        #expect(classifier.classify(Failure(status: 503, message: "all gone")).rule == "shop.words")
    }

    @Test(
        "A mistake in a JSON table names file, rule and field",
        arguments: [
            ("nonsense", "t.json", "is not JSON"), ("[]", "t.json", "must be an object"),
            (#"{"rules": []}"#, "name", "is missing"),
            (#"{"name": "a", "rules": [], "more": 1}"#, "more", "is not known"),
            (
                #"{"name": "a", "rules": [{"name": "r", "category": "bad"}]}"#, "rules[0] (r): category",
                "must be one of"
            ),
            (#"{"name": "a", "rules": [{"name": "r"}]}"#, "rules[0] (r): category", "is missing"),
            (
                #"{"name": "a", "rules": [{"name": "r", "category": "server", "statuses": ["x"]}]}"#, "statuses",
                "must be a list"
            ),
            (
                #"{"name": "a", "rules": [{"name": "r", "category": "server", "ambiguous": 1}]}"#, "ambiguous",
                "must be true"
            ),
            (
                #"{"name": "a", "rules": [{"name": "r", "category": "server", "phrases": ["*"]}]}"#,
                "rules[0] (r).phrases", "allowed"
            ),
            (
                #"{"name": "a", "rules": [{"name": "r", "category": "server", "retryAfterSeconds": -1}]}"#,
                "retryAfterSeconds", "must be 0"
            ),
        ]
    )
    func jsonMistakes(text: String, place: String, problem: String) {
        let error = #expect(throws: RuleTableError.self) { try RuleTable(json: Data(text.utf8), file: "t.json") }
        #expect(error?.description.hasPrefix("t.json") == true)
        #expect(error?.description.contains(place) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    @Test("A verdict survives being stored")
    func codable() throws {
        let verdict = Classification(.timeout, code: "X", retryAfter: .milliseconds(1500), rule: "a.b")
        let copy = try JSONDecoder().decode(Classification.self, from: JSONEncoder().encode(verdict))
        #expect(copy == verdict)
    }
}
