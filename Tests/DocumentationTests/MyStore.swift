import ResilienceCore
import ResilienceFoundation
import Synchronization

/// The reader's own store: one in memory, whose "files" are kept by name.
struct MyStore: RecordStore {
    private static let files = Mutex<[String: InMemoryStore]>([:])
    private let inner: InMemoryStore

    init(clock: any WallClock) { inner = InMemoryStore(clock: clock) }

    init(_ file: String, clock: any WallClock) throws {
        inner = Self.files.withLock { files in
            let store = files[file] ?? InMemoryStore(clock: clock, coder: JSONCoder())
            files[file] = store
            return store
        }
    }

    static func remove(_ file: String) { files.withLock { $0[file] = nil } }

    func close() async {}

    var clock: any WallClock { inner.clock }
    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await inner.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await inner.scan(scan) }
    func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await inner.commit(batch) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await inner.claim(claim) }
    func count(_ scan: Scan) async throws(StoreError) -> Int { try await inner.count(scan) }
    func wakeups(in space: String) -> AsyncStream<Void> { inner.wakeups(in: space) }
}

private let numbers = Mutex(0)

func temporaryFile() -> String { numbers.withLock { number in number += 1; return "file-\(number)" } }

func remove(_ file: String) { MyStore.remove(file) }
