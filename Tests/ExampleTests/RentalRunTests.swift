import Foundation
import Testing

/// The rental program as a user runs it, in virtual time.
@Suite struct RentalRunTests {
    private func run(_ arguments: String..., input: String? = nil) async throws -> Program.Ended {
        try await Program.run(arguments, input: input, of: "sms-rental-flow")
    }

    @Test func numbersAreRentedOnceThoughTheServiceDiesAgainAndAgain() async throws {
        let run = try await run("--store", "memory", "--seed", "3", "--json")
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

    @Test func theSameSeedIsTheSameDay() async throws {
        let runs = try await [run("--store", "memory", "--seed", "5", "--json"), run("--store", "memory", "--seed", "5", "--json")]
        #expect(runs[0].day.count > 5)
        #expect(runs[0].day == runs[1].day)
    }

    @Test func badLinesAreReportedAndTheOthersAreServed() async throws {
        let input = """
            {"id":"a","service":"zz","country":"us","at":1}
            {"id":"b","service":"wa","country":"us"}
            not json
            {"id":"a","service":"wa","country":"us","at":1}
            {"id":"c|d","service":"wa","country":"us","at":1}
            {"id":"e","service":"wa","country":"us","at":1,"maxPrice":0}
            {"id":"a","service":"zz","country":"us","at":1}

            """
        let run = try await run("--input", "-", "--store", "memory", "--json", input: input)
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

    @Test func idsWithSlashesAndPercentSignsPassTheCheck() async throws {
        let input = ["a/b", "50%", "x%2Fy", "/", "\u{301}", "/\u{301}"].map {
            #"{"id":"\#($0)","service":"wa","country":"us","at":0}"#
        }
        let run = try await run("--input", "-", "--store", "memory", "--json", input: input.joined(separator: "\n"))
        #expect(run.status == 0, "\(run.output)")
        #expect(run.check("sold") > 0)
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
    func whatCannotBeDoneIsOneLine(arguments: [String], status: Int32, says: String) async throws {
        let run = try await Program.run(arguments, of: "sms-rental-flow")
        #expect(run.status == status)
        #expect(run.errors.hasPrefix("sms-rental-flow: \(says)"), "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func aLedgerOfAnotherStoreIsRefused() async throws {
        let folder = try Folder(payments: 1)
        try folder.write(#"{"kind":"refusal","vendor":"v","calledAt":1,"at":1}"# + "\n", to: "l")
        let run = try await run("--store", "memory", "--ledger", folder.path("l"))
        #expect(run.status == 66)
        #expect(run.errors.contains("is of an earlier run, of which the store knows nothing"), "\(run.errors)")
    }

    #if SQLite
    @Test func killedAgainAndAgainItRentsEachNumberOnce() async throws {
        let folder = try Folder(payments: 1)
        let lines = try String(contentsOf: RentalFiles.shipped, encoding: .utf8).split(separator: "\n").prefix(100)
        try folder.write(lines.joined(separator: "\n") + "\n", to: "in")
        let common = ["--store", folder.store, "--input", folder.path("in"), "--seed", "5"]
        for operation in [60, 131, 277, 401] {
            let killed = try await Program.run(common + ["--kill-at", "\(operation)"], of: "sms-rental-flow")
            #expect(killed.status == -9, "\(killed.output)\(killed.errors)")
        }
        let last = try await Program.run(common + ["--json"], of: "sms-rental-flow")
        #expect(last.status == 0, "\(last.output)\(last.errors)")
        #expect(last.number("alreadyKnown") == 100)
        let verified = try await run(
            "verify",
            "--input",
            folder.path("in"),
            "--ledger",
            folder.ledger,
            "--store",
            folder.store,
            "--json"
        )
        #expect(verified.status == 0, "\(verified.output)")
        #expect(verified.number("rented") == last.check("rented"))
    }
    #endif
}
