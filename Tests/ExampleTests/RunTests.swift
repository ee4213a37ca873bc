import Foundation
import Testing

/// The program as a user runs it, in virtual time.
@Suite struct RunTests {
    @Test(arguments: ["idempotent", "query-only"])
    func everyPaymentIsMadeOnceOrStoredWithItsReason(gateway: String) async throws {
        let folder = try Folder()
        let run = try await Program.run(
            "--store",
            "memory",
            "--ledger",
            folder.path("l"),
            "--input",
            folder.input,
            "--gateway",
            gateway,
            "--json"
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.ok)
        #expect(run.number("succeeded") + run.number("failed") == 300)
        #expect(run.number("succeeded") > 240)
        #expect(run.number("failed") > 5)
        #expect(run.number("recovered") > 10)
        // A worker was stopped past its lease and came back, and the fence refused it.
        #expect(run.number("stops") > 0)
        #expect(run.number("fenced") > 0)
        #expect(run.number("stale") > 0)
        let paid = try folder.paid("l")
        #expect(paid.values.allSatisfy { $0 == 1 })
        let verified = try await Program.run("verify", "--input", folder.input, "--ledger", folder.path("l"), "--json")
        #expect(verified.status == 0, "\(verified.output)")
        #expect(verified.number("paid") == paid.count)
    }

    @Test(arguments: [(1, 1), (4, 1), (4, 2)])
    func keysOfANodeStandInForEachOther(keys: Int, seed: Int) async throws {
        let folder = try Folder()
        let arguments = ["--store", "memory", "--input", folder.input, "--seed", "\(seed)", "--json"]
        let run = try await Program.run(arguments + ["--ledger", folder.path("l"), "--node-keys", "\(keys)"])
        #expect(run.status == 0 && run.ok, "\(run.errors) \(run.output)")
        #expect(run.number("succeeded") + run.number("failed") == 300)
        let switches = run.json["switches"] as? [String: Int] ?? [:]
        #expect((switches["quota-exhausted"] ?? 0 > 0) == (keys > 1), "\(switches)")
        #expect(run.output.contains("another key stood in: quota-exhausted") == (keys > 1))
        let verified = try await Program.run("verify", "--input", folder.input, "--ledger", folder.path("l"), "--json")
        #expect(verified.status == 0, "\(verified.output)")
    }

    // Each protection, switched off, shows what it is good for.
    @Test(arguments: ["fence", "resolver", "intent"], [1, 2, 3])
    func withoutAProtectionTheSameCheckFindsPaymentsMadeTwice(broken: String, seed: Int) async throws {
        let folder = try Folder()
        let arguments = ["--store", "memory", "--input", folder.input, "--seed", "\(seed)", "--json"]
        let run = try await Program.run(arguments + ["--ledger", folder.path("l"), "--break", broken])
        #expect(run.status == 1)
        #expect(!run.ok)
        #expect(run.check("paidTwice") + run.check("lost") > 0, "\(run.output)")
        #expect(run.output.contains("THE CHECK DOES NOT HOLD"))
        #expect(try await Program.run("verify", "--input", folder.input, "--ledger", folder.path("l")).status == 1)
        // With the protection the same seed is fine.
        let whole = try await Program.run(arguments + ["--gateway", "query-only"])
        #expect(whole.status == 0, "\(whole.output)")
    }

    @Test func theShippedPaymentsAreFoundFromAnyFolder() async throws {
        let run = try await Program.run("--store", "memory", "--json", folder: URL(fileURLWithPath: "/"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.number("payments") == 2_000)
    }

    @Test func badLinesAreReportedAndTheOthersArePaid() async throws {
        let folder = try Folder(payments: 1)
        let input = """
            {"id":"good","amount":"1.5","payinAddress":"0x1"}
            not json
            {"id":"none","payinAddress":"0x1"}
            {"id":"minus","amount":"-2","payinAddress":"0x1"}
            {"id":"good","amount":"9","payinAddress":"0x1"}
            {"id":"good","amount":"1.50","payinAddress":"0x1"}
            {"id":"other","amount":3,"payinAddress":"0x2"}

            """
        let run = try await Program.run(
            "--input",
            "-",
            "--store",
            "memory",
            "--ledger",
            folder.path("l"),
            "--json",
            input: input
        )
        #expect(run.status == 2, "\(run.output)")
        #expect(run.number("badLines") == 4)
        #expect(run.number("repeatedLines") == 1)
        #expect(run.check("lost") == 0)
        #expect(run.number("succeeded") + run.number("failed") == 2)
        #expect(
            run.errors.split(separator: "\n") == [
                "standard input:2: is not JSON", "standard input:3: amount is missing",
                "standard input:4: amount is negative: \"-2\"",
                "standard input:5: id \"good\" stands on line 1 with other content; that one counts",
            ]
        )
    }

    @Test(
        arguments: [
            (["--input", "/no/such.jsonl"], 66, "the input /no/such.jsonl does not exist"),
            (["--sped", "x60"], 64, "unknown option --sped; see --help"),
            (["verify", "--input", "/no/a", "--ledger", "/no/b"], 66, "/no/a does not exist"),
            (
                ["--store", "memory", "--ledger", "/no/such/folder/l"], 66,
                "the ledger /no/such/folder/l cannot be opened: No such file or directory"
            ),
        ] as [([String], Int32, String)]
    )
    func whatCannotBeDoneIsOneLine(arguments: [String], status: Int32, says: String) async throws {
        let run = try await Program.run(arguments)
        #expect(run.status == status)
        #expect(run.errors.hasPrefix("payment-flow: \(says)"), "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func aLedgerOfAnotherStoreIsRefused() async throws {
        let folder = try Folder(payments: 5)
        let arguments = ["--store", "memory", "--ledger", folder.path("l"), "--input", folder.input]
        #expect(try await Program.run(arguments).status == 0)
        let again = try await Program.run(arguments)
        #expect(again.status == 66)
        #expect(again.errors.contains("is of an earlier run, of which the store knows nothing"))
    }
}
