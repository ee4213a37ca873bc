import Foundation
import Testing

/// The booking program as a user runs it, in virtual time.
@Suite struct BookingRunTests {
    private func run(_ arguments: String..., input: String? = nil, folder: URL? = nil) async throws -> Program.Ended {
        try await Program.run(arguments, input: input, folder: folder, of: "booking-flow")
    }

    @Test(arguments: [1, 2]) func aDayWithCrashesIsBookedOnceAndNothingIsLost(seed: Int) async throws {
        let run = try await run("--store", "memory", "--seed", "\(seed)", "--json")
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(run.ok)
        #expect(run.check("requests") == 400)
        #expect(run.check("bookings") > 60)
        #expect(run.check("refunds") > 20)
        #expect(run.check("undone") > 2)
        #expect(run.check("rawNotes") > 2)
        #expect(run.check("undelivered") > 5)
        #expect(run.check("goneRecipients") > 5)
        #expect(run.check("messages") > 200)
        #expect(run.number("crashes") > 2)
        let answers = (run.json["check"] as? [String: Any])?["answers"] as? [String: Int] ?? [:]
        for answer in [
            "confirmed", "unavailable", "expired", "released", "refunded", "tooManyHolds", "held", "cancelled", "kept",
            "notSignedIn",
        ] { #expect(answers[answer] ?? 0 > 0, "\(answer)") }
        #expect(run.output.contains("football"))
        #expect(run.output.contains("the check holds"))
    }

    @Test func theSameSeedIsTheSameDay() async throws {
        let runs = try await [run("--store", "memory", "--seed", "5", "--json"), run("--store", "memory", "--seed", "5", "--json")]
        #expect(runs[0].day.count > 5)
        #expect(runs[0].day == runs[1].day)
    }

    @Test func idsWithSlashesAndPercentSignsPassTheCheck() async throws {
        let lines = ["/a", "b//c", "50%", "x%2Fy"].enumerated().map { number, id in
            #"{"id":"\#(id)","customer":"Ann \#(number)","resource":"court","from":"1\#(number):00","until":"1\#(number):30","#
                + #""at":1,"plan":"pay","after":9,"cancel":600}"#
        }
        let input = ([#"{"name":"court"}"#] + lines).joined(separator: "\n")
        let run = try await run("--input", "-", "--store", "memory", "--json", input: input)
        #expect(run.status == 0, "\(run.output)")
        #expect(run.check("refunds") > 0)
    }

    @Test func badLinesAreReportedAndTheOthersAreServed() async throws {
        let input = """
            {"name":"court"}
            {"id":"a","customer":"Ann","resource":"court","from":"08:00","until":"09:00","at":1,"plan":"confirm","after":9}
            not json
            {"id":"b","customer":"Bob","resource":"court","from":"08:00","until":"09:00","at":1}
            {"id":"c","customer":"Bob","resource":"hall","from":"08:00","until":"09:00","at":1,"plan":"pay"}
            {"id":"d","customer":"Bob","resource":"court","from":"9","until":"10:00","at":1,"plan":"pay"}
            {"id":"e","customer":"Bob","resource":"court","from":"08:30","until":"09:30","at":2,"plan":"pay","after":9}

            """
        let run = try await run("--input", "-", "--store", "memory", "--json", input: input)
        #expect(run.status == 2, "\(run.output)")
        #expect(run.number("badLines") == 4)
        #expect(run.check("bookings") == 1)
        #expect(
            run.errors.split(separator: "\n") == [
                "standard input:3: is not JSON", "standard input:4: plan is missing",
                "standard input:5: resource \"hall\" stands on no line before this one",
                "standard input:6: from is no time of the day like 08:30: \"9\"",
            ]
        )
    }

    @Test(
        arguments: [
            (["--input", "/no/such.jsonl"], 66, "the input /no/such.jsonl does not exist"),
            (["--sped", "x60"], 64, "unknown option --sped; see --help"),
            (["go"], 64, "\"go\" is neither a command (verify) nor an option; see --help"),
            (["--break", "all"], 64, "--break all: allowed is one of deadline, expectation, refund-key, undo-key"),
            (
                ["--kill-at", "lunch"], 64,
                "--kill-at lunch: allowed is one of describe, take-back-code, cancel-trainer"
            ),
            (["--kill-at", "refund", "--store", "memory"], 64, "--kill-at needs a store on disk"),
            (["--kill-at", "refund", "--workers", "2"], 64, "--kill-at kills one process"),
            (["verify", "--kill-at", "refund"], 64, "--kill-at is no option of verify"),
            (["--store", "postgres:x"], 64, "--store postgres:x: allowed is memory or sqlite:FILE"),
            (["verify", "--input", "a"], 64, "verify needs --input FILE, --ledger FILE and --store FILE"),
            (["--workers", "2", "--speed", "virtual"], 64, "--workers 2 needs --speed real or xN"),
            (["--join"], 64, "--join needs --store sqlite:FILE"),
            (["verify", "--seed", "1"], 64, "--seed is no option of verify"),
            (["verify", "--input", "/no/a", "--ledger", "/no/b", "--store", "/no/c"], 66, "/no/a does not exist"),
            (
                ["--store", "memory", "--ledger", "/no/such/folder/l"], 66,
                "the ledger /no/such/folder/l cannot be opened: No such file or directory"
            ),
        ] as [([String], Int32, String)]
    )
    func whatCannotBeDoneIsOneLine(arguments: [String], status: Int32, says: String) async throws {
        let run = try await Program.run(arguments, of: "booking-flow")
        #expect(run.status == status)
        #expect(run.errors.hasPrefix("booking-flow: \(says)"), "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func aLedgerOfAnotherStoreIsRefused() async throws {
        let folder = try Folder(payments: 1)
        try folder.write(#"{"name":"court"}"#, to: "day")
        let line = #"{"kind":"expiry","hold":"h","at":1767225600000000}"# + "\n"
        try folder.write(line, to: "l")
        let run = try await run("--store", "memory", "--ledger", folder.path("l"), "--input", folder.path("day"))
        #expect(run.status == 66)
        #expect(run.errors.contains("is of an earlier run, of which the store knows nothing"), "\(run.errors)")
    }

    #if SQLite
    @Test func anInterruptedRunSaysHowToGoOnAndTheNextOneDoes() async throws {
        let folder = try Folder(payments: 1)
        let first = try Program(["--store", folder.store, "--speed", "x60", "--json"], of: "booking-flow")
        for _ in 0..<400 where (try? folder.read("store.db.ledger").contains("confirmed")) != true {
            try await Task.sleep(for: .milliseconds(50))
        }
        first.process.interrupt()
        let interrupted = try await first.ended()
        #expect(interrupted.status == 130)
        #expect(interrupted.output.contains("unfinished; go on with: booking-flow --store \(folder.store)"))
        #expect(interrupted.check("unfinished") > 0)

        let second = try await run("--store", folder.store, "--json")
        #expect(second.status == 0, "\(second.output)\(second.errors)")
        #expect(second.number("alreadyKnown") == 400)
        let verified = try await run(
            "verify",
            "--input",
            BookingFiles.shipped.path,
            "--ledger",
            folder.ledger,
            "--store",
            folder.store,
            "--json"
        )
        #expect(verified.status == 0, "\(verified.output)")
        #expect(verified.number("bookings") == second.check("bookings"))
    }

    /// The step has done its work, and nothing of that is recorded.
    @Test(arguments: ["give-code-again", "refund"])
    func whatIsKilledAtAStepIsTakenUpThere(step: String) async throws {
        let folder = try Folder(payments: 1)
        let killed = try await run("--store", folder.store, "--kill-at", step)
        #expect(killed.status == -9, "\(killed.output)\(killed.errors)")
        let next = try await run("--store", folder.store, "--json")
        #expect(next.status == 0, "\(next.output)\(next.errors)")
        #expect(next.check("refundsAstray") == 0)
        #expect(next.check("doneTwice") == 0)
    }

    @Test func threeProcessesOnOneFileBookTheDayOnce() async throws {
        let folder = try Folder(payments: 1)
        let run = try await run("--workers", "3", "--store", folder.store, "--json")
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(run.number("lostWorkers") == 0)
        // How many confirm in time depends on the machine: a hold of five minutes is half a second here.
        #expect(run.check("bookings") > 0)
        #expect(run.check("unfinished") == 0)
    }

    @Test func aStoreThatCannotBeOpenedIsOneLine() async throws {
        let folder = try Folder(payments: 1)
        try folder.write("this is no database, but some text that is long enough for a page", to: "text.db")
        for store in [folder.path("text.db"), "/no/such/folder/s.db"] {
            let run = try await run("--store", "sqlite:\(store)", "--ledger", folder.path("l"))
            #expect(run.status == 66)
            #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        }
    }
    #endif
}

enum BookingFiles {
    static var shipped: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Examples/BookingFlow/requests.jsonl").standardizedFileURL
    }
}
