import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// Sagas that go on elsewhere: in another process, under another definition, before someone's eyes.
@Suite struct SagaResumeTests {
    @Test func aWorkerRunsWhatWasStartedAndResumesWhatAnotherProcessLeft() throws {
        try simulated { sim in
            let world = World()
            let truth = InMemoryStore(clock: sim.clock, coder: JSONCoder())
            let definition = try world.steps(3, asks: true, retry: .tries(2))
            let first = sim.process("first") {
                // Dies within the commit of the second step's outcome.
                let plan = try FaultPlan.none.injecting(.crashBeforeApply, at: .commit, number: 3)
                let store = SimulatedStore(truth, in: sim, faults: plan)
                _ = try await SagaRunner.forTests(definition, on: store).perform(Job(), id: "1")
            }
            _ = await first.outcome()
            #expect(first.hasCrashed)
            #expect(world.calls == ["run a", "run b"])
            let runner = try SagaRunner.forTests(definition, on: SimulatedStore(truth, in: sim))
            let worker = sim.task("worker") { await runner.run() }
            #expect(try await runner.start(Job(), id: "2") == .accepted)
            #expect(try await runner.result(of: "2") == .completed)
            #expect(try await runner.result(of: "1") == .completed)
            #expect(world.effects("run b") == 1)
            #expect(world.calls.filter { $0 == "ask b" }.count == 1)
            #expect(world.keys("run b") == ["letters/1/b", "letters/2/b"])
            worker.cancel()
        }
    }

    @Test func whoWaitsForASagaWhoseProcessDiedTakesItOver() throws {
        try simulated { sim in
            let world = World()
            let truth = InMemoryStore(clock: sim.clock)
            let definition = try world.steps(3, asks: true, retry: .tries(2))
            let first = sim.process("first") {
                let plan = try FaultPlan.none.injecting(.crashAfterApply, at: .commit, number: 2)
                let store = SimulatedStore(truth, in: sim, faults: plan)
                _ = try await SagaRunner.forTests(definition, on: store).perform(Job(), id: "1")
            }
            _ = await first.outcome()
            let runner = try SagaRunner.forTests(definition, on: truth)
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(world.effects("run a") == 1 && world.effects("run b") == 1)
        }
    }

    @Test func aProcessThatWasPresumedDeadCannotRecordAnything() throws {
        try simulated { sim in
            let world = World()
            let truth = InMemoryStore(clock: sim.clock)
            let gate = Guarded(true)
            let two = try RetryPolicy.tries(2)
            let step = SagaStep<Job, Done>("a", retry: two) { _, step in
                // The first process is stopped here, for longer than its lease.
                if step.attempt == 1, gate.get {
                    gate.change { $0 = false }
                    let stopped = sim.task("stopped") {
                        try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(300)), tolerance: nil)
                    }
                    _ = await stopped.result
                }
                try await world.run(step)
            } compensate: { _, step in
                try await world.undo(step)
            } resolve: { _, step in
                try await world.ask(step) ? .applied(Done()) : .notApplied
            }
            let definition = try SagaDefinition("s") { step }
            // Its renewals are lost.
            let cut = SimulatedStore(truth, in: sim)
            let first = try SagaRunner.forTests(definition, on: cut)
            let stale = sim.task("first") { try await first.perform(Job(), id: "1") }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            cut.inject(try FaultPlan(rates: [.unavailable: 1]))
            let second = try SagaRunner.forTests(definition, on: truth)
            let worker = sim.task("second") { await second.run() }
            #expect(try await second.result(of: "1") == .completed)
            cut.inject(.none)
            #expect(try await stale.value == .completed)
            #expect(world.effects("run a") == 1)
            var kinds: [SagaEvent.Kind] = []
            for try await event in second.trail(of: "1") { kinds.append(event.kind) }
            #expect(kinds == [.started, .began, .retrying, .began, .succeeded, .ended])
            worker.cancel()
        }
    }

    @Test func whoHearsTooLateThatItsSagaIsStoredDoesNotBeginIt() throws {
        try simulated { sim in
            let world = World()
            let truth = InMemoryStore(clock: sim.clock)
            let idempotent = try RetryPolicy.tries(2, idempotent: true)
            let definition = try world.steps(1, retry: idempotent)
            // Longer than its lease.
            let late = LateStore(base: truth, sim: sim, answer: .seconds(100))
            let first = try SagaRunner.forTests(definition, on: late)
            let caller = sim.task("first") { try await first.perform(Job(), id: "1") }
            let second = try SagaRunner.forTests(definition, on: truth)
            let worker = sim.task("second") { await second.run() }
            #expect(try await caller.value == .completed)
            #expect(world.calls == ["run a"])
            worker.cancel()
        }
    }

    @Test(arguments: [false, true]) func whatEndsAfterItsWorkerWasToldToIsRecorded(isGroup: Bool) throws {
        try simulated { sim in
            let world = World()
            // They do not notice.
            func deaf(_ name: String, _ seconds: Int) -> SagaStep<Job, String> {
                SagaStep(name) { _, step in
                    let work = sim.task(name) { try await sim.clock.pause(for: .seconds(seconds)) }
                    _ = await work.result
                    try await world.run(step)
                    return "done"
                }
            }
            let (first, second) = (deaf("a", 120), deaf("b", 130))
            let definition =
                try isGroup
                ? SagaDefinition<Job>("s") { SagaGroup { first; second } } : SagaDefinition<Job>("s") { first; second }
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(definition, on: store, changing: { $0.worker.grace = .seconds(60) })
            try await runner.start(Job(), id: "1")
            let worker = sim.task("worker") { await runner.run() }
            try await sim.clock.pause(for: .seconds(50))
            worker.cancel()
            try await worker.value
            #expect(try await runner.status(of: "1")?["a"] == .completed)
            #expect(try await runner.output(of: first, in: "1") == "done")
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(world.calls == ["run a", "run b"])
        }
    }

    @Test func theTrailIsFollowedAsItGrows() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(try world.steps(2), on: store)
            try await runner.start(Job(), id: "1")
            world.script("run b", .throwing(Trouble.wrong))
            // Followed by another process.
            let other = try SagaRunner.forTests(try world.steps(2), on: store)
            let follower = sim.task("follower") {
                var kinds: [SagaEvent.Kind] = []
                for try await event in other.trail(of: "1") { kinds.append(event.kind) }
                return kinds
            }
            let worker = sim.task("worker") { await runner.run() }
            #expect(
                try await follower.value == [
                    .started, .began, .succeeded, .began, .failed, .undoBegan, .undone, .ended,
                ]
            )
            await #expect(throws: SagaError.notFound("none")) { for try await _ in other.trail(of: "none") {} }
            worker.cancel()
        }
    }

    @Test func anEndedSagaIsPurgedAfterItsRetentionAndItsIdIsFreeAgain() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(try world.steps(2), on: store, changing: { $0.retention = .seconds(600) })
            let worker = sim.task("worker") { await runner.run() }
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(700)), tolerance: nil)
            #expect(try await runner.status(of: "1") == nil)
            for space in ["saga.letters", "saga.letters.log", "saga.letters.requests"] {
                #expect(try await store.count(Scan(space)) == 0)
            }
            #expect(try await runner.perform(Job(amount: 5), id: "1") == .completed)
            worker.cancel()
        }
    }

    @Test func aPurgeThatComesLateLeavesTheNextSagaOfItsIdAlone() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            func runner(on store: any RecordStore) throws -> SagaRunner<Job> {
                try .forTests(try world.steps(2), on: store, changing: { $0.retention = .seconds(600) })
            }
            let second = try runner(on: store)
            #expect(try await second.perform(Job(), id: "1") == .completed)
            // Claims the purge, and is presumed dead before its commits arrive.
            let first = try runner(on: LateStore(base: store, sim: sim, arrival: .seconds(300)))
            let stale = sim.task("first") { await first.run() }
            try await sim.clock.pause(for: .seconds(650))
            let worker = sim.task("second") { await second.run() }
            try await sim.clock.pause(for: .seconds(100))
            #expect(try await second.status(of: "1") == nil)
            #expect(try await second.perform(Job(amount: 5), id: "1") == .completed)
            try await sim.clock.pause(for: .seconds(300))
            #expect(try await second.status(of: "1")?["b"] == .completed)
            #expect(try await second.start(Job(amount: 5), id: "1") == .alreadySubmitted)
            stale.cancel()
            worker.cancel()
        }
    }

    @Test(arguments: [1, 120], 1...3) func aPurgeThatIsCutOffIsEndedByTheNext(attempts: Int, at commit: Int) throws {
        try simulated { sim in
            let world = World()
            for _ in 1..<attempts { world.script("run a", .throwing(Trouble.busy)) }
            let truth = InMemoryStore(clock: sim.clock)
            func making(_ plan: FaultPlan = .none) throws -> SagaRunner<Job> {
                let definition = try world.steps(1, retry: .tries(attempts))
                let store = SimulatedStore(truth, in: sim, faults: plan)
                return try .forTests(definition, on: store, changing: { $0.retention = .seconds(600) })
            }
            let runner = try making()
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            let plan = try FaultPlan.none.injecting(.crashBeforeApply, at: .commit, number: commit)
            let first = try making(plan)
            let process = sim.process("first") { await first.run() }
            try await sim.clock.pause(for: .seconds(601))
            guard process.hasCrashed else {
                #expect(commit > (attempts > 1 ? 2 : 1))
                return #expect(try await truth.count(Scan("saga.letters.log")) == 0)
            }
            // The id stands for the saga as long as anything is left of it.
            #expect(try await runner.start(Job(), id: "1") == .alreadySubmitted)
            let worker = sim.task("worker") { await runner.run() }
            try await sim.clock.pause(for: .seconds(100))
            #expect(try await truth.count(Scan("saga.letters.log")) == 0)
            #expect(try await runner.start(Job(), id: "1") == .accepted)
            worker.cancel()
        }
    }

    // MARK: Definitions

    @Test func aSagaBegunUnderAnOlderDefinitionGoesOnByAnExplicitMigrationOnly() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let patient = try RetryPolicy(attempts: 3, backoff: .constant(.seconds(60)), jitter: .none)
            let old = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("b", retry: patient)
            }
            world.script("run b", .throwing(Trouble.busy))
            let first = try SagaRunner.forTests(old, on: store)
            try await first.start(Job(), id: "1")
            let worker = sim.task("first") { await first.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(5)), tolerance: nil)
            worker.cancel()

            let careless = try SagaDefinition<Job>("s", version: 2) { world.step("a"); world.step("c") }
            await #expect(throws: SagaError.unknownStep(saga: "1", step: "b")) {
                try await SagaRunner.forTests(careless, on: store).status(of: "1")
            }
            let adding = try SagaDefinition<Job>("s", version: 2) {
                world.step("a")
                world.step("b")
                world.step("c")
            }
            await #expect(throws: SagaError.unknownStep(saga: "1", step: "c")) {
                try await SagaRunner.forTests(adding, on: store).status(of: "1")
            }
            let new = try SagaDefinition<Job>(
                "s",
                version: 2,
                migration: SagaMigration(renamed: ["b": "charge"], added: ["zero", "c"])
            ) {
                world.step("zero")
                world.step("a")
                world.step("charge")
                world.step("c")
            }
            let second = try SagaRunner.forTests(new, on: store)
            #expect(try await second.perform(Job(), id: "1") == .completed)
            // It was past the place of the one, and not of the other.
            #expect(world.calls == ["run a", "run b", "run charge", "run c"])
            #expect(try await second.status(of: "1")?["zero"] == .skipped)
            // An older process leaves it alone.
            try await second.start(Job(), id: "2")
            await #expect(throws: SagaError.self) { try await first.status(of: "2") }
        }
    }

    @Test func aStepThatIsRenamedBetweenItsCallAndItsOutcomeKeepsItsKeys() throws {
        try simulated { sim in
            let world = World()
            let truth = InMemoryStore(clock: sim.clock)
            let many = try RetryPolicy.tries(3, idempotent: true)
            let old = try SagaDefinition<Job>("s") { world.step("charge-card", retry: many) }
            let first = sim.process("first") {
                // The card is charged, and the process dies before that is recorded.
                let plan = try FaultPlan.none.injecting(.crashBeforeApply, at: .commit, number: 2)
                let store = SimulatedStore(truth, in: sim, faults: plan)
                _ = try await SagaRunner.forTests(old, on: store).perform(Job(), id: "1")
            }
            _ = await first.outcome()
            let migration = SagaMigration(renamed: ["charge-card": "charge"], added: ["book"])
            let new = try SagaDefinition<Job>("s", version: 2, migration: migration) {
                world.step("charge", retry: many)
                world.step("book")
            }
            world.script("run book", .throwing(Trouble.wrong))
            let runner = try SagaRunner.forTests(new, on: truth)
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls == ["run charge-card", "run charge", "run book", "undo charge"])
            #expect(world.keys("run charge") == world.keys("run charge-card"))
            #expect(world.keys("undo charge") == ["s/1/charge-card/undo"])
            // Of one that begins under its new name, that is the key.
            #expect(try await runner.perform(Job(), id: "2") == .completed)
            #expect(world.keys("run charge").contains("s/2/charge"))
        }
    }

    @Test func aSagaThatAProcessDoesNotUnderstandWaitsForOneThatDoesAndIsNoPoison() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let events = RecordingObserver()
            let old = try SagaDefinition<Job>("s") { world.step("a") }
            let new = try SagaDefinition<Job>("s", version: 2) { world.step("a"); world.step("b") }
            let careless = try SagaDefinition<Job>("s", version: 3) { world.step("a"); world.step("c") }
            let second = try SagaRunner.forTests(new, on: store)
            try await second.start(Job(), id: "1")
            for definition in [old, careless] {
                let runner = try SagaRunner.forTests(definition, on: store, observer: events)
                await #expect(throws: SagaError.self) { try await runner.perform(Job(), id: "1") }
                let worker = sim.task("other") { await runner.run() }
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(3_600)), tolerance: nil)
                worker.cancel()
            }
            #expect(events.count(.handlerFailed) >= 100)
            #expect(try await second.perform(Job(), id: "1") == .completed)
            #expect(world.calls == ["run a", "run b"])
        }
    }

    @Test func aSagaThatAProcessCannotDecodeIsNoPoisonEither() throws {
        struct Order: Codable, Sendable, Equatable { var number: String }
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock, coder: JSONCoder())
            let runner = try SagaRunner.forTests(try SagaDefinition<Job>("s") { world.step("a") }, on: store)
            try await runner.start(Job(), id: "1")
            let other = try SagaDefinition<Order>("s") {
                SagaStep<Order, Done>("a") { _, step in try await world.run(step) }
            }
            let strange = try SagaRunner.forTests(other, on: store)
            let worker = sim.task("other") { await strange.run() }
            try await sim.clock.pause(for: .seconds(3_600))
            worker.cancel()
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(world.calls == ["run a"])
        }
    }

    @Test func aSagaThatKillsItsProcessAgainAndAgainNeedsAPerson() throws {
        try simulated { sim in
            let world = World()
            let truth = InMemoryStore(clock: sim.clock)
            let many = try RetryPolicy.tries(100, idempotent: true)
            let deadly = SagaStep<Job, Done>("b", retry: many) { _, _ in
                try await sim.clock.sleep(until: .distantFuture, tolerance: nil)
            }
            let definition = try SagaDefinition<Job>("s") { world.step("a"); deadly }
            for _ in 0..<12 {
                let process = sim.process("process") {
                    let runner = try SagaRunner.forTests(definition, on: SimulatedStore(truth, in: sim), changing: { $0.deliveryLimit = 5 })
                    _ = try await runner.perform(Job(), id: "1")
                }
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(100)), tolerance: nil)
                process.crash()
            }
            let runner = try SagaRunner.forTests(definition, on: truth)
            let status = try await runner.status(of: "1")
            #expect(status?.state == .needsAttention)
            #expect(status?.failures.first?.error == SagaFailureCode.poison)
            #expect(status?.steps.last?.attempts == 6)
            #expect(world.effects("run a") == 1)
        }
    }
}
