import ErrorClassification
import ResilienceCore
import Testing

@Suite struct RuleTests {
    private struct Plain: Error {}

    private struct Told: FailureReporting {
        var failure: Failure
    }

    private final class Looping: FailureReporting {
        var failure: Failure { Failure(causes: [self, self]) }
    }

    private func classifier(_ rules: Rule...) throws -> ErrorClassifier {
        try ErrorClassifier([RuleTable("test", rules: rules)])
    }

    @Test("The first rule that matches decides, also when a later one is found by a faster way")
    func order() throws {
        let table = try classifier(
            Rule("words first", .validation, phrases: ["too large"]),
            Rule("status second", .rateLimited, statuses: [429...429])
        )
        #expect(table.classify(Failure(status: 429, message: "request too large")).rule == "test.words first")
        #expect(table.classify(Failure(status: 429, message: "slow down")).rule == "test.status second")
        #expect(table.classify(Failure(status: 500)).rule == "unknown")
    }

    @Test("All kinds of facts that a rule names must hold")
    func conjunction() throws {
        var rule = Rule("all", .conflict, codes: ["E1"], statuses: [400...499], phrases: ["again"])
        rule.headers = [Rule.HeaderMatch(name: "x-lock", value: "held")]
        let table = try classifier(rule)
        let full = Failure(status: 409, code: "e1", message: "Again!", headers: ["X-Lock": "is held"])
        #expect(table.classify(full).rule == "test.all")
        for change in [\Failure.status, nil] as [WritableKeyPath<Failure, Int?>?] {
            var failure = full
            if let change { failure[keyPath: change] = 500 } else { failure.code = "E2" }
            #expect(table.classify(failure).rule == "unknown")
        }
        var quiet = full
        quiet.message = "once"
        #expect(table.classify(quiet).rule == "unknown")
        quiet = full
        quiet.headers = ["x-lock": "free"]
        #expect(table.classify(quiet).rule == "unknown")
    }

    @Test(
        "Phrases are whole words across line ends; what stands inside identifiers is no word",
        arguments: [
            ("rate limit", "Rate\nLimit exceeded", true), ("rate limit", "rate-limit", true),
            ("rate limit", "rate_limits", false),
            ("timeout", "statement_timeout", false), ("timeout", "/var/timeout", false),
            ("timeout", "a timeout.", true),
            ("timeout", "{\"m\":\"a\\ntimeout\"}", true), ("429", "0x4290", false), ("429", "1.429", false),
            ("429", "(429)", true),
            ("no * left", "no units at all left", true), ("no * left", "left no", false), ("^bad", "bad key", true),
            ("^bad", "a bad key", false), ("gone$", "it is gone.", true), ("gone$", "gone away", false),
            ("don't", "I don't", true),
        ]
    )
    func phrases(phrase: String, message: String, isFound: Bool) throws {
        let table = try classifier(Rule("r", .conflict, phrases: [phrase]))
        #expect((table.classify(Failure(message: message)).rule == "test.r") == isFound)
    }

    @Test("Fragments are found inside words, with parts in order and without overlap")
    func fragments() throws {
        let table = try classifier(Rule("r", .conflict, fragments: ["rate*expired"]))
        #expect(table.classify(Failure(message: "moderated, unexpiredly")).rule == "test.r")
        #expect(table.classify(Failure(message: "ratexpired")).rule == "unknown")
    }

    @Test("Codes match by beginning and in parts")
    func codes() throws {
        let table = try classifier(
            Rule("class", .validation, codes: ["23*"]),
            Rule("part", .invalidRecipient, codes: ["5.1.1"])
        )
        #expect(table.classify(Failure(code: "23505")).rule == "test.class")
        #expect(table.classify(Failure(code: "23")).rule == "unknown")
        #expect(table.classify(Failure(code: "550 5.1.1")).rule == "test.part")
    }

    @Test("A rule names error types; an error without facts costs no text")
    func types() throws {
        var rule = Rule("plain", .server)
        rule.types = [String(reflecting: Plain.self)]
        let table = try classifier(rule)
        #expect(table.classify(Plain()).rule == "test.plain")
        #expect(table.classify(Plain()).rule == "test.plain")
        #expect(table.classify(CancellationError()).rule == "unknown")
    }

    @Test("Causes are asked when the failure itself says nothing, and a cycle of causes ends")
    func causes() {
        let wrapped = Told(failure: Failure(causes: [Plain(), Told(failure: Failure(status: 503))]))
        #expect(ErrorClassifier.standard.classify(wrapped).category == .unavailable)
        #expect(ErrorClassifier.standard.classify(Looping()).category == .unknown)
    }

    @Test("Another system's codes are not taken for ours")
    func sources() {
        let standard = ErrorClassifier.standard
        #expect(standard.classify(Failure(source: "apns", code: "ExpiredToken")).category == .invalidRecipient)
        #expect(standard.classify(Failure(source: "aws", code: "ExpiredToken")).disposition == .reauthenticate)
        #expect(standard.classify(Failure(source: "smtp", code: "503")).category == .validation)
        #expect(standard.classify(Failure(status: 503)).category == .unavailable)
    }

    @Test(
        "Codes are looked for in messages where the table says so, after its rules",
        arguments: [
            ("SOLD_OUT: none is there", [.leading, .anywhere]), ("the shop says SOLD_OUT", [.anywhere]),
            ("550 no such user", [.leading]), ("it ended with 550", []), ("error of ours", [.leading]),
            ("an error", []), ("NOT_SOLD_OUT", []), ("23505", []), ("SOLD_OUT, call us", []),
        ] as [(String, Set<RuleTable.CodesInText>)]
    )
    func codesInText(message: String, places: Set<RuleTable.CodesInText>) throws {
        for place in RuleTable.CodesInText.allCases {
            let table = try RuleTable(
                "shop",
                systems: ["shop"],
                codesInText: place,
                rules: [
                    Rule("code", .resourceExhausted, codes: ["SOLD_OUT", "550", "error", "23*"]),
                    Rule("words", .validation, phrases: ["call us"]),
                ]
            )
            let classifier = try ErrorClassifier([table])
            let isFound = classifier.classify(Failure(source: "shop", message: message)).rule == "shop.code"
            #expect(isFound == places.contains(place), "\(place)")
            // What is a code here may be a word of others.
            for other in [nil, "other"] {
                #expect(classifier.classify(Failure(source: other, message: message)).rule != "shop.code")
            }
        }
    }

    @Test("The closure has the last word")
    func lastWord() throws {
        let classifier = try ErrorClassifier([.http]) { failure, verdict in
            failure.status == 503 ? Classification(.permanent, rule: "mine") : verdict
        }
        #expect(classifier.classify(Failure(status: 503)).rule == "mine")
        #expect(classifier.classify(Failure(status: 404)).category == .notFound)
    }

    @Test("A faulty table is refused with table, rule and field")
    func faults() {
        let faulty: [(Rule, String)] = [
            (Rule("", .server), "name"), (Rule("a", .server, codes: ["x*y"]), "codes"),
            (Rule("a", .server, codes: [""]), "codes"),
            (Rule("a", .server, statuses: [1...2]), "statuses"), (Rule("a", .server, phrases: ["  "]), "phrases"),
            (Rule("a", .server, phrases: ["a ** b"]), "phrases"), (Rule("a", .server, fragments: ["*"]), "fragments"),
        ]
        for (rule, field) in faulty {
            let error = #expect(throws: InvalidArgument.self) { try RuleTable("t", rules: [rule]) }
            #expect(error?.field.hasPrefix("t.rules[0]") == true)
            #expect(error?.field.hasSuffix(field) == true)
        }
        #expect(throws: InvalidArgument.self) { try RuleTable("t", rules: [Rule("a", .server), Rule("a", .server)]) }
        #expect(throws: InvalidArgument.self) { try ErrorClassifier([.http, .http]) }
    }

    @Test("More systems or phrases than fit are refused")
    func sizes() {
        let systems = (0..<200).map { "system\($0)" }
        #expect(throws: InvalidArgument.self) { try ErrorClassifier([RuleTable("t", systems: systems, rules: [])]) }
        let phrases = (0..<1000).map { "phrase \($0) " + String(repeating: "x", count: 90) + "\($0)" }
        #expect(throws: InvalidArgument.self) {
            try ErrorClassifier([RuleTable("t", rules: [Rule("r", .server, phrases: phrases)])])
        }
    }
}
