#if SQLite
import Foundation
import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import SQLiteStore
import Testing

@Suite(.timeLimit(.minutes(20))) struct SQLiteStoreLawTests {
    @Test(arguments: [Durability.full, .normal])
    func theStoreOnDiskKeepsTheLaws(_ durability: Durability) async throws {
        var options = SQLiteStoreOptions()
        options.durability = durability
        let report = try await StoreLaws.check { [options] clock in
            let directory = FileManager.default.temporaryDirectory.path + "/laws-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let open: @Sendable () throws -> SQLiteStore = {
                try SQLiteStore(path: directory + "/store.db", clock: clock, options: options)
            }
            let store = try open()
            return StoreUnderTest(
                store,
                coder: JSONCoder(),
                reopen: {
                    await store.close()
                    return try open()
                },
                secondHandle: open,
                dispose: {
                    await store.close()
                    try? FileManager.default.removeItem(atPath: directory)
                }
            )
        }
        // A reply of the file system cannot be lost on demand after the commit was applied.
        #expect(report.notApplicable == ["6.7"])
    }
}
#endif
