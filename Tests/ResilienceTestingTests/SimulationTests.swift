import Foundation
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct SimulationTests {
    @Test func theSameSeedGivesTheSameRunAndOthersGiveOthers() throws {
        var hashes: Set<UInt64> = []
        var faults: [Fault: Int] = [:]
        for seed in 1...200 as ClosedRange<UInt64> {
            let first = try Scenario.counters(seed: seed)
            let second = try Scenario.counters(seed: seed)
            #expect(first.traceHash == second.traceHash, "seed \(seed)")
            #expect(first.trace == second.trace, "seed \(seed)")
            #expect(first.steps == second.steps)
            #expect(first.foreignJobs == 0)
            #expect(first.tasks.isSuperset(of: ["a", "b", "c"]))
            #expect(first.storeOperations >= 20)
            #expect(first.value == 9, "seed \(seed)")
            hashes.insert(first.traceHash)
            faults.merge(first.faults, uniquingKeysWith: +)
        }
        #expect(hashes.count >= 150)
        #expect(Set(faults.keys) == [.lostBeforeApply, .replyLost, .conflict, .unavailable, .slow])
    }

    @Test func listenersOfOneSpaceAreWokenInTheSameOrderEachTime() throws {
        func run() throws -> UInt64 {
            try Simulation.run(seed: 3) { sim in
                let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
                let listeners = (1...8).map { number in
                    sim.task("listener \(number)") {
                        for await _ in store.wakeups(in: "example") { break }
                        _ = try await store.read(RecordKey("example", "a"))
                    }
                }
                // Time moves only when all of them listen.
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(1)), tolerance: nil)
                try await store.commit(Batch([.put(RecordKey("example", "a"), 1, expect: .absent, due: sim.clock.now)]))
                for listener in listeners { try await listener.value }
            }.traceHash
        }
        let hash = try run()
        for _ in 1...20 { #expect(try run() == hash) }
    }

    @Test func timePassesWhenNothingElseCanRun() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let start = sim.clock.now
            return try await withThrowingTaskGroup(of: Duration.self) { group in
                for hours in 1...3 {
                    group.addTask {
                        try await sim.clock.sleep(until: start.advanced(by: .seconds(hours * 3600)), tolerance: nil)
                        return start.duration(to: sim.clock.now)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(result.value == [.seconds(3600), .seconds(7200), .seconds(10_800)])
        #expect(result.elapsed == .seconds(10_800))
        #expect(result.storeOperations == 0)
    }

    @Test func whatIsShieldedFromCancellationStaysInside() throws {
        for seed in 1...50 as ClosedRange<UInt64> {
            let result = try Simulation.run(seed: seed) { sim in
                let truth = InMemoryStore(clock: sim.clock)
                let store = SimulatedStore(truth, in: sim)
                let caller = sim.task("caller") {
                    do {
                        try await sim.clock.sleep(until: .distantFuture, tolerance: nil)
                    } catch {
                        // As a compensation does, and a refresh that others wait for.
                        try await shielded {
                            try await sim.clock.pause(for: .seconds(1))
                            try await store.commit(Batch([.put(RecordKey("example", "shielded"), 1, expect: .absent)]))
                        }
                        UnstructuredTask.start {
                            try await sim.clock.pause(for: .seconds(1))
                            try await store.commit(Batch([.put(RecordKey("example", "started"), 1, expect: .absent)]))
                        }
                    }
                }
                await Task.yield()
                caller.cancel()
                try await caller.value
                try await sim.clock.pause(for: .seconds(5))
                return try await truth.count(Scan("example"))
            }
            #expect(result.value == 2)
            #expect(result.foreignJobs == 0)
            #expect(result.tasks == ["caller"])
        }
    }

    @Test func childrenGroupsAndActorsStayInside() throws {
        actor Sum {
            var total = 0
            func add(_ number: Int) async {
                await Task.yield()
                total += number
            }
        }
        let result = try Simulation.run(seed: 1) { _ in
            let sum = Sum()
            async let child: Void = sum.add(1)
            await withTaskGroup(of: Void.self) { group in
                for number in 2...4 { group.addTask { await sum.add(number) } }
            }
            await child
            return await sum.total
        }
        #expect(result.value == 10)
        #expect(result.foreignJobs == 0)
    }

    @Test func theHashOfATraceIsTheSameInEveryProcess() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            try await store.commit(Batch([.put(RecordKey("example", "a"), 1, expect: .absent)]))
            _ = try await store.scan(Scan("example"))
        }
        #expect(
            result.trace.map(\.description) == [
                "2026-01-01T00:00:00Z main: commit example/a → r1",
                "2026-01-01T00:00:00Z main: scan example/a → r1",
            ]
        )
        #expect(result.traceHash == 15_125_802_341_881_967_973)
    }

    @Test func aJobThatAnotherThreadBringsIsCounted() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let waiting = Waiting()
            // This runs when the body has suspended, since only one of both can run at a time.
            sim.task("helper") {
                Thread.detachNewThread { waiting.continuation.withLock { $0 }?.resume() }
            }
            await withCheckedContinuation { continuation in
                waiting.continuation.withLock { $0 = continuation }
            }
        }
        #expect(result.foreignJobs == 1)
    }

    @Test func operationsAndWaitsOutsideOfTheSimulationAreCounted() throws {
        let result = try Simulation.run(seed: 1) { sim in
            let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
            await onAnotherThread {
                _ = try? await store.read(RecordKey("example", "a"))
                try? await sim.clock.sleep(until: sim.clock.now, tolerance: nil)
            }
        }
        // Before and after the read, and the wait; and the way back, unless it came before the body suspended.
        #expect((3...4).contains(result.foreignJobs))
    }

    @Test func aDeadlockIsReportedWithWhoWasUnderWay() throws {
        let error = #expect(throws: SimulationError.self) {
            try Simulation.run(seed: 5) { sim in
                let store = SimulatedStore(InMemoryStore(clock: sim.clock), in: sim)
                let waiter = sim.task("waiter") {
                    _ = try await store.read(RecordKey("example", "a"))
                    try await sim.clock.sleep(until: .distantFuture, tolerance: nil)
                }
                sim.task("done") {}
                try await waiter.value
            }
        }
        guard case .deadlock? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.seed == 5)
        #expect(error?.unfinished.count == 2)
        #expect(error?.unfinished.last?.hasPrefix("waiter, last seen") == true)
        #expect(error?.description.contains("example/a") == true)
    }

    @Test func aRunWithoutEndIsReported() throws {
        let error = #expect(throws: SimulationError.self) {
            try Simulation.run(seed: 5, stepLimit: 1_000) { sim in
                while true { try await sim.clock.pause(for: .seconds(1)) }
            }
        }
        guard case .livelock? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.steps == 1_000)
    }

    @Test func anErrorOfTheBodyIsReportedWithItsSeed() throws {
        let error = #expect(throws: SimulationError.self) {
            try Simulation.run(seed: 5) { _ in throw StoreError.late }
        }
        guard case .thrown(StoreError.late)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("seed 5") == true)
    }

    @Test func aRunLeavesNothingBehind() throws {
        let abandoned = Weak()
        _ = try? Simulation.run(seed: 1) { sim in
            let store = InMemoryStore(clock: sim.clock)
            abandoned.object.withLock { $0 = store }
            let simulated = SimulatedStore(store, in: sim)
            sim.task("sleeper") {
                try? await sim.clock.sleep(until: .distantFuture, tolerance: nil)
                _ = try await simulated.read(RecordKey("example", "a"))
            }
            sim.task("listener") { for await _ in simulated.wakeups(in: "example") {} }
            let process = sim.process("crashed") {
                while true { _ = try await simulated.read(RecordKey("example", "a")) }
            }
            await Task.yield()
            process.crash()
            UnstructuredTask.start { while true { try await sim.clock.pause(for: .seconds(1)) } }
            try await sim.clock.pause(for: .seconds(10))
        }
        #expect(abandoned.isEmpty)
    }

    @Test func forkedGeneratorsFollowFromTheSeed() throws {
        func draws(_ seed: UInt64) throws -> [UInt64] {
            try Simulation.run(seed: seed) { sim in
                var (first, second) = (sim.fork(), sim.fork())
                return [first.next(), first.next(), second.next()]
            }.value
        }
        let first = try draws(1)
        #expect(try draws(1) == first)
        #expect(try draws(2) != first)
        #expect(Set(first).count == 3)
    }
}

/// Runs `operation` outside of the simulation on a thread of its own; the ordinary executor may have none left.
private func onAnotherThread(_ operation: @escaping @Sendable () async -> Void) async {
    let elsewhere = ThreadExecutor()
    await withCheckedContinuation { continuation in
        Task(executorPreference: elsewhere) {
            await operation()
            continuation.resume()
        }
    }
}

private final class Waiting: Sendable {
    let continuation = Mutex<CheckedContinuation<Void, Never>?>(nil)
}

private final class Weak: Sendable {
    struct Reference {
        weak var store: InMemoryStore?
    }

    let object = Mutex<InMemoryStore?>(nil)
    var isEmpty: Bool {
        let reference = object.withLock { store -> Reference in
            defer { store = nil }
            return Reference(store: store)
        }
        return reference.store == nil
    }
}
