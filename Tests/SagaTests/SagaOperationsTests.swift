import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// What a tool does that knows the store and the name, and no definition.
@Suite struct SagaOperationsTests {
    /// A pivot, and two steps behind it.
    private func definition(_ world: World) throws -> SagaDefinition<Job> {
        try SagaDefinition("s") {
            world.step("p", isPivot: true, undoes: false)
            world.step("a", undoes: false)
            world.step("b", undoes: false)
        }
    }

    @Test func withoutTheDefinitionSagasAreShownAsTheirRunnerShowsThem() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock, coder: JSONCoder())
            let runner = try SagaRunner.forTests(try definition(world), on: store)
            let sagas = try SagaOperations("s", on: store)
            world.script("run a", .throwing(Trouble.wrong))
            try await runner.perform(Job(), id: "halted")
            world.script("run p", .throwing(Trouble.wrong))
            try await runner.perform(Job(), id: "undone")
            try await runner.perform(Job(), id: "done")
            for id in ["open-2", "open-1", "open-3"] { try await runner.start(Job(), id: id) }

            for id in ["halted", "undone", "done", "open-1"] {
                #expect(try await sagas.status(of: id) == runner.status(of: id), "\(id)")
            }
            #expect(try await sagas.status(of: "nobody") == nil)
            for (state, ids) in [
                (SagaState.needsAttention, ["halted"]), (.compensated, ["undone"]), (.completed, ["done"]),
            ] {
                #expect(try await sagas.list(state).map(\.id) == ids)
                #expect(try await runner.list(state).map(\.id) == ids)
            }
            // In pages, by their ids.
            let page = try await sagas.list(.running, limit: 2)
            #expect(page.map(\.id) == ["open-1", "open-2"])
            #expect(try await sagas.list(.running, after: page.last).map(\.id) == ["open-3"])
            let halted = try await sagas.status(of: "halted")
            #expect(halted?.steps.filter(\.needsAttention).map(\.name) == ["a"])
            #expect(try await sagas.events(of: "halted").last?.state == .needsAttention)
        }
    }

    @Test func withoutTheDefinitionStepsAreRetriedAndSkippedAndSagasCancelled() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock, coder: JSONCoder())
            let runner = try SagaRunner.forTests(try definition(world), on: store)
            let sagas = try SagaOperations("s", on: store)
            for id in ["retried", "skipped"] {
                world.script("run a", .throwing(Trouble.wrong))
                #expect(try await runner.perform(Job(), id: id).needsAttention)
            }
            for step in ["p", "b", "nobody"] {
                await #expect(throws: SagaError.needsNoAttention(saga: "retried", step: step)) {
                    try await sagas.retry(step, of: "retried", by: "ann")
                }
            }
            await #expect(throws: SagaError.notFound("nobody")) { try await sagas.skip("a", of: "nobody", by: "ann") }
            try await sagas.retry("a", of: "retried", by: "ann", note: "the account was unlocked")
            try await sagas.skip("a", of: "skipped", by: "bob")
            // Decided once: who comes second is told so.
            await #expect(throws: SagaError.needsNoAttention(saga: "skipped", step: "a")) {
                try await sagas.retry("a", of: "skipped", by: "ann")
            }
            try await runner.start(Job(), id: "cancelled")
            #expect(try await sagas.cancel("cancelled", by: "ann"))

            sim.task("worker") { await runner.run() }
            #expect(try await runner.result(of: "retried") == .completed)
            #expect(try await runner.result(of: "skipped") == .completed)
            #expect(try await runner.result(of: "cancelled").isCompensated)
            #expect(try await sagas.status(of: "skipped")?["a"] == .skipped)
            #expect(try await sagas.status(of: "skipped") == runner.status(of: "skipped"))
            #expect(try await sagas.cancel("retried", by: "ann") == false)
            await #expect(throws: SagaError.notFound("nobody")) { try await sagas.cancel("nobody", by: "ann") }
            let line = try await sagas.audit.last(of: "retried")?.entry
            #expect(line?.who == "ann" && line?.action == "retry a" && line?.from == "failed")
        }
    }

    @Test func anUndoThatFailedAndAnOutcomeNobodyKnowsNeedAPersonWithoutTheDefinitionToo() throws {
        try simulated { sim in
            let world = World()
            let store = InMemoryStore(clock: sim.clock, coder: JSONCoder())
            let runner = try SagaRunner.forTests(try world.steps(3), on: store)
            let sagas = try SagaOperations("letters", on: store)
            world.script("run c", .throwing(Trouble.wrong))
            world.script("undo a", .throwing(Trouble.wrong))
            #expect(try await runner.perform(Job(), id: "undo").needsAttention)
            world.script("run b", .losingReply)
            #expect(try await runner.perform(Job(), id: "doubt").needsAttention)
            let open = try await sagas.list().map { saga in saga.id + saga.steps.filter(\.needsAttention).map(\.name).joined() }
            #expect(open == ["doubtb", "undoa"])
            try await sagas.retry("a", of: "undo", by: "ann")
            try await sagas.skip("b", of: "doubt", by: "ann")
            sim.task("worker") { await runner.run() }
            #expect(try await runner.result(of: "undo").isCompensated)
            _ = try await runner.result(of: "doubt")
            #expect(try await sagas.list().isEmpty)
        }
    }
}
