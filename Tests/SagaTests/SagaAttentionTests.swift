import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// Outcomes that are not known, cancellations, and what an operator does.
@Suite struct SagaAttentionTests {
    @Test func anAmbiguousFailureIsAskedAboutAndNotRunAgain() throws {
        try simulated { sim in
            let world = World()
            let runner = try SagaRunner.forTests(try world.steps(2, asks: true), on: InMemoryStore(clock: sim.clock))
            world.script("run a", .losingReply)
            world.script("run b", .throwing(Trouble.silent))
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls == ["run a", "ask a", "run b", "ask b", "undo a"])
            #expect(world.standing.isEmpty)
        }
    }

    @Test func withoutAQuestionItIsUndoneBlindlyIfThatIsIdempotentElseAPersonIsNeeded() throws {
        try simulated { sim in
            let world = World()
            let idempotent = try RetryPolicy.tries(3, idempotent: true)
            let runner = try SagaRunner.forTests(
                try world.steps(2, undo: idempotent),
                on: InMemoryStore(clock: sim.clock)
            )
            world.script("run b", .losingReply)
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls == ["run a", "run b", "undo b", "undo a"])
            #expect(world.standing.isEmpty)

            let other = World()
            let strict = try SagaRunner.forTests(try other.steps(2), on: InMemoryStore(clock: sim.clock))
            other.script("run b", .losingReply)
            #expect(try await strict.perform(Job(), id: "1").needsAttention)
            #expect(other.calls == ["run a", "run b"])
            #expect(try await strict.status(of: "1")?["b"] == .unresolved)
        }
    }

    @Test func aTimeoutIsAmbiguous() throws {
        try simulated { sim in
            let world = World()
            let slow = SagaStep<Job, Done>("slow", timeout: .seconds(2)) { _, step in
                try await world.run(step)
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            } compensate: { _, step in
                try await world.undo(step)
            } resolve: { _, step in
                try await world.ask(step) ? .applied(Done()) : .notApplied
            }
            let definition = try SagaDefinition("s") { slow }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(world.calls == ["run slow", "ask slow"])
        }
    }

    @Test func cancellingTheCallerStartsTheRollbackAndDoesNotReachIt() throws {
        try simulated { sim in
            let world = World()
            let wasCancelled = Guarded(false)
            func slow(_ name: String) -> SagaStep<Job, Done> {
                SagaStep(name) { _, step in
                    try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(10)), tolerance: nil)
                    try await world.run(step)
                } compensate: { _, step in
                    try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(10)), tolerance: nil)
                    if Task.isCancelled { wasCancelled.change { $0 = true } }
                    try await world.undo(step)
                }
            }
            let definition = try SagaDefinition<Job>("s") { slow("a"); slow("b"); slow("c") }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            let caller = sim.task("caller") { try await runner.perform(Job(), id: "1") }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(15)), tolerance: nil)
            caller.cancel()
            // Once more while the compensations run.
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(10)), tolerance: nil)
            caller.cancel()
            #expect(try await caller.value == .compensated([]))
            #expect(world.calls == ["run a", "run b", "undo b", "undo a"])
            #expect(!wasCancelled.get)
            #expect(try await runner.status(of: "1")?.isCancelled == true)
        }
    }

    @Test func aCallerWhoseIdIsInUseCancelsNobodysSaga() throws {
        try simulated { sim in
            let world = World()
            let slow = SagaStep<Job, Done>("a") { _, step in
                try await sim.clock.pause(for: .seconds(10))
                try await world.run(step)
            }
            let definition = try SagaDefinition<Job>("s") { slow; world.step("b") }
            let truth = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(definition, on: truth)
            let owner = sim.task("owner") { try await runner.perform(Job(), id: "1") }
            try await sim.clock.pause(for: .seconds(1))
            // Cancelled before it has heard that the id is taken.
            let late = LateStore(base: truth, sim: sim, arrival: .seconds(2))
            let other = try SagaRunner.forTests(definition, on: late)
            let caller = sim.task("caller") { try await other.perform(Job(amount: 2), id: "1") }
            try await sim.clock.pause(for: .seconds(1))
            caller.cancel()
            await #expect(throws: SagaError.idInUse("1")) { try await caller.value }
            #expect(try await owner.value == .completed)
        }
    }

    @Test func aCallerThatIsCancelledBeforeItBeganStoresNothing() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let world = World()
            let runner = try SagaRunner.forTests(try world.steps(2), on: store)
            let caller = sim.task("caller") {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await runner.perform(Job(), id: "1")
            }
            await #expect(throws: CancellationError.self) { try await caller.value }
            #expect(try await runner.status(of: "1") == nil)
            #expect(world.calls.isEmpty)
        }
    }

    @Test func aSagaThatWaitsIsCancelledAtOnceAndOneBehindItsPivotIsNot() throws {
        try simulated { sim in
            let world = World()
            let patient = try RetryPolicy(attempts: 3, backoff: .constant(.seconds(3_600)), jitter: .none)
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("b", retry: patient)
                world.step("p", isPivot: true, undoes: false)
                world.step("c", retry: patient, undoes: false)
            }
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(definition, on: store)
            // Asked for by another process.
            let other = try SagaRunner.forTests(definition, on: store)
            world.script("run b", .throwing(Trouble.busy))
            let began = sim.clock.now
            let first = sim.task("first") { try await runner.perform(Job(), id: "1") }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            #expect(try await other.cancel("1", by: "ann"))
            #expect(try await other.cancel("1", by: "ann"))
            #expect(try await first.value == .compensated([]))
            #expect(began.duration(to: sim.clock.now) < .seconds(120))

            world.script("run c", .throwing(Trouble.busy))
            let second = sim.task("second") { try await runner.perform(Job(), id: "2") }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            #expect(try await other.cancel("2", by: "ann"))
            #expect(try await second.value == .completed)
            await #expect(throws: SagaError.notFound("3")) { try await other.cancel("3", by: "ann") }
        }
    }

    @Test func anOperatorRetriesOrSkipsWhatNeedsAttentionAndThatIsRecorded() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("p", isPivot: true, undoes: false)
                world.step("a", undoes: false)
                world.step("b", undoes: false)
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            for id in ["1", "2"] {
                world.script("run a", .throwing(Trouble.wrong))
                #expect(try await runner.perform(Job(), id: id).needsAttention)
            }
            #expect(try await runner.list().map(\.id) == ["1", "2"])
            await #expect(throws: SagaError.needsNoAttention(saga: "1", step: "b")) {
                try await runner.retry("b", of: "1", by: "ann")
            }
            let worker = sim.task("worker") { await runner.run() }
            try await runner.retry("a", of: "1", by: "ann", note: "the account was unlocked")
            #expect(try await runner.result(of: "1") == .completed)
            try await runner.skip("a", of: "2", by: "bob")
            #expect(try await runner.result(of: "2") == .completed)
            #expect(try await runner.status(of: "2")?["a"] == .skipped)
            let line = try await runner.audit.entries(of: "1").first?.entry
            #expect(line?.who == "ann" && line?.action == "retry a" && line?.from == "failed")
            #expect(line?.note == "the account was unlocked")
            #expect(try await runner.list().isEmpty)
            #expect(try await runner.list(.completed).map(\.id) == ["1", "2"])
            await #expect(throws: SagaError.needsNoAttention(saga: "1", step: "a")) {
                try await runner.skip("a", of: "1", by: "ann")
            }
            worker.cancel()
        }
    }

    @Test func anUndoThatFailedIsTriedAgainByAnOperatorAndTheSagaEndsCompensated() throws {
        try simulated { sim in
            let world = World()
            let runner = try SagaRunner.forTests(try world.steps(3), on: InMemoryStore(clock: sim.clock))
            world.script("run c", .throwing(Trouble.wrong))
            world.script("undo a", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            let worker = sim.task("worker") { await runner.run() }
            try await runner.retry("a", of: "1", by: "ann")
            let result = try await runner.result(of: "1")
            #expect(result.isCompensated)
            #expect(result.failures.map(\.step) == ["c"])
            #expect(world.standing.isEmpty)
            worker.cancel()
        }
    }

    @Test(arguments: [true, false])
    func aStepInDoubtThatIsRetriedOnTheWayBackIsUndoneOrLeftToThePerson(undoes: Bool) throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                SagaGroup { world.step("b", undoes: undoes); world.step("c") }
            }
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(definition, on: store)
            world.script("run b", .losingReply)
            world.refuse("run c")
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            if undoes {
                try await runner.retry("b", of: "1", by: "ann")
            } else {
                await #expect(throws: SagaError.needsNoAttention(saga: "1", step: "b")) {
                    try await runner.retry("b", of: "1", by: "ann")
                }
                // Who does not know the definition may ask for it, and it halts again.
                try await SagaOperations("s", on: store).retry("b", of: "1", by: "ann")
                #expect(try await runner.perform(Job(), id: "1").failures.map(\.step).contains("b"))
                #expect(try await runner.status(of: "1")?["b"] == .unresolved)
                try await runner.skip("b", of: "1", by: "ann")
            }
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.standing == (undoes ? [] : ["b"]))
        }
    }

    @Test(arguments: [true, false]) func aLoneStepInDoubtIsNotForgottenByARetryAndACancellation(undoes: Bool) throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") { world.step("a", undoes: undoes) }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.script("run a", .losingReply)
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            #expect(try await runner.cancel("1", by: "ann"))
            // The wish is met only after the retry, and before the step is run again.
            try await runner.retry("a", of: "1", by: "ann")
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            #expect(world.calls == ["run a"])
            if undoes {
                try await runner.retry("a", of: "1", by: "ann")
                #expect(try await runner.perform(Job(), id: "1").isCompensated)
                #expect(world.standing.isEmpty)
            } else {
                await #expect(throws: SagaError.needsNoAttention(saga: "1", step: "a")) {
                    try await runner.retry("a", of: "1", by: "ann")
                }
            }
        }
    }

    @Test(arguments: [(true, true), (true, false), (false, true)])
    func aPivotInDoubtIsSkippedInTheDirectionOfTheSagaOrFoundDone(isCancelled: Bool, isSkipped: Bool) throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("p", isPivot: true, undoes: false, asks: true)
                world.step("b", undoes: false)
            }
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(definition, on: store, changing: { $0.questionLimit = 2 })
            world.script("run p", isSkipped ? .throwing(Trouble.silent) : .losingReply)
            world.script("ask p", .throwing(Trouble.silent), .throwing(Trouble.silent))
            let caller = sim.task("caller") { try await runner.perform(Job(), id: "1") }
            try await sim.clock.pause(for: .seconds(1))
            if isCancelled { try await runner.cancel("1", by: "ann") }
            #expect(try await caller.value.needsAttention)
            if isSkipped {
                try await runner.skip("p", of: "1", by: "ann")
            } else {
                try await runner.retry("p", of: "1", by: "ann")
            }
            let result = try await runner.perform(Job(), id: "1")
            #expect(isCancelled && isSkipped ? result.isCompensated : result == .completed)
            #expect(world.calls.last == (isCancelled && isSkipped ? "undo a" : "run b"))
        }
    }

    @Test func aHaltedSagaThatGoesOnUnderANewDefinitionIsRunningForAllWhoLook() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let old = try SagaDefinition<Job>("s") {
                world.step("p", isPivot: true, undoes: false)
                world.step("r", undoes: false)
            }
            world.refuse("run r")
            #expect(try await SagaRunner.forTests(old, on: store).perform(Job(), id: "1").needsAttention)
            let slow = SagaStep<Job, Done>("c") { _, step in
                try await sim.clock.pause(for: .seconds(10))
                try await world.run(step)
            }
            let migration = SagaMigration(added: ["c"], removed: ["r"])
            let new = try SagaDefinition<Job>("s", version: 2, migration: migration) {
                world.step("p", isPivot: true, undoes: false)
                slow
            }
            let runner = try SagaRunner.forTests(new, on: SimulatedStore(store, in: sim))
            // Behind the pivot that changes nothing, but has somebody look at it.
            #expect(try await runner.cancel("1", by: "ann"))
            let worker = sim.task("worker") { await runner.run() }
            try await sim.clock.pause(for: .seconds(1))
            #expect(try await runner.list(.running).map(\.id) == ["1"])
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            worker.cancel()
        }
    }

    @Test func aCallThatAShutdownCutOffIsAskedAboutWhenItHasSettled() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let step = SagaStep<Job, Done>("a") { _, step in
                // The callee goes on.
                sim.task("callee") {
                    try await sim.clock.pause(for: .seconds(20))
                    try await world.run(step)
                }
                try await sim.clock.pause(for: .seconds(3_600))
            } resolve: { _, step in
                try await world.ask(step) ? .applied(Done()) : .notApplied
            }
            let definition = try SagaDefinition<Job>("s") { step }
            let runner = try SagaRunner.forTests(definition, on: store, changing: { options in
                options.settleTime = .seconds(30)
                options.worker.grace = .zero
            })
            try await runner.start(Job(), id: "1")
            let first = sim.task("first") { await runner.run() }
            try await sim.clock.pause(for: .seconds(5))
            first.cancel()
            try await first.value
            let second = sim.task("second") { await runner.run() }
            #expect(try await runner.result(of: "1") == .completed)
            #expect(world.calls == ["run a", "ask a"])
            second.cancel()
        }
    }

    @Test func anAlertWaitsForAPagerThatIsAwayForAnHour() throws {
        try simulated { sim in
            let world = World()
            let alerts = Seen<ResilienceAlert>()
            let back = sim.clock.now.advanced(by: .seconds(3_600))
            let runner = try SagaRunner.forTests(try world.steps(1), on: InMemoryStore(clock: sim.clock)) { alert in
                if sim.clock.now < back { throw Trouble.busy }
                alerts.add(alert)
            }
            world.script("run a", .losingReply)
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            let worker = sim.task("worker") { await runner.run() }
            try await sim.clock.pause(for: .seconds(3_700))
            #expect(alerts.all.map(\.subject) == ["1"])
            worker.cancel()
        }
    }

    @Test func aHaltIsAnAlertThatSurvivesTheProcess() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let alerts = Seen<ResilienceAlert>()
            let events = RecordingObserver()
            let runner = try SagaRunner.forTests(try world.steps(2), on: store, observer: events) { _ in }
            world.script("run b", .losingReply)
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            #expect(events.count(.sagaNeedsAttention) == 1)
            // Another process delivers it.
            let other = try SagaRunner.forTests(try world.steps(2), on: store) { alerts.add($0) }
            let worker = sim.task("worker") { await other.run() }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(5)), tolerance: nil)
            #expect(alerts.all.map(\.subject) == ["1"])
            #expect(alerts.all.first?.message == "letters: b (SILENT)")
            worker.cancel()
        }
    }
}
