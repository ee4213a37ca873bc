import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct TestingExamples {
    private func worker(on store: any RecordStore) throws -> Worker<Int> {
        try Worker(Space<Int>("example"), on: store) { _ in }
    }

    @Test func anObserverThatIsWaitedOn() async throws {
        let store = InMemoryStore()
        let space = Space<Int>("example")
        let wrong = Write.put(space.key("1"), "no number", expect: .absent, due: store.clock.now)
        try await store.commit(Batch([wrong]))
        // example
        let observer = RecordingObserver()
        let worker = try Worker(space, on: store, observer: observer) { _ in }
        let running = Task { await worker.run() }
        let event = try await observer.first { $0.kind == .parked }
        // end
        running.cancel()
        await running.value
        #expect(event.attributes["reason"] == "undecodable")
    }

    @Test func aClockThatATestMoves() async throws {
        // example
        let clock = ManualClock()
        let waiting = Task { try await clock.sleep(until: clock.now.advanced(by: .seconds(30)), tolerance: nil) }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(30))
        try await waiting.value
        // end
    }

    @Test func aClockThatGoesWrong() throws {
        // example
        let clock = ManualClock()
        let ahead = try SkewedClock(over: clock, offset: .seconds(30), drift: 0.01)
        clock.advance(by: .seconds(100))
        // ahead.now is 131 seconds after the start of the other clock.
        // end
        #expect(ahead.now == ManualClock().now.advanced(by: .seconds(131)))
    }

    @Test func plansOfFaults() throws {
        // example
        let rough = try FaultPlan(rates: [.replyLost: 0.05, .unavailable: 0.02])
        let exact = try FaultPlan.none.injecting(.crashAfterApply, at: .commit, number: 3)
        // end
        _ = SimulatedStore(InMemoryStore(), faults: rough, seed: 1)
        _ = SimulatedStore(InMemoryStore(), faults: exact, seed: 1)
    }

    @Test func aStoreWithFaults() throws {
        // example
        let result = try Simulation.run(seed: 7) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let store = SimulatedStore(truth, in: sim, faults: try FaultPlan(rates: [.replyLost: 0.1]))
            let key = RecordKey("example", "a")
            try await store.commitSettling(Batch([.put(key, 1, expect: .absent)]))
            return try await truth.read(key)?.revision
        }
        // end
        #expect(result.value != nil)
    }

    @Test func manySeeds() throws {
        @Sendable func reserve(_ seat: String, in store: some RecordStore) async throws -> Bool {
            do {
                try await store.commit(Batch([.put(RecordKey("example.seats", seat), "taken", expect: .absent)]))
                return true
            } catch .conflict {
                return false
            }
        }
        // example
        for seed in 1...1_000 {
            let result = try Simulation.run(seed: UInt64(seed)) { sim in
                let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
                let first = sim.task("first") { try await reserve("seat-1", in: store) }
                let second = sim.task("second") { try await reserve("seat-1", in: store) }
                return try await [first.value, second.value]
            }
            #expect(result.value.count { $0 } == 1, "seed \(seed)")
            #expect(result.foreignJobs == 0)
        }
        // end
    }

    @Test func aProcessThatCrashes() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            // example
            let first = sim.process("first") { try await worker(on: store).run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(3)), tolerance: nil)
            first.crash()
            let second = sim.process("second") { try await worker(on: store).run() }
            // end
            return (first.hasCrashed, second.hasCrashed)
        }
        #expect(result.value == (true, false))
    }
}

@Suite(.timeLimit(.minutes(20))) struct LawExamples {
    // example
    @Test func myStoreKeepsTheLaws() async throws {
        try await StoreLaws.check { clock in StoreUnderTest(MyStore(clock: clock)) }
    }
    // end

    @Test func aStoreToBeTested() async {
        let clock = ManualClock()
        func subject() -> StoreUnderTest {
            // example
            StoreUnderTest(MyStore(clock: clock))
            // end
        }
        #expect(subject().capabilities == [.manualClock])
    }

    @Test func aStoreThatCanDoMore() async throws {
        // example
        try await StoreLaws.check { clock in
            let file = temporaryFile()
            let store = try MyStore(file, clock: clock)
            return StoreUnderTest(
                store,
                reopen: { await store.close(); return try MyStore(file, clock: clock) },
                secondHandle: { try MyStore(file, clock: clock) },
                dispose: { await store.close(); remove(file) }
            )
        }
        // end
    }
}

@Suite(.timeLimit(.minutes(20))) struct GuideExamples {
    // example
    @Test func myStoreKeepsTheLaws() async throws {
        try await StoreLaws.check { clock in
            let file = temporaryFile()
            let store = try MyStore(file, clock: clock)
            return StoreUnderTest(
                store,
                coder: JSONCoder(),                                                     // it writes bytes
                reopen: { await store.close(); return try MyStore(file, clock: clock) }, // it keeps them
                secondHandle: { try MyStore(file, clock: clock) },                       // processes share it
                dispose: { await store.close(); remove(file) }
            )
        }
    }
    // end
}
