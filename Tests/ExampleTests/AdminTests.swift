#if SQLite
import Foundation
import Testing

/// The tool that brings back what failed, on the store that a run of payments left.
@Suite(.serialized) struct AdminTests {
    private struct Desk {
        let folder: Folder
        /// How many payments the run made.
        let paid: Int
        /// What the store's file is named by in a command line.
        var file: String { String(folder.store.dropFirst("sqlite:".count)) }

        init() async throws {
            folder = try Folder()
            let run = try await Program.run(["--store", folder.store, "--input", folder.input, "--json"])
            #expect(run.status == 0, "\(run.errors)")
            paid = run.check("paid")
            // The batches that failed wait for another one, and nobody can bring them back.
            #expect(run.number("rolledBack") > 0)
            let notices = run.json["notices"] as? [String: Int] ?? [:]
            #expect(notices.values.reduce(0, +) == run.number("failed"))
        }

        func admin(_ words: String...) async throws -> Program.Ended {
            try await Program.run(words + ["--store", file, "--json"], of: "resilience-admin")
        }

        /// The ids of failed payments of a code.
        func failed(_ code: String) async throws -> [String] {
            let found = try await admin("failed", "list", "--queue", "payments", "--code", code, "--context", "instant")
            return (found.json["operations"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
        }
    }

    @Test func whatFailedIsFoundExplainedBroughtBackOnceAndPaidAtMostOnce() async throws {
        let desk = try await Desk()
        let all = try await desk.admin("failed", "list", "--queue", "payments", "--limit", "1000")
        #expect(all.number("total") > 0)
        #expect((all.json["operations"] as? [Any])?.count == all.number("total"))
        let rest = try await desk.admin("failed", "list", "--queue", "payments", "--skip", "5", "--limit", "1000")
        #expect((rest.json["operations"] as? [Any])?.count == all.number("total") - 5)

        let id = try #require(try await desk.failed("INSUFFICIENT_FUNDS").first)
        let refused = try await desk.admin("failed", "retry", id, "--queue", "payments")
        #expect(refused.status == 1)
        #expect((refused.json["error"] as? String)?.contains("INSUFFICIENT_FUNDS") == true)
        let forced = try await desk.admin("failed", "retry", id, "--queue", "payments", "--force", "--by", "ann")
        #expect(forced.status == 0)
        #expect(forced.json["status"] as? String == "retry_in_progress")
        let again = try await desk.admin("failed", "retry", id, "--queue", "payments", "--force")
        #expect(again.status == 1)
        #expect((again.json["error"] as? String)?.contains("it leads to failed_pending_review") == true)

        let run = try await Program.run(["--store", desk.folder.store, "--input", desk.folder.input, "--json"])
        #expect(run.status == 0, "\(run.output)")
        #expect(run.check("paidTwice") == 0)
        #expect(run.check("lost") == 0)
        let shown = try await desk.admin("failed", "show", id, "--queue", "payments")
        let status = (shown.json["operation"] as? [String: Any])?["status"] as? String
        #expect(status == "recovered")
        let ledger = try String(contentsOfFile: desk.folder.ledger, encoding: .utf8).split(separator: "\n")
        let paid = ledger.count { $0.contains(#""id":"\#(id)""#) && $0.contains(#""kind":"payment""#) }
        #expect(paid == 1)
        #expect(run.check("paid") == desk.paid + 1)
        let trail = try await desk.admin("audit", id, "--trail", "failed.payments")
        let entries = try #require(trail.json["entries"] as? [[String: Any]])
        #expect(entries.map { $0["who"] as? String } == ["ann"])
    }

    @Test func whatCannotBeUndoneIsAskedAboutOrSaid() async throws {
        let desk = try await Desk()
        let id = try #require(try await desk.failed("INVALID_ADDRESS").first)
        func cancelled() async throws -> Int? {
            let statistics = try await desk.admin("failed", "statistics", "--queue", "payments")
            let counts = (statistics.json["statistics"] as? [String: Any])?["byStatus"] as? [String: Int]
            return counts?["failed_cancelled"]
        }
        let before = try #require(try await cancelled())
        #expect(try await desk.admin("failed", "cancel", id, "--queue", "payments").status == 64)
        #expect(try await desk.admin("failed", "cancel", id, "--queue", "payments", "--yes").status == 0)
        let refused = try await desk.admin("failed", "retry", id, "--queue", "payments", "--force")
        #expect(refused.status == 1)
        #expect((refused.json["error"] as? String)?.contains("it is final") == true)
        #expect(
            try await desk.admin("failed", "recover", id, "--queue", "payments", "--proof", "x", "--yes").status == 1
        )
        #expect(
            try await desk.admin("failed", "note", id, "--queue", "payments", "--note", "wrong upstream").status == 0
        )
        #expect(try await cancelled() == before + 1)
        #expect(try await desk.admin("queue", "--queue", "payments").number("tried again") == 0)
        #expect(try await desk.admin("health").json["status"] as? String == "healthy")
    }

    @Test(arguments: [
        (["failed", "list", "--queue", "payments"], 64), (["bogus", "--store", "/nowhere"], 64),
        (["failed", "list", "--queue", "payments", "--store", "/nowhere"], 66),
        (["failed", "list", "--queue", "q", "--limit", "0", "--store", "/nowhere"], 64),
        (["failed", "move", "x", "--to", "recovered?", "--store", "/nowhere"], 64), (["--help"], 0), ([], 64),
    ])
    func aWrongCommandLineIsOneClearLine(arguments: [String], status: Int) async throws {
        let ended = try await Program.run(arguments, of: "resilience-admin")
        #expect(Int(ended.status) == status)
        if status == 0 { return }
        let isHelp = arguments.isEmpty
        #expect(isHelp || ended.errors.split(separator: "\n").count == 1, "\(ended.errors)")
    }

    @Test func aFileThatIsNoStoreIsLeftAsItIs() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "admin-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("not a store".utf8).write(to: file)
        let ended = try await Program.run(["health", "--store", file.path], of: "resilience-admin")
        #expect(ended.status == 66)
        #expect(try Data(contentsOf: file) == Data("not a store".utf8))
    }
}
#endif
