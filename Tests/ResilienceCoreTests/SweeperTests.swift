import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct SweeperTests {
    let clock = ManualClock()
    let store: InMemoryStore
    let space = Space<Int>("example")

    init() { store = InMemoryStore(clock: clock) }

    private func fill(_ count: Int, due: Timestamp) async throws {
        for number in 0..<count {
            try await store.commit(Batch([space.put(number, at: "r\(number)", expect: .absent, due: due)]))
        }
    }

    @Test func itTakesAllThatIsDueAndNothingElse() async throws {
        try await fill(401, due: clock.now)
        let later = space.put(0, at: "later", expect: .absent, due: clock.now.advanced(by: .microseconds(1)))
        let never = space.put(0, at: "never", expect: .absent)
        try await store.commit(Batch([later, never]))
        #expect(try await Sweeper("example", on: store).sweep() == 401)
        #expect(try await space.scan(Scan("example"), in: store).map(\.name) == ["later", "never"])
    }

    @Test func whatSomeoneElseChangedInBetweenIsLeft() async throws {
        try await fill(10, due: clock.now)
        let sweeper = Sweeper("example", on: store) { record, now in
            // A stale revision stands for a change between the look and the commit.
            let stale = record.key.name == "r3" || record.key.name == "r7"
            let revision = Revision(rawValue: record.revision.rawValue + (stale ? 1_000 : 0))
            return [.delete(record.key, expect: .revision(revision))]
        }
        #expect(try await sweeper.sweep() == 8)
        #expect(try await space.scan(Scan("example"), in: store).map(\.name) == ["r3", "r7"])
    }

    @Test func aCollectionMayWriteMoreInTheSameCommit() async throws {
        try await fill(150, due: clock.now)
        let log = Space<Int>("log")
        let sweeper = Sweeper("example", on: store) { record, now in
            let first = log.put(1, at: record.key.name, expect: .absent)
            let second = log.put(2, at: record.key.name + "b", expect: .absent)
            return Sweeper.deleting(record, at: now) + [first, second]
        }
        try await store.commit(Batch([log.put(0, at: "r5b", expect: .absent)]))
        #expect(try await sweeper.sweep() == 149)
        #expect(try await store.count(Scan("log")) == 299)
        #expect(try await space.scan(Scan("example"), in: store).map(\.name) == ["r5"])
    }

    @Test func aRecordThatCannotBeCollectedStaysAndIsAnEvent() async throws {
        try await fill(3, due: clock.now)
        let events = Events()
        let sweeper = Sweeper("example", on: store, observer: events) { record, now in
            if try record.value.get(Int.self) == 1 { throw Unexpected() }
            return Sweeper.deleting(record, at: now)
        }
        #expect(try await sweeper.sweep() == 2)
        #expect(events.all.map(\.subject) == ["example/r1"])
        #expect(events.kinds == [.sweepSkipped])
    }

    @Test func runSweepsAgainAndAgainUntilItIsCancelled() throws {
        try simulated { sim in
            try await fill(5, due: clock.now.advanced(by: .seconds(90)))
            let running = sim.task("running") { try await Sweeper("example", on: store).run(every: .seconds(60)) }
            for _ in 0..<2 {
                try await sim.settle()
                #expect(try await store.count(Scan("example")) == 5)
                clock.advance(by: .seconds(60))
            }
            try await sim.settle()
            #expect(try await store.count(Scan("example")) == 0)
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
        }
    }

    @Test func aSweepThatFailsIsAnEventAndTheNextOneTriesAgain() throws {
        try simulated { sim in
            try await fill(3, due: clock.now)
            let (events, flaky) = (Events(), FlakyStore(store))
            flaky.fail(reads: true)
            await #expect(throws: StoreError.self) { try await Sweeper("example", on: flaky).sweep() }
            let running = sim.task("running") {
                try await Sweeper("example", on: flaky, observer: events).run(every: .seconds(60))
            }
            try await sim.settle()
            #expect(events.kinds == [.sweepFailed])
            #expect(events.all.first?.subject == "example")
            #expect(events.all.first?.attributes == ["error": "StoreError"])
            flaky.fail()
            clock.advance(by: .seconds(60))
            try await sim.settle()
            #expect(try await store.count(Scan("example")) == 0)
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(events.kinds == [.sweepFailed])
        }
    }
}
