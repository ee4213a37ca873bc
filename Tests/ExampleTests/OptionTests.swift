import ExampleSupport
import Testing

@testable import PaymentFlow

@Suite struct OptionTests {
    @Test func optionsAndTheirDefaults() throws {
        let usual = try Options(arguments: [])
        #expect(usual.command == .run)
        #expect(usual.gateway == .idempotent)
        #expect(usual.seed == 1)
        let all = try Options(arguments: [
            "--input=a.jsonl", "--store", "sqlite:/tmp/a.db", "--ledger", "l", "--gateway", "query-only", "--seed", "7",
            "--concurrency", "3", "--speed", "x60", "--workers", "4", "--node-keys", "4", "--json",
        ])
        #expect(all.input == "a.jsonl")
        #expect(all.store == .sqlite("/tmp/a.db"))
        #expect(all.gateway == .queryOnly)
        #expect(all.seed == 7)
        #expect(all.concurrency == 3)
        #expect(all.speed == .times(60))
        #expect(all.workers == 4)
        #expect(all.nodeKeys == 4 && usual.nodeKeys == 0)
        #expect(all.json)
        #expect(
            try Options(arguments: ["verify", "--input", "a", "--ledger", "b", "--store", "c"]).store == .sqlite("c")
        )
        #expect(try Options(arguments: ["-h"]).command == .help)
    }

    @Test func aBrokenProtectionShowsWhereTheGatewayKnowsNoKeys() throws {
        #expect(try Options(arguments: ["--break", "fence"]).gateway == .queryOnly)
        #expect(try Options(arguments: ["--break", "fence", "--gateway", "idempotent"]).gateway == .idempotent)
    }

    @Test(arguments: [
        (["--sped", "x60"], "unknown option --sped"), (["go"], "\"go\" is neither a command"),
        (["--speed", "x0"], "--speed x0: allowed is real, virtual or xN"), (["--speed", "60"], "--speed 60"),
        (["--seed", "-1"], "--seed -1"), (["--seed"], "--seed needs a value"), (["--workers", "0"], "--workers 0"),
        (["--store", "postgres:x"], "--store postgres:x: allowed is memory or sqlite:FILE"),
        (["--store", "sqlite:"], "--store sqlite:"), (["--json=yes"], "--json takes no value"),
        (["--gateway", "kind"], "--gateway kind: allowed is idempotent or query-only"),
        (["--break", "all"], "--break all: allowed is fence, resolver or intent"),
        (["--workers", "2", "--speed", "virtual"], "virtual time is of one process"),
        (["--workers", "2", "--store", "memory"], "not --store memory"),
        (["--join"], "--join needs --store sqlite:FILE"),
        (["verify", "--ledger", "l"], "verify needs --input"),
        (["verify", "--seed", "1"], "--seed is no option of verify"),
        (["inspect"], "inspect needs --store"), (["--concurrency", "1001"], "allowed is 1 to 1000"),
    ])
    func aWrongCommandLineIsOneLineThatNamesIt(arguments: [String], says: String) {
        do {
            _ = try Options(arguments: arguments)
            Issue.record("accepted")
        } catch {
            #expect(error.status == 64)
            #expect(error.description.contains(says), "\(error.description)")
            #expect(!error.description.contains("\n"))
        }
    }
}
