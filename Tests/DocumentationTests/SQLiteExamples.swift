#if SQLite
import Foundation
import ResilienceCore
import SQLiteStore
import Testing

@Suite(.timeLimit(.minutes(20))) struct SQLiteExamples {
    /// Compiled only: the path is a server's.
    private func aStoreInAFile(_ order: Order) async throws {
        // example
        let store = try SQLiteStore(path: "/var/lib/shop/payments.db")
        try await store.commit(Batch([.put(RecordKey("shop.orders", "4711"), order, expect: .absent)]))
        // end
    }

    @Test func options() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID().uuidString).db").path
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        // example
        var options = SQLiteStoreOptions()
        options.durability = .normal
        options.sharedByProcesses = false
        let store = try SQLiteStore(path: path, options: options)
        // end
        #expect(try await store.count(Scan("example")) == 0)
        await store.close()
    }

    @Test func aViewOfTheFailedOperations() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID().uuidString).db").path
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let store = try SQLiteStore(path: path)
        // example
        try await store.createFailedTransactionsView(of: "payments")
        // SELECT unique_id, error_code, status FROM failed_transactions ORDER BY created_at
        // end
        // example
        try await store.createProviderViews(of: "numbers")
        // UPDATE provider_preferences SET preferred_provider = 'sms-activate'
        // WHERE id = (SELECT id FROM provider_preferences LIMIT 1);
        // end
        await store.close()
    }

    @Test func statementsThatJoinACommit() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID().uuidString).db").path
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + end) } }
        let store = try SQLiteStore(path: file)
        let (key, order, article) = (RecordKey("shop.orders", "17"), Order(id: "17"), "pen")
        try await store.commit(Batch([.verify(key, expect: .absent)])) { connection in
            try connection.execute("CREATE TABLE stock (article TEXT PRIMARY KEY, left INTEGER NOT NULL)")
            try connection.execute("INSERT INTO stock VALUES ('pen', 3)")
        }
        // example
        try await store.commit(Batch([.put(key, order, expect: .absent)])) { connection in
            try connection.execute("UPDATE stock SET left = left - 1 WHERE article = ?1", .text(article))
        }
        // end
        try await store.commit(Batch([.verify(key, expect: .any)])) { connection in
            let left = try connection.query("SELECT left FROM stock")
            #expect(left == [[.integer(2)]])
        }
        await store.close()
    }
}
#endif
