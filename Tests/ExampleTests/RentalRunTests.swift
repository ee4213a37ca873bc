import Foundation
import Testing

/// The rental program as a user runs it, in virtual time.
@Suite struct RentalRunTests {
    private func run(_ arguments: String..., input: String? = nil) throws -> Program.Ended {
        try Program(arguments, input: input, of: "sms-rental-flow").ended()
    }

    @Test func numbersAreRentedOnceThoughTheServiceDiesAgainAndAgain() throws {
        let run = try run("--store", "memory", "--seed", "3", "--json")
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(run.ok)
        #expect(run.check("requests") == 300)
        #expect(run.check("rented") > 220)
        #expect(run.check("cancelled") > 20)
        #expect(run.check("sold") == run.check("rented") + run.check("cancelled"))
        #expect(run.number("crashes") > 5)
        #expect(run.number("freePrices") > 20)
        let refusals = run.json["refusals"] as? [String: Int] ?? [:]
        #expect(refusals["save: 23503"] ?? 0 > 10, "\(refusals)")
        let picks = run.json["picks"] as? [String: Int] ?? [:]
        #expect(picks.count == 4, "\(picks)")
        #expect(run.output.contains("vendor        status      score success  response  stock  picks"))
        #expect(run.output.contains("the check holds"))
    }

    @Test(
        arguments: [
            ("intent", "boughtTwice"), ("question", "boughtTwice"), ("settling", "boughtTwice"),
            ("refund", "refundedWrongly"), ("cancellation", "astray"),
        ]
    )
    func withoutAProtectionTheCheckFindsWhatItWasGoodFor(broken: String, finds: String) throws {
        let run = try run("--store", "memory", "--seed", "3", "--break", broken, "--json")
        #expect(run.status == 1)
        #expect(!run.ok)
        #expect(run.check(finds) > 0, "\(run.output)")
        #expect(run.output.contains("THE CHECK DOES NOT HOLD"))
    }

    @Test func badLinesAreReportedAndTheOthersAreServed() throws {
        let input = """
            {"id":"a","service":"zz","country":"us","at":1}
            {"id":"b","service":"wa","country":"us"}
            not json
            {"id":"a","service":"wa","country":"us","at":1}
            {"id":"c|d","service":"wa","country":"us","at":1}
            {"id":"e","service":"wa","country":"us","at":1,"maxPrice":0}
            {"id":"a","service":"zz","country":"us","at":1}

            """
        let run = try run("--input", "-", "--store", "memory", "--json", input: input)
        #expect(run.status == 2, "\(run.output)")
        #expect(run.number("badLines") == 5)
        #expect(run.check("requests") == 1)
        #expect(run.check("refused") == 1)
        #expect(
            run.errors.split(separator: "\n") == [
                "standard input:2: at is missing", "standard input:3: is not JSON",
                "standard input:4: id \"a\" stands on line 1 with other content; that one counts",
                "standard input:5: id holds a |", "standard input:6: maxPrice is 0; allowed is 1 to 1000000",
            ]
        )
    }

    @Test(
        arguments: [
            (["--input", "/no/such.jsonl"], 66, "the input /no/such.jsonl does not exist"),
            (["--sped", "x60"], 64, "unknown option --sped; see --help"),
            (["go"], 64, "\"go\" is neither a command (verify) nor an option; see --help"),
            (["--break", "all"], 64, "--break all: allowed is intent, question, settling, refund or cancellation"),
            (["--kill-at", "0"], 64, "--kill-at 0: allowed is 1 to 1000000000"),
            (["verify", "--input", "a"], 64, "verify needs --input FILE, --ledger FILE and --store FILE"),
            (["verify", "--seed", "1"], 64, "--seed is no option of verify"),
            (["verify", "--input", "/no/a", "--ledger", "/no/b", "--store", "/no/c"], 66, "/no/a does not exist"),
        ] as [([String], Int32, String)]
    )
    func whatCannotBeDoneIsOneLine(arguments: [String], status: Int32, says: String) throws {
        let run = try Program(arguments, of: "sms-rental-flow").ended()
        #expect(run.status == status)
        #expect(run.errors.hasPrefix("sms-rental-flow: \(says)"), "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func aLedgerOfAnotherStoreIsRefused() throws {
        let folder = try Folder(payments: 1)
        try folder.write(#"{"kind":"refusal","vendor":"v","calledAt":1,"at":1}"# + "\n", to: "l")
        let run = try run("--store", "memory", "--ledger", folder.path("l"))
        #expect(run.status == 66)
        #expect(run.errors.contains("is of an earlier run, of which the store knows nothing"), "\(run.errors)")
    }

    #if SQLite
    @Test func killedAgainAndAgainItRentsEachNumberOnce() throws {
        let folder = try Folder(payments: 1)
        let lines = try String(contentsOf: RentalFiles.shipped, encoding: .utf8).split(separator: "\n").prefix(100)
        try folder.write(lines.joined(separator: "\n") + "\n", to: "in")
        let common = ["--store", folder.store, "--input", folder.path("in"), "--seed", "5"]
        for operation in [60, 131, 277, 401] {
            let killed = try Program(common + ["--kill-at", "\(operation)"], of: "sms-rental-flow").ended()
            #expect(killed.status == -9, "\(killed.output)\(killed.errors)")
        }
        let last = try Program(common + ["--json"], of: "sms-rental-flow").ended()
        #expect(last.status == 0, "\(last.output)\(last.errors)")
        #expect(last.number("alreadyKnown") == 100)
        let verified = try run(
            "verify", "--input", folder.path("in"), "--ledger", folder.ledger, "--store", folder.store, "--json"
        )
        #expect(verified.status == 0, "\(verified.output)")
        #expect(verified.number("rented") == last.check("rented"))
    }
    #endif
}
