import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct WorkerTests {
    let clock = ManualClock()
    let space = Space<String>("test.jobs")

    /// A store with the jobs of these names, due now.
    private func store(_ names: [String]) async throws -> InMemoryStore {
        let store = InMemoryStore(clock: clock)
        for name in names {
            try await store.commit(Batch([space.put("job \(name)", at: name, expect: .absent, due: clock.now)]))
        }
        return store
    }

    private func options(_ change: (inout WorkerOptions) -> Void = { _ in }) -> WorkerOptions {
        var options = WorkerOptions()
        options.seed = 1
        change(&options)
        return options
    }

    /// Runs a worker while `body` goes on, then cancels it and waits for its end.
    private func running<T: Sendable>(
        _ worker: Worker<String>,
        _ body: () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            let result = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    @Test func handlesEachDueItemOnceAndDeletesIt() throws {
        try simulated { sim in
            let store = try await store(["a", "b", "c"])
            let seen = Collector<String>()
            let worker = try Worker(space, on: store, options: options()) { seen.add($0.value) }
            try await running(worker) { await seen.wait(for: 3) }
            #expect(seen.all.sorted() == ["job a", "job b", "job c"])
            #expect(try await store.count(Scan("test.jobs")) == 0)
        }
    }

    @Test func wakesForAnItemThatIsCommittedWhileItWaits() throws {
        try simulated { sim in
            let store = try await store([])
            let seen = Collector<String>()
            let worker = try Worker(space, on: store, options: options()) { seen.add($0.name) }
            try await running(worker) {
                try await store.commit(Batch([space.put("late", at: "x", expect: .absent, due: clock.now)]))
                await seen.wait(for: 1)
            }
            #expect(seen.all == ["x"])
        }
    }

    @Test func waitsForTheNextDueInstantAndNotLonger() throws {
        try simulated { sim in
            let store = try await store([])
            let due = clock.now.advanced(by: .seconds(60))
            try await store.commit(Batch([space.put("later", at: "x", expect: .absent, due: due)]))
            let seen = Collector<Timestamp>()
            let worker = try Worker(space, on: store, options: options()) { [clock] _ in seen.add(clock.now) }
            try await running(worker) {
                try await sim.settle()
                #expect(clock.nextWake == due)
                clock.advance(to: due)
                await seen.wait(for: 1)
            }
            #expect(seen.all == [due])
        }
    }

    @Test func anIdleWorkerSetsNoTimer() throws {
        try simulated { sim in
            let store = try await store([])
            let seen = Collector<String>()
            let worker = try Worker(space, on: store, options: options()) { seen.add($0.name) }
            try await running(worker) {
                // One item through, so that the worker is known to have started and to be idle again.
                try await store.commit(Batch([space.put("one", at: "x", expect: .absent, due: clock.now)]))
                await seen.wait(for: 1)
                // The keeper of that lease may still have its one timer; after it nothing sleeps.
                clock.advance(by: .seconds(3_600))
                try await sim.settle()
                #expect(clock.sleeperCount == 0)
            }
        }
    }

    @Test func neverRunsMoreHandlersThanItsConcurrency() throws {
        try simulated { sim in
            let store = try await store((0..<20).map { "job-\($0)" })
            let gate = Gate()
            let worker = try Worker(space, on: store, options: options { $0.concurrency = 3 }) { _ in await gate.pass()
            }
            try await running(worker) {
                for _ in 0..<20 {
                    await gate.waitUntilSomeoneWaits()
                    #expect(gate.waiting <= 3)
                    gate.open()
                }
                await gate.waitUntilPassed(20)
            }
            #expect(gate.most <= 3)
        }
    }

    @Test func startsNoMoreThanItsRateAllows() throws {
        try simulated { sim in
            let store = try await store((0..<5).map { "job-\($0)" })
            let seen = Collector<Timestamp>()
            let limit = try RateLimit(1, per: .seconds(1))
            let worker = try Worker(space, on: store, options: options { $0.rate = limit }) { [clock] _ in
                seen.add(clock.now)
            }
            let start = clock.now
            try await running(worker) {
                for number in 1...5 {
                    await seen.wait(for: number)
                    let next = start.advanced(by: .seconds(number))
                    while clock.now < next {
                        try await sim.settle()
                        clock.advance(to: min(next, clock.nextWake ?? next))
                    }
                }
            }
            #expect(seen.all == (0..<5).map { start.advanced(by: .seconds($0)) })
        }
    }

    @Test func renewsTheLeaseOfALongHandlerAndKeepsTheFence() throws {
        try simulated { sim in
            let store = try await store(["long"])
            let gate = Gate()
            let fences = Collector<Revision>()
            let worker = try Worker(space, on: store, options: options { $0.lease = .seconds(30) }) { delivery in
                fences.add(delivery.lease.fence)
                await gate.pass()
            }
            try await running(worker) {
                await gate.waitUntilSomeoneWaits()
                let claimed = try #require(try await store.read(space.key("long")))
                // Two minutes, in steps: four times the lease.
                for _ in 0..<24 {
                    clock.advance(by: .seconds(5))
                    try await sim.settle()
                }
                let renewed = try #require(try await store.read(space.key("long")))
                #expect(renewed.revision == claimed.revision)
                #expect(try #require(renewed.due) > clock.now)
                gate.open()
                await gate.waitUntilPassed(1)
            }
            #expect(fences.all.count == 1)
            #expect(try await store.read(space.key("long")) == nil)
        }
    }

    @Test func cancelsTheHandlerWhoseLeaseAnotherHolderTook() throws {
        try simulated { sim in
            let store = try await store(["contested"])
            let observer = RecordedEvents()
            let cancelled = Collector<Bool>()
            let gate = Gate()
            let worker = try Worker(space, on: store, options: options(), observer: observer) { [clock] _ in
                gate.arrive()
                try? await clock.sleep(until: .distantFuture, tolerance: nil)
                cancelled.add(Task.isCancelled)
            }
            try await running(worker) {
                await gate.waitUntilArrived(1)
                // Someone else writes the record, as a worker does that claims it after the lease ran out.
                let far = clock.now.advanced(by: .seconds(86_400))
                try await store.commit(Batch([space.put("taken", at: "contested", expect: .any, due: far)]))
                while cancelled.all.isEmpty {
                    clock.advance(by: .seconds(1))
                    try await sim.settle()
                }
            }
            #expect(cancelled.all == [true])
            #expect(observer.kinds.contains(.leaseLost))
            let left = try #require(try await store.read(space.key("contested")))
            #expect(try left.value.get(String.self) == "taken")
        }
    }

    @Test func deliversAgainAfterAFailureWithBackOff() throws {
        try simulated { sim in
            let store = try await store(["flaky"])
            let instants = Collector<Timestamp>()
            let observer = RecordedEvents()
            let worker = try Worker(
                space,
                on: store,
                options: options { $0.redelivery = .custom { .seconds($0 * 10) } },
                observer: observer
            ) { [clock] delivery in
                instants.add(clock.now)
                if delivery.lease.deliveries < 3 { throw Refused() }
            }
            try await running(worker) {
                for number in 1...3 {
                    while instants.all.count < number {
                        try await sim.settle()
                        if let next = clock.nextWake { clock.advance(to: next) }
                    }
                }
            }
            let waits = zip(instants.all, instants.all.dropFirst()).map { $0.duration(to: $1) }
            #expect(waits.count == 2)
            #expect((Duration.seconds(5)...(.seconds(10))).contains(waits[0]))
            #expect((Duration.seconds(10)...(.seconds(20))).contains(waits[1]))
            #expect(observer.kinds.filter { $0 == .handlerFailed }.count == 2)
        }
    }

    @Test func parksPoisonBeforeItRunsAgain() throws {
        try simulated { sim in
            let store = try await store(["poison"])
            // Three deliveries whose process died: claims without an outcome.
            for _ in 0..<3 {
                _ = try await store.claim(Claim("test.jobs", limit: 1, lease: .seconds(1)))
                clock.advance(by: .seconds(1))
            }
            let ran = Collector<String>()
            let observer = RecordedEvents()
            let worker = try Worker(
                space,
                on: store,
                options: options { $0.maximumDeliveries = 3 },
                observer: observer
            ) { ran.add($0.name) }
            try await running(worker) { await observer.wait(for: .parked) }
            #expect(ran.all.isEmpty)
            #expect(try await store.read(space.key("poison")) == nil)
            let parked = try #require(try await store.read(RecordKey("parked/test.jobs", "poison")))
            #expect(try parked.value.get(String.self) == "job poison")
            #expect(parked.tags == ["parked=poison"])
            #expect(parked.due == nil)
        }
    }

    @Test func parksWhatCannotBeDecoded() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: clock)
            let key = space.key("odd")
            try await store.commit(Batch([.put(key, 7, expect: .absent, due: clock.now)]))
            let observer = RecordedEvents()
            let worker = try Worker(space, on: store, options: options(), observer: observer) { _ in }
            try await running(worker) { await observer.wait(for: .parked) }
            let parking = Worker<String>.parkingSpace(of: space.name)
            let parked = try #require(try await store.read(RecordKey(parking, "odd")))
            #expect(try parked.value.get(Int.self) == 7)
        }
    }

    @Test func atShutdownAHandlerMayEndWithinTheGraceTime() throws {
        try simulated { sim in
            let store = try await store(["slow"])
            let gate = Gate()
            let worker = try Worker(space, on: store, options: options()) { _ in await gate.pass() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await worker.run() }
                await gate.waitUntilSomeoneWaits()
                group.cancelAll()
                try await sim.settle()
                gate.open()
                try await group.waitForAll()
            }
            #expect(try await store.read(space.key("slow")) == nil)
        }
    }

    @Test func atShutdownAnUnfinishedItemIsDueAtOnce() throws {
        try simulated { sim in
            let store = try await store(["stuck"])
            let (gate, observer) = (Gate(), RecordedEvents())
            let options = options { $0.grace = .seconds(5) }
            let worker = try Worker(space, on: store, options: options, observer: observer) { [clock] _ in
                gate.arrive()
                try await clock.sleep(until: .distantFuture, tolerance: nil)
            }
            let task = sim.task("worker") { await worker.run() }
            await gate.waitUntilArrived(1)
            task.cancel()
            while true {
                try await sim.settle()
                guard let record = try await store.read(space.key("stuck")), record.due ?? .distantFuture > clock.now
                else {
                    break
                }
                clock.advance(by: .seconds(1))
            }
            try await task.value
            let record = try #require(try await store.read(space.key("stuck")))
            #expect(try #require(record.due) <= clock.now)
            // That it was cut off is no failure of its own.
            #expect(observer.kinds == [.graceEnded])
            #expect(observer.all.first?.subject == "test.jobs")
            #expect(observer.all.first?.attributes == ["running": "1"])
        }
    }

    @Test func aFailingStoreIsAnEventAndNotTheEnd() throws {
        try simulated { sim in
            let inner = try await store(["a"])
            let failing = FailsAtFirst(inner, failures: 3)
            let seen = Collector<String>()
            let observer = RecordedEvents()
            let worker = try Worker(space, on: failing, options: options(), observer: observer) { seen.add($0.name) }
            try await running(worker) {
                while seen.all.isEmpty {
                    try await sim.settle()
                    if let next = clock.nextWake { clock.advance(to: next) }
                }
            }
            #expect(seen.all == ["a"])
            #expect(observer.kinds.filter { $0 == .storeFailed }.count == 3)
        }
    }

    @Test func refusesOptionsOutOfRange() async throws {
        let wrong: [(String, (inout WorkerOptions) -> Void)] = [
            ("concurrency", { $0.concurrency = 0 }),
            ("concurrency", { $0.concurrency = 1_001 }),
            ("lease", { $0.lease = .milliseconds(9) }),
            ("lease", { $0.lease = .seconds(86_401) }),
            ("maximumDeliveries", { $0.maximumDeliveries = 0 }),
            ("grace", { $0.grace = .seconds(-1) }),
        ]
        for (field, change) in wrong {
            let error = #expect(throws: InvalidArgument.self) {
                try Worker(space, on: InMemoryStore(clock: clock), options: options(change)) { _ in }
            }
            #expect(error?.field == field)
        }
    }
}

struct Refused: Error {}
