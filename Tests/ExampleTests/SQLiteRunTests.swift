#if SQLite
import Foundation
import Testing

/// The program on a file that outlives it, and that several processes share.
@Suite(.serialized) struct SQLiteRunTests {
    @Test func anInterruptedRunSaysHowToGoOnAndTheNextOneDoes() async throws {
        let folder = try Folder()
        let arguments = ["--store", folder.store, "--input", folder.input, "--gateway", "query-only"]
        let first = try Program(arguments + ["--speed", "x20", "--json"])
        try await waitForIntents(folder)
        first.process.interrupt()
        let interrupted = try await first.ended()
        #expect(interrupted.status == 130)
        #expect(interrupted.output.contains("unfinished; go on with: payment-flow --store \(folder.store)"))
        #expect(interrupted.number("pending") > 0)

        let second = try await Program.run(arguments + ["--json"])
        #expect(second.status == 0, "\(second.output)\(second.errors)")
        #expect(second.number("alreadyKnown") == 300)
        let third = try await Program.run(arguments + ["--json"])
        #expect(third.status == 0)
        #expect(third.number("attempts") == second.number("attempts"))
        let verified = try await Program.run(
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

    @Test func fourProcessesOnOneFileGiveEachPaymentOneOutcome() async throws {
        let folder = try Folder()
        let run = try await Program.run(
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
        let verified = try await Program.run(
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
    @Test func aProcessThatWasStoppedPastItsLeaseIsRefusedAndSaysSo() async throws {
        let folder = try Folder(payments: 2_000)
        let speed = ["--speed", "x20", "--gateway", "query-only", "--json"]
        let first = try Program(["--store", folder.store, "--input", folder.input] + speed)
        try await waitForIntents(folder)
        let second = try Program(["--join", "--store", folder.store] + speed)
        defer {
            kill(first.process.processIdentifier, SIGKILL)
            kill(second.process.processIdentifier, SIGKILL)
        }
        // By the store when it records an outcome, or by the gateway when it makes its call: whichever it came to first.
        let says = ["is held by another worker by now", "stale fence"]
        func isRefused(_ errors: String) -> Bool { says.contains { errors.contains($0) } }
        // At x20 the lease of 30 s ends after 1.5 s. Once more wherever it was stopped while it held nothing.
        while second.process.isRunning, first.process.isRunning, !isRefused(second.errorsSoFar) {
            try await Task.sleep(for: .milliseconds(700))
            kill(second.process.processIdentifier, SIGSTOP)
            try await Task.sleep(for: .milliseconds(4500))
            kill(second.process.processIdentifier, SIGCONT)
            try await Task.sleep(for: .milliseconds(300))
        }
        let (whole, stopped) = (try await first.ended(), try await second.ended())
        #expect(stopped.number("fenced") + stopped.number("stale") > 0, "\(stopped.output)\(stopped.errors)")
        #expect(isRefused(stopped.errors), "\(stopped.errors)")
        #expect(whole.status == 0, "\(whole.output)\(whole.errors)")
        #expect(try folder.paid().values.allSatisfy { $0 == 1 })
    }

    @Test func virtualTimeIsOfOneProcessAlone() async throws {
        let folder = try Folder()
        let first = try Program(["--store", folder.store, "--input", folder.input, "--speed", "real"])
        defer { kill(first.process.processIdentifier, SIGKILL) }
        try await waitForIntents(folder)
        let second = try await Program.run("--store", folder.store, "--input", folder.input)
        #expect(second.status == 66)
        #expect(second.errors.contains("virtual time is of one process alone"))
        let third = try await Program.run("--join", "--store", folder.store, "--speed", "x60")
        #expect(third.status == 64)
        #expect(third.errors.contains("others work on"))
    }

    @Test func aStoreThatCannotBeOpenedIsOneLine() async throws {
        let folder = try Folder(payments: 1)
        try folder.write("this is no database, but some text that is long enough for a page", to: "text.db")
        for store in [folder.path("text.db"), "/no/such/folder/s.db"] {
            let run = try await Program.run("--store", "sqlite:\(store)", "--input", folder.input)
            #expect(run.status == 66)
            #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        }
        #expect(try await Program.run("--join", "--store", "sqlite:\(folder.path("none.db"))").status == 66)
    }

    /// Until the run has calls under way.
    private func waitForIntents(_ folder: Folder) async throws {
        for _ in 0..<400 {
            // Without waiting for its turn, for the run goes on.
            let counts = try await Program(["inspect", "--store", folder.store]).ended()
            if counts.status == 0, counts.number("intents") > 0 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the run did not get under way")
    }
}
#endif
