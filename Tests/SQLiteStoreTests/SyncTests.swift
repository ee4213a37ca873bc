#if SQLite
import CCountingVFS
import ResilienceCore
import SQLiteStore
import Testing

/// Serialised: a sync that is made to fail must be the one that is meant.
@Suite(.serialized, .timeLimit(.minutes(20))) struct SyncTests {
    private let file: TemporaryFile
    private let store: SQLiteStore

    init() throws {
        counting_vfs_register()
        file = try TemporaryFile()
        var options = SQLiteStoreOptions()
        options.vfs = "counting"
        store = try SQLiteStore(path: file.path, options: options)
    }

    private var syncs: Int { counting_vfs_syncs(file.directory) }

    private func put(_ name: String) -> Batch { Batch([.put(RecordKey("test", name), name, expect: .absent)]) }

    @Test func aCommitCostsOneSync() async throws {
        try await store.commit(put("first"))
        let before = syncs
        for number in 0..<20 { try await store.commit(put("n\(number)")) }
        #expect(syncs - before == 20)
    }

    @Test func whatChangesNothingCostsNone() async throws {
        try await store.commit(put("a"))
        let before = syncs
        await #expect(throws: StoreError.self) { try await store.commit(put("a")) }
        #expect(try await store.claim(Claim("test", limit: 1, lease: .seconds(1))).isEmpty)
        #expect(syncs == before)
    }

    @Test func commitsThatWaitTogetherShareSyncs() async throws {
        try await store.commit(put("first"))
        let before = syncs
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 { group.addTask { try await store.commit(put("n\(number)")) } }
            try await group.waitForAll()
        }
        #expect(try await store.count(Scan("test")) == 65)
        #expect(syncs - before <= 16)
    }

    @Test func normalDurabilityCostsNone() async throws {
        let file = try TemporaryFile()
        var options = SQLiteStoreOptions()
        options.vfs = "counting"
        options.durability = .normal
        let store = try SQLiteStore(path: file.path, options: options)
        try await store.commit(put("first"))
        let before = counting_vfs_syncs(file.directory)
        for number in 0..<20 { try await store.commit(put("n\(number)")) }
        #expect(counting_vfs_syncs(file.directory) == before)
        await store.close()
    }

    @Test func aFailedSyncIsIndeterminateAndSettledByItsID() async throws {
        try await store.commit(put("first"))
        counting_vfs_fail_next(file.directory)
        var batch = put("a")
        do {
            try await store.commit(batch)
            Issue.record("the commit succeeded")
        } catch StoreError.indeterminate(let id) {
            batch.id = id
        }
        let revision = try await store.commit(batch)
        #expect(try await store.commit(batch) == revision)
        #expect(try await store.read(RecordKey("test", "a"))?.revision == revision)
    }
}
#endif
