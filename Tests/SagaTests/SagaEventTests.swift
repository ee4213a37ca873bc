import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// What an observer is told of sagas.
@Suite struct SagaEventTests {
    @Test func eachLineOfTheTrailIsOneEventWithItsFields() throws {
        try simulated { sim in
            let (world, observer) = (World(), RecordingObserver())
            let twice = try RetryPolicy.tries(2)
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("b", retry: twice, handles: true)
            }
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            let runner = try SagaRunner.forTests(definition, on: store, observer: observer)
            world.script("run b", .throwing(Trouble.busy), .throwing(Trouble.wrong))
            let result = try await runner.perform(Job(), id: "1")
            #expect(result.isCompensated)
            var trail: [SagaEvent] = []
            for try await event in runner.trail(of: "1") { trail.append(event) }
            let told = observer.events.filter { $0.kind == .sagaRecorded }
            #expect(told.allSatisfy { $0.subject == "1" })
            #expect(told.map(\.at) == trail.map(\.at))
            for (event, line) in zip(told.map(\.attributes), trail) {
                #expect(event["event"] == line.kind.rawValue)
                #expect(event["step"] == line.step)
                #expect(event["attempt"] == line.attempt.map { "\($0)" })
                #expect(event["error"] == line.failure?.error)
                #expect(event["code"] == line.failure?.code)
                #expect(event["until"] == line.until.map { "\($0)" })
                #expect(event["state"] == line.state?.rawValue)
            }
            let failures = told.map(\.attributes).filter { $0["code"] != nil }
            #expect(failures.map { $0["code"] } == ["BUSY", "WRONG"])
            #expect(failures.map { $0["step"] } == ["b", "b"])
            #expect(failures.map { $0["error"] } == ["Trouble", "Trouble"])
            #expect(told.last?.attributes["state"] == "compensated")
            #expect(observer.count(.sagaNeedsAttention) == 0)
        }
    }

    @Test func aHaltIsOneEventThatNamesTheStepsAtFault() throws {
        try simulated { sim in
            let (world, observer) = (World(), RecordingObserver())
            let runner = try SagaRunner.forTests(
                try world.steps(3), on: InMemoryStore(clock: sim.clock), observer: observer
            )
            world.script("run c", .throwing(StepRefusal("Sold out", code: "SOLD_OUT")))
            world.script("undo b", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            let halts = observer.events.filter { $0.kind == .sagaNeedsAttention }
            #expect(halts.map(\.attributes) == [["c": "SOLD_OUT", "b": "WRONG"]])
            #expect(halts.map(\.subject) == ["1"])
        }
    }

    @Test func aCancellationThatCannotBeStoredIsAnEventAndIsStoredLater() throws {
        try simulated { sim in
            let (world, observer) = (World(), RecordingObserver())
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            let slow = SagaStep<Job, Done>("slow") { _, step in
                try await sim.clock.pause(for: .seconds(5))
                try await world.run(step)
            } compensate: { _, step in
                try await world.undo(step)
            }
            let definition = try SagaDefinition<Job>("s") { slow; world.step("b") }
            let runner = try SagaRunner.forTests(definition, on: store, observer: observer)
            let caller = sim.task("caller") { try await runner.perform(Job(), id: "1") }
            try await sim.clock.pause(for: .seconds(1))
            store.inject(try FaultPlan(rates: [.unavailable: 1]))
            caller.cancel()
            try await sim.clock.pause(for: .seconds(2))
            store.inject(.none)
            #expect(try await caller.value == .compensated([]))
            let told = observer.events.filter { $0.kind == .sagaCancelFailed }
            #expect(told.map(\.subject) == ["1"])
            #expect(told.map(\.attributes) == [["error": "StoreError"]])
            #expect(world.calls == ["run slow", "undo slow"])
            #expect(try await runner.status(of: "1")?.isCancelled == true)
        }
    }
}
