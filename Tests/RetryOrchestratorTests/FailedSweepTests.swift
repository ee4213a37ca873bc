import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

// What a sweep tells, and what a failed operation keeps.

extension FailedOperationsTests {
    /// Answers no scan until it is cancelled.
    private struct Stuck: RecordStore {
        let base: InMemoryStore
        var clock: any WallClock { base.clock }

        func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
        func commit(_ batch: Batch) async throws(StoreError) -> Revision { try await base.commit(batch) }
        func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
            do { try await clock.sleep(until: .distantFuture, tolerance: nil) } catch { throw .cancelled }
            return []
        }
    }

    @Test("Each sweep is one event that says what it did, to whichever operations")
    func sweptEvent() async throws {
        try await stored("done", as: .recovered)
        clock.advance(by: .seconds(90 * 86_400) - .seconds(86_400))
        try await failed.insert(operation("old", isRetryable: true))
        clock.advance(by: .seconds(86_400) + .microseconds(1))
        try await failed.insert(operation("fresh", isRetryable: true))
        let observer = RecordingObserver()
        let sweep = try FailedSweep(failed, .deadLetters, observer: observer)
        _ = try await sweep.once()
        let event = try #require(observer.events.first)
        #expect(event.kind == .failedSwept && event.subject == "failed.payments" && event.at == clock.now)
        #expect(event.attributes == ["redriven": "1", "reviewed": "1", "archived": "1"])
        let fresh = try #require(try await failed.find("fresh"))
        #expect(fresh.redrives == 1 && fresh.lastRedriveAt == clock.now)
        #expect(try await failed.trail(of: "fresh").map(\.entry.who) == [FailedSweep<String>.author])
        #expect(try await failed.find("old")?.notes.map(\.who) == [FailedSweep<String>.author])
        #expect(try await failed.find("old")?.lastRedriveAt == nil)
        _ = try await sweep.once()
        #expect(observer.events.map(\.kind) == [.failedSwept, .failedSwept])
        #expect(observer.events.last?.attributes == ["redriven": "0", "reviewed": "0", "archived": "0"])
    }

    @Test("A sweep that fails is an event, and the next one tries again; that it was called off is none")
    func sweepFails() throws {
        _ = try Simulation.run(seed: 3) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let store = SimulatedStore(truth, in: sim)
            let (failed, observer) = (Operations("payments", on: store), RecordingObserver())
            var options = FailedSweepOptions.deadLetters
            options.seed = 1
            let sweep = try FailedSweep(failed, options, observer: observer)
            store.inject(try FaultPlan(rates: [.unavailable: 1]))
            let running = sim.task("sweep") { await sweep.run() }
            try await sim.clock.pause(for: .seconds(60))
            store.inject(.none)
            let interval = options.interval
            try await sim.clock.pause(for: interval * 1.1)
            #expect(observer.events.map(\.kind) == [.failedSweepFailed, .failedSwept])
            #expect(observer.events.first?.subject == "failed.payments")
            #expect(observer.events.first?.attributes == ["error": "StoreError"])
            running.cancel()
            _ = await running.result
            // Called off while it asks the store.
            let (other, silent) = (Operations("payments", on: Stuck(base: truth)), RecordingObserver())
            let stuck = try FailedSweep(other, options, observer: silent)
            let sweeping = sim.task("stuck") { await stuck.run() }
            try await sim.clock.pause(for: .seconds(1))
            sweeping.cancel()
            _ = await sweeping.result
            #expect(silent.events.isEmpty)
        }
    }

    @Test("One whose change the store refuses is an event, and the others are swept")
    func sweepSkips() async throws {
        for id in ["a", "b", "c"] { try await failed.insert(operation(id, isRetryable: true)) }
        let argument = InvalidArgument(field: "value", value: 2, allowed: "at most 1")
        let store = RefusingStore(base: store) { batch in
            batch.writes.contains { $0.key.name == "b" } ? .invalid(argument) : nil
        }
        let observer = RecordingObserver()
        let sweep = try FailedSweep(Operations("payments", on: store), .deadLetters, observer: observer)
        #expect(try await sweep.once().redriven == 2)
        #expect(observer.events.map(\.kind) == [.failedSweepSkipped, .failedSwept])
        #expect(observer.events.first?.attributes == ["id": "b", "error": "value"])
        #expect(try await failed.find("b")?.status == .retryable)
    }

    @Test("Ids of any length are swept, and moved by people, each with a trail of its own")
    func longIds() async throws {
        let long = String(repeating: "é", count: 255)
        let ids = [long + "ab", long + "ac", String(repeating: "|", count: 512)]
        for id in ids { try await failed.insert(operation(id, isRetryable: true)) }
        #expect(try await FailedSweep(failed, .deadLetters).once().redriven == 3)
        try await failed.move(ids[0], to: .retryable, by: "ann")
        try await failed.move(ids[0], to: .pendingReview, by: "ann")
        #expect(try await failed.trail(of: ids[0]).map(\.entry.action) == ["redrive", "move", "move"])
        #expect(try await failed.trail(of: ids[0]).map(\.number) == [1, 2, 3])
        for id in ids.dropFirst() { #expect(try await failed.trail(of: id).map(\.entry.action) == ["redrive"]) }
    }

    @Test("What one sweep lays out is over before the next", arguments: [FailedSweepOptions.payments, .deadLetters])
    func slotsFit(options: FailedSweepOptions) {
        #expect(Duration.seconds(options.most) / options.perSecond <= options.interval * 0.9)
    }

    @Test("Its record keeps the last notes, its trail keeps all")
    func manyNotes() async throws {
        try await failed.insert(operation("p"))
        let kept = FailedOperation<String>.notesKept
        for number in 1...(kept + 5) { try await failed.note("p", "note \(number)", by: "ann") }
        let notes = try #require(try await failed.find("p")).notes
        #expect(notes.map(\.text) == (6...(kept + 5)).map { "note \($0)" })
        #expect(notes.allSatisfy { $0.who == "ann" && $0.at == clock.now })
        #expect(try await failed.trail(of: "p").count == kept + 5)
    }

    @Test("Transient is what may be sent again, elsewhere or later, and has had no effect")
    func transient() {
        func isTransient(_ verdict: Classification?, isAmbiguous: Bool = false) -> Bool {
            operation("p", verdict: verdict, isAmbiguous: isAmbiguous).isTransient
        }
        for disposition in [Disposition.retry, .retryAfter, .failover, .reauthenticate] {
            let verdict = Classification(.unavailable, disposition, isAmbiguous: false, rule: "test")
            #expect(isTransient(verdict))
            #expect(!isTransient(verdict, isAmbiguous: true))
            #expect(!isTransient(Classification(.timeout, disposition, isAmbiguous: true, rule: "test")))
        }
        for disposition in [Disposition.fail, .treatAsDone] {
            #expect(!isTransient(Classification(.permanent, disposition, rule: "test")))
        }
        // After a crash there is no verdict, and nobody knows.
        #expect(!isTransient(nil))
    }
}
