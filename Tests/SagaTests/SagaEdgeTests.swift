import ErrorClassification
import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// What people do to sagas that nobody thought of.
@Suite struct SagaEdgeTests {
    @Test func stepsOfAGroupThatAllFailAreAllReportedAndWhatStandsIsUndone() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                SagaGroup {
                    world.step("b", handles: true)
                    world.step("c", handles: true)
                    world.step("d")
                }
                world.step("e")
            }
            world.refuse("run b")
            world.refuse("run c")
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock, coder: JSONCoder()))
            let result = try await runner.perform(Job(), id: "1")
            #expect(result.isCompensated)
            #expect(Set(result.failures.map(\.step)) == ["b", "c"])
            #expect(world.standing.isEmpty)
            #expect(world.effects("handle b") == 1 && world.effects("handle c") == 1)
            #expect(world.effects("run e") == 0)
        }
    }

    @Test func aFailureBesideAStepInDoubtIsHandledBeforeTheHalt() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                SagaGroup { world.step("b", handles: true); world.step("c") }
            }
            world.refuse("run b")
            world.script("run c", .losingReply)
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            #expect(world.effects("handle b") == 1)
        }
    }

    @Test func aStoreThatIsAwayForAWhileDoesNotCutOffTheOtherStepsOfAGroup() throws {
        try simulated { sim in
            let world = World()
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            let first = SagaStep<Job, Done>("a", retry: .never) { _, step in
                try await world.run(step)
                store.inject(try FaultPlan(rates: [.unavailable: 1]))
            }
            let second = SagaStep<Job, Done>("b", retry: .never) { _, step in
                try await sim.clock.pause(for: .seconds(10))
                store.inject(.none)
                try await world.run(step)
            }
            let definition = try SagaDefinition<Job>("s") { SagaGroup { first; second } }
            let runner = try SagaRunner.forTests(definition, on: store)
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(world.calls == ["run a", "run b"])
        }
    }

    @Test func aStepThatCallsItselfOffIsAmbiguousAndTheCallerIsNot() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                SagaStep<Job, Done>("b") { _, _ in throw CancellationError() }
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            let result = try await runner.perform(Job(), id: "1")
            #expect(result.needsAttention && result.failures.map(\.error) == ["CancellationError"])
            #expect(world.standing == ["a"])
        }
    }

    @Test func anErrorOfTheStoreOutOfAStepSaysNothingOfWhatTheStepDid() throws {
        let argument = InvalidArgument(field: "f", value: 1, allowed: "none")
        let cases: [(StoreError, isAsked: Bool)] = [
            (.unavailable(Trouble.busy), true), (.conflict([]), true), (.cancelled, true), (.late, false),
            (.invalid(argument), false),
        ]
        for (error, isAsked) in cases {
            try simulated { sim in
                let world = World()
                let step = SagaStep<Job, Done>("a", retry: .never) { _, step in
                    if isAsked { try await world.run(step) }
                    throw error
                } resolve: { _, step in
                    try await world.ask(step) ? .applied(Done()) : .notApplied
                }
                let definition = try SagaDefinition<Job>("s") { step }
                let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
                let result = try await runner.perform(Job(), id: "1")
                #expect(isAsked ? result == .completed : result.isCompensated, "\(error)")
                #expect(world.calls == (isAsked ? ["run a", "ask a"] : []), "\(error)")
            }
        }
    }

    @Test func whatTheStoreCannotTakeIsSaidAndNotRepeated() throws {
        try simulated { sim in
            let runs = Seen<Int>()
            let definition = try SagaDefinition<Job>("s") {
                SagaStep<Job, String>("a") { _, _ in
                    runs.add(1)
                    return String(repeating: "x", count: 2 << 20)
                }
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock, coder: JSONCoder()))
            let result = try await runner.perform(Job(), id: "1")
            #expect(result.needsAttention)
            #expect(result.failures.map(\.error) == [SagaFailureCode.outputNotRecorded])
            #expect(runs.all.count == 1)
        }
    }

    @Test(arguments: [String(repeating: "é", count: 100), String(repeating: "%", count: 200)])
    func theLongestNamesAreGoodForAWholeLife(id: String) throws {
        try simulated { sim in
            let world = World()
            let name = String(repeating: "n", count: 100)
            let first = SagaStep<Job, String>(String(repeating: "s", count: 100)) { _, _ in "given" }
            let definition = try SagaDefinition<Job>(name) { first; world.step("b") }
            world.script("run b", .losingReply)
            let store = InMemoryStore(clock: sim.clock, coder: JSONCoder())
            let runner = try SagaRunner.forTests(definition, on: store) { _ in }
            let worker = sim.task("worker") { await runner.run() }
            #expect(try await runner.perform(Job(), id: id).needsAttention)
            try await runner.retry("b", of: id, by: "ann")
            #expect(try await runner.result(of: id) == .completed)
            #expect(try await runner.output(of: first, in: id) == "given")
            #expect(try await runner.audit.entries(of: id).map(\.entry.action) == ["retry b"])
            worker.cancel()
        }
    }

    @Test func aSagaThatWaitsForHoursEndsAtOnceWhenItsCallerIsCancelled() throws {
        try simulated { sim in
            let world = World()
            let patient = try RetryPolicy(attempts: 3, backoff: .constant(.seconds(7_200)), jitter: .none)
            let definition = try SagaDefinition<Job>("s") { world.step("a"); world.step("b", retry: patient) }
            world.script("run b", .throwing(Trouble.busy))
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            let began = sim.clock.now
            let caller = sim.task("caller") { try await runner.perform(Job(), id: "1") }
            try await sim.clock.sleep(until: began.advanced(by: .seconds(10)), tolerance: nil)
            caller.cancel()
            #expect(try await caller.value.isCompensated)
            #expect(began.duration(to: sim.clock.now) < .seconds(60))
            #expect(world.calls == ["run a", "run b", "undo a"])
        }
    }

    @Test func manyWhoPerformOneSagaAtOnceRunItOnce() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let definition = try world.steps(3)
            let callers = try (0..<20).map { number in
                let runner = try SagaRunner.forTests(definition, on: SimulatedStore(store, in: sim))
                return sim.task("caller \(number)") { try await runner.perform(Job(), id: "1") }
            }
            for caller in callers { #expect(try await caller.value == .completed) }
            #expect(world.calls == ["run a", "run b", "run c"])
        }
    }

    @Test func aTrailThatFillsItsPagesEnds() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(try world.steps(1), on: store)
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            // As many as a page has room for.
            let log = Space<[SagaEvent]>("saga.letters.log")
            let begun = try await store.count(Scan(log.name, from: "1|0", until: "1|:"))
            var end = SagaEvent(.ended, at: sim.clock.now)
            end.state = .completed
            let more = (begun + 1...1_000).map { number in
                let digits = "\(number)"
                let name = "1|" + String(repeating: "0", count: 10 - digits.count) + digits
                return log.put([end], at: name, expect: .absent)
            }
            try await store.commit(Batch(more))
            var last: SagaEvent?
            for try await event in runner.trail(of: "1") { last = event }
            #expect(last == end)
            #expect(try await runner.result(of: "1") == .completed)
        }
    }

    @Test func keysOfStepsThatAreWrittenAlikeDiffer() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("undo")
                world.step("a/undo")
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.refuse("run a/undo")
            for id in ["1", "1/a", "1%2Fa"] { #expect(try await runner.perform(Job(), id: id).isCompensated) }
            let calls = ["run a", "run undo", "run a/undo", "undo undo", "undo a"]
            let keys = calls.map(world.keys)
            #expect(keys.allSatisfy { $0.count == 3 })
            #expect(keys.reduce(into: Set()) { $0.formUnion($1) }.count == 15)
            #expect(world.keys("undo a").contains("s/1/a/undo"))
            // The accent belongs to the slash before it, but the slash is one.
            let accented = try SagaDefinition<Job>("s") { world.step("\u{301}b"); world.step("undo"); world.step("c") }
            world.refuse("run c")
            let other = try SagaRunner.forTests(accented, on: InMemoryStore(clock: sim.clock))
            for id in ["2", "2/\u{301}b"] { #expect(try await other.perform(Job(), id: id).isCompensated) }
            #expect(world.keys("undo \u{301}b").isDisjoint(with: world.keys("run undo")))
        }
    }
}
