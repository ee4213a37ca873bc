#if SQLite
import Foundation
import Testing

/// The program on a file that outlives it, and that several processes share.
@Suite(.serialized) struct SQLiteRunTests {
    @Test func anInterruptedRunSaysHowToGoOnAndTheNextOneDoes() throws {
        let folder = try Folder()
        let arguments = ["--store", folder.store, "--input", folder.input, "--gateway", "query-only"]
        let first = try Program(arguments + ["--speed", "x20", "--json"])
        try waitForIntents(folder)
        first.process.interrupt()
        let interrupted = try first.ended()
        #expect(interrupted.status == 130)
        #expect(interrupted.output.contains("unfinished; go on with: payment-flow --store \(folder.store)"))
        #expect(interrupted.number("pending") > 0)

        let second = try Program(arguments + ["--json"]).ended()
        #expect(second.status == 0, "\(second.output)\(second.errors)")
        #expect(second.number("alreadyKnown") == 300)
        let third = try Program(arguments + ["--json"]).ended()
        #expect(third.status == 0)
        #expect(third.number("attempts") == second.number("attempts"))
        let verified = try Program.run(
            "verify",
            "--input",
            folder.input,
            "--ledger",
            folder.ledger,
            "--store",
            folder.store,
            "--json"
        )
        #expect(verified.status == 0, "\(verified.output)")
        #expect(verified.number("notMade") == second.check("notMade"))
    }

    @Test func fourProcessesOnOneFileGiveEachPaymentOneOutcome() throws {
        let folder = try Folder()
        let run = try Program.run(
            "--workers",
            "4",
            "--speed",
            "x100",
            "--store",
            folder.store,
            "--input",
            folder.input,
            "--gateway",
            "query-only",
            "--concurrency",
            "8",
            "--json"
        )
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(run.number("lostWorkers") == 0)
        #expect(run.number("succeeded") + run.number("failed") == 300)
        #expect(try folder.paid().values.allSatisfy { $0 == 1 })
        let verified = try Program.run(
            "verify",
            "--input",
            folder.input,
            "--ledger",
            folder.ledger,
            "--store",
            folder.store
        )
        #expect(verified.status == 0, "\(verified.output)")
    }

    /// A process that is stopped for longer than its lease believes on its return that nothing has happened.
    @Test func aProcessThatWasStoppedPastItsLeaseIsRefusedAndSaysSo() throws {
        let folder = try Folder(payments: 2_000)
        let speed = ["--speed", "x20", "--gateway", "query-only", "--json"]
        let first = try Program(["--store", folder.store, "--input", folder.input] + speed)
        try waitForIntents(folder)
        let second = try Program(["--join", "--store", folder.store] + speed)
        defer {
            kill(first.process.processIdentifier, SIGKILL)
            kill(second.process.processIdentifier, SIGKILL)
        }
        // At x20 the lease of 30 s ends after 1.5 s. Once more if it was stopped where it held nothing.
        var stops = 0
        while stops < 3, second.process.isRunning, first.process.isRunning {
            Thread.sleep(forTimeInterval: 1)
            kill(second.process.processIdentifier, SIGSTOP)
            Thread.sleep(forTimeInterval: 3)
            kill(second.process.processIdentifier, SIGCONT)
            stops += 1
        }
        let (whole, stopped) = (try first.ended(), try second.ended())
        #expect(stops > 0)
        // By the store when it records an outcome, or by the gateway when it makes its call: whichever it came to first.
        let refused = stopped.number("fenced") + stopped.number("stale")
        #expect(refused > 0, "\(stopped.output)\(stopped.errors)")
        let says = ["is held by another worker by now", "stale fence"]
        #expect(says.contains { stopped.errors.contains($0) }, "\(stopped.errors)")
        #expect(whole.status == 0, "\(whole.output)\(whole.errors)")
        #expect(try folder.paid().values.allSatisfy { $0 == 1 })
    }

    @Test func virtualTimeIsOfOneProcessAlone() throws {
        let folder = try Folder()
        let first = try Program(["--store", folder.store, "--input", folder.input, "--speed", "real"])
        defer { kill(first.process.processIdentifier, SIGKILL) }
        try waitForIntents(folder)
        let second = try Program.run("--store", folder.store, "--input", folder.input)
        #expect(second.status == 66)
        #expect(second.errors.contains("virtual time is of one process alone"))
        let third = try Program.run("--join", "--store", folder.store, "--speed", "x60")
        #expect(third.status == 64)
        #expect(third.errors.contains("others work on"))
    }

    @Test func aStoreThatCannotBeOpenedIsOneLine() throws {
        let folder = try Folder(payments: 1)
        try folder.write("this is no database, but some text that is long enough for a page", to: "text.db")
        for store in [folder.path("text.db"), "/no/such/folder/s.db"] {
            let run = try Program.run("--store", "sqlite:\(store)", "--input", folder.input)
            #expect(run.status == 66)
            #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        }
        #expect(try Program.run("--join", "--store", "sqlite:\(folder.path("none.db"))").status == 66)
    }

    /// Until the run has calls under way.
    private func waitForIntents(_ folder: Folder) throws {
        for _ in 0..<400 {
            let counts = try Program.run("inspect", "--store", folder.store)
            if counts.status == 0, counts.number("intents") > 0 { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        Issue.record("the run did not get under way")
    }
}
#endif
