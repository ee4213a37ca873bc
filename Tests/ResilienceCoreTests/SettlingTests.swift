import ResilienceCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct SettlingTests {
    private let batch = Batch([.put(RecordKey("example", "a"), 1, expect: .absent)])
    private let id = CommitID(origin: 7, number: 1)

    @Test func anIndeterminateCommitIsHandedInAgainWithItsId() async throws {
        let store = ScriptedStore([.fail(.indeterminate(id)), .pass])
        try await store.commitSettling(batch)
        #expect(store.ids == [nil, id])
        #expect(store.waits == [.milliseconds(10)])
    }

    @Test func theIdIsKeptThroughAnOutageThatFollows() async throws {
        let store = ScriptedStore([.fail(.indeterminate(id)), .fail(.unavailable(Down())), .pass])
        try await store.commitSettling(batch)
        #expect(store.ids == [nil, id, id])
        #expect(store.waits == [.milliseconds(10), .milliseconds(20)])
    }

    @Test func whatMayHaveHappenedIsNeverReportedAsNotDone() async throws {
        for last in [StoreError.unavailable(Down()), .cancelled] {
            let store = ScriptedStore([.fail(.indeterminate(id)), .fail(last)])
            await #expect { try await store.commitSettling(batch, tries: 2) } throws: { error in
                guard case .indeterminate(id)? = error as? StoreError else { return false }
                return true
            }
        }
    }

    @Test func othersAreThrownAtOnce() async throws {
        for error in [StoreError.late, .conflict([]), .cancelled] {
            let store = ScriptedStore([.fail(error), .pass])
            await #expect(throws: StoreError.self) { try await store.commitSettling(batch) }
            #expect(store.ids.count == 1)
        }
    }

    @Test func triesAndWaitsAreBounded() async throws {
        let store = ScriptedStore(Array(repeating: .fail(.unavailable(Down())), count: 20))
        await #expect(throws: StoreError.self) { try await store.commitSettling(batch, tries: 10) }
        #expect(store.ids.count == 10)
        #expect(store.waits.last == .seconds(1))
        let once = ScriptedStore([.fail(.unavailable(Down())), .pass])
        await #expect(throws: StoreError.self) { try await once.commitSettling(batch, tries: .min) }
        #expect(once.ids.count == 1)
    }

    @Test func aShieldedCommitOutlivesItsCaller() async throws {
        let store = InMemoryStore()
        let batch = batch
        let caller = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.commitShielded(batch)
        }
        let revision = try await caller.value
        #expect(try await store.read(RecordKey("example", "a"))?.revision == revision)
        let plain = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.commitSettling(Batch([.put(RecordKey("example", "b"), 1, expect: .absent)]))
        }
        await #expect(throws: StoreError.self) { try await plain.value }
        #expect(try await store.read(RecordKey("example", "b")) == nil)
    }
}

private struct Down: Error {}

/// A store whose commits end as written down, on a clock that only notes how long it was asked to wait.
private final class ScriptedStore: RecordStore {
    enum Step {
        case fail(StoreError)
        case pass
    }

    private struct State {
        var steps: [Step]
        var ids: [CommitID?] = []
    }

    private let inner = InMemoryStore()
    private let state: Mutex<State>
    private let noting = NotingClock()
    var clock: any WallClock { noting }
    var ids: [CommitID?] { state.withLock { $0.ids } }
    var waits: [Duration] { noting.waits.withLock { $0 } }

    init(_ steps: [Step]) { state = Mutex(State(steps: steps)) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        let step = state.withLock { state in
            state.ids.append(batch.id)
            return state.steps.removeFirst()
        }
        if case .fail(let error) = step { throw error }
        return try await inner.commit(batch)
    }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await inner.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await inner.scan(scan) }
}

private final class NotingClock: WallClock {
    let waits = Mutex<[Duration]>([])
    let now = Timestamp(seconds: 0)
    let minimumResolution = Duration.microseconds(1)

    func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {
        waits.withLock { $0.append(now.duration(to: deadline)) }
    }
}
