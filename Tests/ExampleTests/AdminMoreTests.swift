#if SQLite
import Foundation
import ProviderScoring
import ResilienceCore
import RetryOrchestrator
import Saga
import SQLiteStore
import Testing

/// The tool on sagas that need a person, and on the journal of a router.
@Suite(.serialized) struct AdminMoreTests {
    private let file = FileManager.default.temporaryDirectory.appending(path: "admin-\(UUID().uuidString).db").path

    private func admin(_ words: String...) async throws -> Program.Ended {
        try await Program.run(words + ["--store", file, "--json"], of: "resilience-admin")
    }

    private func withStore(_ body: (SQLiteStore) async throws -> Void) async throws {
        let store = try SQLiteStore(path: file)
        do { try await body(store) } catch { await store.close(); throw error }
        await store.close()
    }

    private func tidy() {
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + end) }
    }

    private struct Broken: Error {}

    private func definition(worksAt isMended: Bool) throws -> SagaDefinition<String> {
        try SagaDefinition("trip") {
            SagaStep<String, String>("pay", isPivot: true) { input, _ in input }
            SagaStep<String, String>("tell") { input, _ in
                guard isMended else { throw Broken() }
                return input
            }
        }
    }

    @Test func aSagaThatNeedsAPersonIsShownAndGoesOn() async throws {
        defer { tidy() }
        try await withStore { store in
            let runner = try SagaRunner(definition(worksAt: false), on: store)
            for id in ["one", "two"] {
                _ = try await runner.perform("x", id: id)
                #expect(try await runner.status(of: id)?.state == .needsAttention)
            }
        }
        let list = try await admin("sagas", "list", "--saga", "trip", "--status", "needsAttention")
        #expect((list.json["sagas"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == ["one", "two"])
        let shown = try await admin("sagas", "show", "one", "--saga", "trip")
        let steps = (shown.json["saga"] as? [String: Any])?["steps"] as? [[String: Any]]
        #expect(steps?.map { $0["needsAttention"] as? Bool } == [false, true])
        let wrong = try await admin("sagas", "retry", "one", "pay", "--saga", "trip")
        #expect(wrong.status == 1)
        #expect((wrong.json["error"] as? String)?.contains("these do: tell") == true)
        #expect(try await admin("sagas", "retry", "one", "tell", "--saga", "trip", "--by", "ann").status == 0)
        #expect(try await admin("sagas", "skip", "two", "tell", "--saga", "trip").status == 64, "it cannot be undone")
        #expect(try await admin("sagas", "skip", "two", "tell", "--saga", "trip", "--yes", "--by", "bob").status == 0)
        #expect(try await admin("sagas", "show", "nobody", "--saga", "trip").status == 66)
        #expect(try await admin("sagas", "cancel", "nobody", "--saga", "trip", "--yes").status == 66)
        try await withStore { store in
            let runner = try SagaRunner(definition(worksAt: true), on: store)
            let working = Task { await runner.run() }
            for id in ["one", "two"] { _ = try await runner.result(of: id) }
            working.cancel()
            await working.value
            #expect(try await runner.status(of: "one")?["tell"] == .completed)
            #expect(try await runner.status(of: "two")?["tell"] == .skipped)
        }
        let trail = try await admin("audit", "two", "--trail", "saga.trip")
        #expect((trail.json["entries"] as? [[String: Any]])?.compactMap { $0["who"] as? String } == ["bob"])
    }

    @Test func providersAreListedExplainedAndPreferred() async throws {
        defer { tidy() }
        try await withStore { store in
            let journal = try ProviderJournal("numbers", on: store)
            let router = try ProviderRouter("numbers", ["good", "bad"], policy: Ordered(), journal: journal)
            let keeping = Task { await router.keep() }
            for _ in 0..<20 {
                for provider in ["good", "bad"] {
                    _ = await router.outcome(
                        of: RouteRequest("purchase", excluding: provider == "good" ? ["bad"] : ["good"])
                    ) { attempt in
                        if attempt.provider == "bad" { throw Broken() }
                    }
                }
            }
            keeping.cancel()
            await keeping.value
        }
        let list = try await admin("providers", "list", "--router", "numbers")
        let health = list.json["providers"] as? [[String: Any]]
        #expect(Set(health?.compactMap { $0["provider"] as? String } ?? []) == ["good", "bad"])
        let explained = try await admin("providers", "explain", "--router", "numbers")
        #expect(explained.json["provider"] as? String == "good", "\(explained.output)")
        #expect(try await admin("providers", "set", "--router", "numbers").status == 64)
        #expect(try await admin("providers", "set", "--router", "numbers", "--preferred", "nobody").status == 64)
        #expect(try await admin("providers", "set", "--router", "numbers", "--min-success-rate", "101").status == 64)
        #expect(try await admin("providers", "list", "--router", "others").status == 0)
        #expect(try await admin("providers", "explain", "--router", "others").status == 66)
        let set = try await admin(
            "providers",
            "set",
            "--router",
            "numbers",
            "--preferred",
            "bad",
            "--min-success-rate",
            "95",
            "--by",
            "ann"
        )
        #expect(set.status == 0, "\(set.output)")
        let wishes = set.json["preferences"] as? [String: Any]
        #expect(wishes?["preferredProvider"] as? String == "bad")
        #expect(wishes?["minSuccessRate"] as? Double == 95)
        #expect(wishes?["retryAttempts"] as? Int == 2, "what is not named stays")
        let trail = try await admin("audit", "preferences", "--trail", "provider.numbers.preferences")
        let entries = trail.json["entries"] as? [[String: Any]]
        #expect(entries?.compactMap { $0["who"] as? String } == ["ann"])
        #expect((entries?.first?["to"] as? String)?.hasPrefix("bad, with fallback, at least 95.0 %") == true)
    }
}
#endif
