import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

/// Webhooks and dead letters, by the numbers of their cases.
@Suite struct WebhookTests {
    struct Event: Codable, Sendable, Equatable {
        var id: String
    }

    struct BadSignature: Error {}

    private func makeWebhooks(
        on store: any RecordStore,
        observer: (any Observer)? = nil,
        retention: Duration = .seconds(86_400),
        _ handler: @escaping Webhooks<Event>.Handler
    ) throws -> Webhooks<Event> {
        try Webhooks<Event>(
            "stripe",
            on: store,
            retention: retention,
            classifier: .forTests(),
            observer: observer
        ) { body, signature in
            guard signature == "good" else { throw BadSignature() }
            return Event(id: String(decoding: body, as: UTF8.self))
        } id: {
            String($0.id.prefix(3))
        } handler: {
            try await handler($0, $1)
        }
    }

    private func simulated(_ body: @escaping @Sendable (Simulation) async throws -> Void) throws {
        let result = try Simulation.run(seed: 1, body)
        #expect(result.foreignJobs == 0)
    }

    @Test func S29_aWebhookTwiceHasOneEffectAndTheSecondIsADuplicate() throws {
        try simulated { sim in
            let handled = Tally()
            let webhooks = try makeWebhooks(on: InMemoryStore(clock: sim.clock)) { _, _ in handled.add() }
            let worker = sim.task("worker") { await webhooks.run() }
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "good") == .accepted)
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "good") == .duplicate)
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(5)), tolerance: nil)
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "good") == .duplicate)
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(5)), tolerance: nil)
            #expect(handled.value == 1)
            worker.cancel()
        }
    }

    @Test func S30_aBadSignatureIsRefusedAndNothingIsStored() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let observer = RecordingObserver()
            let webhooks = try makeWebhooks(on: store, observer: observer) { _, _ in }
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "bad") == .refused)
            for space in ["inbox.stripe", "inbox-ids.stripe", "retry.stripe"] {
                #expect(try await store.count(Scan(space)) == 0)
            }
            #expect(observer.count(.webhookRefused) == 1)
        }
    }

    @Test func S31_whatWasAcceptedBeforeACrashIsHandledOnceAfterIt() throws {
        // The process dies at each write in turn.
        for number in 1...8 {
            for fault in [Fault.crashBeforeApply, .crashAfterApply] {
                try simulated { sim in
                    let truth = InMemoryStore(clock: sim.clock)
                    let handled = Keys()
                    let effect: Webhooks<Event>.Handler = { _, attempt in handled.add(attempt.idempotencyKey) }
                    let plan = try FaultPlan.none.injecting(fault, at: .commit, number: number)
                    let process = sim.process("first") {
                        let webhooks = try makeWebhooks(on: SimulatedStore(truth, in: sim, faults: plan), effect)
                        _ = try await webhooks.receive(Array("e-1".utf8), signature: "good")
                        await webhooks.run()
                    }
                    try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
                    process.crash()
                    let webhooks = try makeWebhooks(on: truth, effect)
                    let worker = sim.task("second") { await webhooks.run() }
                    // What was not answered is sent again.
                    _ = try await webhooks.receive(Array("e-1".utf8), signature: "good")
                    try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(120)), tolerance: nil)
                    #expect(handled.count == 1, "\(fault) at \(number)")
                    #expect(try await truth.count(Scan("retry.stripe.done")) == 1, "\(fault) at \(number)")
                    worker.cancel()
                }
            }
        }
    }

    @Test func S32_whatFailsThreeTimesIsStoredAsFailedAndWasAnswered() throws {
        try simulated { sim in
            let calls = Tally()
            let webhooks = try makeWebhooks(on: InMemoryStore(clock: sim.clock)) { _, _ in
                calls.add()
                throw Trouble.busy
            }
            let worker = sim.task("worker") { await webhooks.run() }
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "good") == .accepted)
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            #expect(calls.value == 3)
            #expect(try await webhooks.failures.find("e-1")?.payload == Event(id: "e-1"))
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "good") == .duplicate)
            worker.cancel()
        }
    }

    @Test func whatFailsWithAnErrorThatPassesIsBroughtBackByASweep() throws {
        try simulated { sim in
            let calls = Tally()
            let webhooks = try makeWebhooks(on: InMemoryStore(clock: sim.clock)) { _, _ in
                if calls.add() <= 3 { throw Trouble.busy }
            }
            let worker = sim.task("worker") { await webhooks.run() }
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "good") == .accepted)
            try await sim.clock.pause(for: .seconds(60))
            #expect(try await webhooks.failures.find("e-1")?.status == .retryable)
            #expect(try await FailedSweep(webhooks.failures, .deadLetters).once().redriven == 1)
            try await sim.clock.pause(for: .seconds(60))
            #expect(try await webhooks.failures.find("e-1")?.status == .recovered)
            worker.cancel()
        }
    }

    @Test func whatWasAnsweredIsHandedOverHoweverLongTheQueueRefusesIt() throws {
        try simulated { sim in
            let handled = Tally()
            let back = sim.clock.now.advanced(by: .seconds(1_800))
            let store = RefusingStore(base: InMemoryStore(clock: sim.clock)) { batch in
                let isSubmission = batch.writes.contains { $0.key == RecordKey("retry.stripe", "e-1") }
                return isSubmission && sim.clock.now < back ? .unavailable(Trouble.busy) : nil
            }
            let webhooks = try makeWebhooks(on: store) { _, _ in handled.add() }
            let worker = sim.task("worker") { await webhooks.run() }
            #expect(try await webhooks.receive(Array("e-1".utf8), signature: "good") == .accepted)
            try await sim.clock.pause(for: .seconds(1_900))
            #expect(handled.value == 1)
            worker.cancel()
        }
    }

    @Test func aMessageWhoseIdStandsForAnotherOneIsAmongTheFailures() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let webhooks = try makeWebhooks(on: store, retention: .seconds(1)) { _, _ in }
            let worker = sim.task("worker") { await webhooks.run() }
            #expect(try await webhooks.receive(Array("e-1 first".utf8), signature: "good") == .accepted)
            // The inbox has forgotten it, and the queue has not.
            try await sim.clock.pause(for: .seconds(7_200))
            #expect(try await webhooks.receive(Array("e-1 second".utf8), signature: "good") == .accepted)
            try await sim.clock.pause(for: .seconds(60))
            let failed = try await webhooks.failures.list().operations
            #expect(failed.map(\.payload) == [Event(id: "e-1 second")])
            #expect(failed.map(\.code) == [FailureCode.idInUse] && failed.map(\.status) == [.pendingReview])
            #expect(try await store.count(Scan("inbox.stripe")) == 0)
            worker.cancel()
        }
    }

    @Test func S25_aDeadLetterOfADayGoesToAPersonAYoungOneIsTriedAgainAndAPermanentOneIsLeft() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let failed = FailedOperations<Event>("stripe", on: store)
            let passes = Classification(.unavailable, .retry, isAmbiguous: false, rule: "test")
            let stays = Classification(.validation, .fail, isAmbiguous: false, rule: "test")
            let now = sim.clock.now
            for (id, hours, verdict) in [("old", 25, passes), ("young", 1, passes), ("permanent", 1, stays)] {
                let at = now.advanced(by: .seconds(-3_600 * hours))
                let isRetryable = verdict.disposition.resends
                let operation = FailedOperation(
                    id: id,
                    payload: Event(id: id),
                    code: "E",
                    classification: verdict,
                    attempts: 3,
                    isRetryable: isRetryable,
                    submittedAt: at,
                    failedAt: at
                )
                try await store.commit(Batch([failed.insertion(of: operation)]))
            }
            #expect(FailedSweepOptions.deadLetters.interval == .seconds(900))
            let report = try await FailedSweep(failed, .deadLetters).once()
            #expect(report.redriven == 1 && report.reviewed == 1)
            #expect(try await failed.find("old")?.status == .pendingReview)
            #expect(try await failed.find("young")?.status == .retryScheduled)
            #expect(try await failed.find("permanent")?.redrives == 0)
        }
    }
}

/// What a handler was called with, repetitions aside.
private final class Keys: Sendable {
    private let keys = Mutex<Set<String>>([])

    var count: Int { keys.withLock { $0.count } }

    func add(_ key: String) { keys.withLock { _ = $0.insert(key) } }
}
