import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

@Suite struct SagaRunnerTests {
    @Test func S13_allStepsSucceedAndNothingIsUndone() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock)
            let runner = try SagaRunner.forTests(try world.steps(3), on: SimulatedStore(store, in: sim))
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(world.calls == ["run a", "run b", "run c"])
            #expect(try await runner.status(of: "1")?.steps.map(\.state) == [.completed, .completed, .completed])
            // The same again is answered and not done.
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(try await runner.start(Job(), id: "1") == .alreadySubmitted)
            await #expect(throws: SagaError.idInUse("1")) { try await runner.perform(Job(amount: 2), id: "1") }
            await #expect(throws: SagaError.idInUse("1")) { try await runner.start(Job(amount: 2), id: "1") }
            #expect(world.calls.count == 3)
        }
    }

    @Test func S14_theThirdFailsAndTheSecondAndFirstAreUndoneInThatOrder() throws {
        try simulated { sim in
            let world = World()
            let runner = try SagaRunner.forTests(try world.steps(4), on: InMemoryStore(clock: sim.clock))
            world.script("run c", .throwing(Trouble.wrong))
            let result = try await runner.perform(Job(), id: "1")
            #expect(result.isCompensated)
            #expect(result.failures.map(\.step) == ["c"])
            #expect(result.failures.first?.code == "WRONG")
            #expect(world.calls == ["run a", "run b", "run c", "undo b", "undo a"])
            // A second rollback has nothing to do: asked again, the result is the same.
            #expect(try await runner.perform(Job(), id: "1") == result)
            #expect(try await runner.cancel("1", by: "ann") == false)
            #expect(world.calls.count == 5)
            #expect(world.standing.isEmpty)
        }
    }

    @Test func S15_aCompensationThatFailsDoesNotStopTheOthersAndTheFirstErrorComesFirst() throws {
        try simulated { sim in
            let world = World()
            let runner = try SagaRunner.forTests(try world.steps(4), on: InMemoryStore(clock: sim.clock))
            world.script("run d", .throwing(StepRefusal("Sold out", code: "SOLD_OUT")))
            world.script("undo b", .throwing(Trouble.wrong))
            let result = try await runner.perform(Job(), id: "1")
            #expect(result.needsAttention)
            #expect(result.failures.map(\.step) == ["d", "b"])
            #expect(result.failures.map(\.part) == [.run, .compensate])
            #expect(result.failures.first?.message == "Sold out")
            #expect(world.calls == ["run a", "run b", "run c", "run d", "undo c", "undo b", "undo a"])
            #expect(world.standing == ["b"])
        }
    }

    @Test func S16_aStepWithoutCompensationIsPassedOver() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("b", undoes: false)
                world.step("c")
                world.step("d")
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.script("run d", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls.suffix(2) == ["undo c", "undo a"])
        }
    }

    @Test func S17_theFailingStepIsHandledAndNotUndone() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("b", handles: true)
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.script("run b", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls == ["run a", "run b", "handle b", "undo a"])
            #expect(world.keys("handle b") == ["s/1/b/failure"])
            #expect(world.keys("undo a") == ["s/1/a/undo"])
            #expect(world.keys("run a") == ["s/1/a"])
        }
    }

    @Test func stepsHandOnWhatTheyGiveAndCompensationsGetItBack() throws {
        try simulated { sim in
            let seen = Seen<String>()
            let first = SagaStep<Job, Int>("first") { job, _ in
                job.amount + 1
            } compensate: { _, output, _ in
                seen.add("undo \(output.map(String.init) ?? "nothing")")
            }
            let second = SagaStep<Job, String>("second") { _, step in
                "\(try step.output(of: first) * 2)"
            } compensate: { _, output, _ in
                seen.add("undo \(output ?? "nothing")")
            }
            let third = SagaStep<Job, Done>("third") { (_, step) -> Void in
                seen.add("third sees \(try step.output(of: second))")
                throw StepRefusal("no")
            }
            let definition = try SagaDefinition("typed") { first; second; third }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            #expect(try await runner.perform(Job(amount: 20), id: "1").isCompensated)
            #expect(seen.all == ["third sees 42", "undo 42", "undo 21"])
            #expect(try await runner.output(of: first, in: "1") == 21)
            #expect(try await runner.output(of: third, in: "1") == nil)
        }
    }

    @Test func aConditionalStepThatIsNotWantedIsSkippedAndNotUndone() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a", when: { job, _ in job.amount > 10 })
                world.step("b", when: { job, _ in job.amount > 0 })
                world.step("c")
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.script("run c", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls == ["run b", "run c", "undo b"])
            #expect(try await runner.status(of: "1")?["a"] == .skipped)
            // A condition that throws is a failure without effect.
            let broken = try SagaDefinition<Job>("t") {
                world.step("a")
                world.step("b", when: { _, _ in throw Trouble.silent })
            }
            let other = try SagaRunner.forTests(broken, on: InMemoryStore(clock: sim.clock))
            #expect(try await other.perform(Job(), id: "1").isCompensated)
        }
    }

    @Test func stepsOfAGroupRunAtOnceAndAreUndoneInTheOrderInWhichTheyEnded() throws {
        try simulated { sim in
            let world = World()
            let running = Seen<String>()
            func slow(_ name: String, _ seconds: Int) -> SagaStep<Job, Done> {
                SagaStep(name) { _, step in
                    running.add("begin \(name)")
                    try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(seconds)), tolerance: nil)
                    running.add("end \(name)")
                    try await world.run(step)
                } compensate: { _, step in
                    try await world.undo(step)
                }
            }
            let definition = try SagaDefinition<Job>("s") {
                SagaGroup { slow("a", 3); slow("b", 1); slow("c", 2) }
                world.step("d")
            }
            world.script("run d", .throwing(Trouble.wrong))
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(Set(running.all.prefix(3)) == ["begin a", "begin b", "begin c"])
            #expect(world.calls == ["run b", "run c", "run a", "run d", "undo a", "undo c", "undo b"])

            // One fails: the others end what they have begun, then are undone.
            let other = World()
            let failing = try SagaDefinition<Job>("t") { SagaGroup { other.step("a"); other.step("b"); other.step("c") } }
            other.script("run a", .throwing(Trouble.wrong))
            let second = try SagaRunner.forTests(failing, on: InMemoryStore(clock: sim.clock))
            #expect(try await second.perform(Job(), id: "1").isCompensated)
            #expect(other.effects("run b") == 1 && other.effects("run c") == 1)
            #expect(other.standing.isEmpty)
        }
    }

    @Test func aStepIsRetriedByItsOwnPolicyAndItsWaitsLieInTheStore() throws {
        try simulated { sim in
            let world = World()
            let (three, two) = (try RetryPolicy.tries(3), try RetryPolicy.tries(2))
            let definition = try SagaDefinition<Job>("s") {
                world.step("a", retry: three)
                world.step("b", retry: two)
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.script("run a", .throwing(Trouble.busy), .throwing(Trouble.busy))
            world.script("run b", .throwing(Trouble.busy), .throwing(Trouble.busy))
            let began = sim.clock.now
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls == ["run a", "run a", "run a", "run b", "run b", "undo a"])
            #expect(world.keys("run a").count == 1)
            #expect(began.duration(to: sim.clock.now) >= .seconds(3))
        }
    }

    @Test func aProviderThatRefusesToCancelForAWhileIsAskedAgainWhenItSaid() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a", undo: .compensation)
                world.step("b")
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.script("run b", .throwing(Trouble.wrong))
            world.script("undo a", .throwing(StepRefusal("Not yet", code: "TOO_EARLY", retryAfter: .seconds(120))))
            let began = sim.clock.now
            #expect(try await runner.perform(Job(), id: "1").isCompensated)
            #expect(world.calls.suffix(2) == ["undo a", "undo a"])
            #expect(began.duration(to: sim.clock.now) >= .seconds(120))
        }
    }

    @Test func behindThePivotAFailureNeedsAPersonAndNothingIsUndone() throws {
        try simulated { sim in
            let world = World()
            let definition = try SagaDefinition<Job>("s") {
                world.step("a")
                world.step("b", isPivot: true, undoes: false)
                world.step("c", undoes: false, handles: true)
                world.step("d", undoes: false)
            }
            let runner = try SagaRunner.forTests(definition, on: InMemoryStore(clock: sim.clock))
            world.script("run c", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "1").needsAttention)
            #expect(world.calls == ["run a", "run b", "run c", "handle c"])
            #expect(world.standing == ["a", "b"])
            // The pivot itself, where it fails, is not behind the saga yet.
            world.script("run b", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "2").isCompensated)
        }
    }
}

/// Values that tasks add and a test looks at.
final class Seen<Value: Sendable>: Sendable {
    private let values = Guarded<[Value]>([])
    var all: [Value] { values.get }
    func add(_ value: Value) { values.change { $0.append(value) } }
}
