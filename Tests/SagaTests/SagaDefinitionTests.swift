import ResilienceCore
import RetryOrchestrator
import Saga
import Testing

@Suite struct SagaDefinitionTests {
    private let world = World()

    private func refusal(_ body: () throws(InvalidArgument) -> SagaDefinition<Job>) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return error.field
        }
    }

    @Test func aNameIsUsedOnce() {
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s") {
                world.step("a")
                SagaGroup { world.step("b"); world.step("a") }
            }
        } == "step")
    }

    @Test func thereIsAtLeastOneStep() {
        #expect(refusal { () throws(InvalidArgument) in try SagaDefinition("s") {} } == "steps")
        #expect(refusal { () throws(InvalidArgument) in try SagaDefinition("s") { SagaGroup {} } } == "steps")
    }

    @Test func nothingIsCompensatedFromThePivotOn() {
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s") {
                world.step("a", isPivot: true, undoes: false)
                world.step("b")
            }
        } == "compensate of b")
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s") { world.step("a", isPivot: true) }
        } == "compensate of a")
    }

    @Test func aPivotIsOneAloneAndUnconditional() {
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s") {
                world.step("a", isPivot: true, undoes: false)
                world.step("b", isPivot: true, undoes: false)
            }
        } == "pivot")
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s") {
                SagaGroup { world.step("a", isPivot: true, undoes: false); world.step("b") }
            }
        } == "pivot")
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s") { world.step("a", isPivot: true, undoes: false, when: { _, _ in true }) }
        } == "pivot")
    }

    @Test func namesAndTimeoutsAreInBounds() {
        #expect(refusal { () throws(InvalidArgument) in try SagaDefinition("") { world.step("a") } } == "name")
        let long = String(repeating: "x", count: 101)
        #expect(refusal { () throws(InvalidArgument) in try SagaDefinition("s") { world.step(long) } } == "step")
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s") { world.step("a", timeout: .zero) }
        } == "timeout of a")
    }

    @Test func namesThatWouldMixTheRecordsOfTwoDefinitionsAreRefused() throws {
        for name in ["s.log", "s.requests"] {
            #expect(refusal { () throws(InvalidArgument) in try SagaDefinition(name) { world.step("a") } } == "name")
            #expect(throws: InvalidArgument.self) { try SagaOperations(name, on: InMemoryStore()) }
        }
        _ = try SagaDefinition<Job>("log") { world.step("s.log") }
    }

    @Test func aMigrationSpeaksOfStepsThatAreThere() {
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s", migration: SagaMigration(renamed: ["x": "y"])) { world.step("a") }
        } == "renamed[x]")
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s", migration: SagaMigration(added: ["y"])) { world.step("a") }
        } == "added")
    }

    @Test func aMigrationDoesNotSayOfAStepThatIsThereThatItIsGone() throws {
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s", migration: SagaMigration(removed: ["a"])) { world.step("a") }
        } == "removed")
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s", migration: SagaMigration(renamed: ["b": "a"], removed: ["b"])) { world.step("a") }
        } == "removed")
        #expect(refusal { () throws(InvalidArgument) in
            try SagaDefinition("s", migration: SagaMigration(renamed: ["a": "b"])) { world.step("a"); world.step("b") }
        } == "renamed[a]")
        // A step may have had two names, but not in one saga.
        let twice = SagaMigration(renamed: ["x": "z", "y": "z"])
        _ = try SagaDefinition<Job>("s", migration: twice) { world.step("z") }
        for (names, isGood) in [(["x"], true), (["y"], true), (["x", "y"], false)] {
            var started = SagaEvent(.started, at: .distantPast)
            started.steps = names
            let progress = try? SagaProgress(
                [StepRules("z")],
                questionLimit: 10,
                replaying: [started],
                of: "1",
                migration: twice
            )
            #expect((progress != nil) == isGood)
        }
    }

    @Test func idsAndOptionsAreChecked() async throws {
        let definition = try world.steps(1)
        let runner = try SagaRunner.forTests(definition, on: InMemoryStore())
        for id in ["", "a|b", String(repeating: "x", count: 201), "a\0"] {
            await #expect(throws: InvalidArgument.self) { try await runner.start(Job(), id: id) }
            await #expect(throws: InvalidArgument.self) { try await runner.perform(Job(), id: id) }
        }
        let changes: [(inout SagaOptions) -> Void] = [
            { $0.deliveryLimit = 0 }, { $0.questionLimit = 1_001 }, { $0.settleTime = .seconds(-1) },
            { $0.questionWait = .seconds(86_401) }, { $0.questionTimeout = .zero }, { $0.retention = .zero },
            { $0.worker.concurrency = 0 },
        ]
        for change in changes {
            #expect(throws: InvalidArgument.self) {
                try SagaRunner.forTests(definition, on: InMemoryStore(), changing: change)
            }
        }
    }
}
