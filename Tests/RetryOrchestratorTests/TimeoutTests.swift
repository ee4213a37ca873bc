import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("Timeouts", .timeLimit(.minutes(20)))
struct TimeoutTests {
    private let clock = ManualClock()

    private func timeout(_ limit: Duration, grace: Duration = .seconds(1)) throws -> Timeout {
        try Timeout(limit, cancellationGrace: grace, name: "test", clock: clock)
    }

    @Test("States and events: an operation ends by itself, in its grace time, or not at all")
    func machine() {
        var machine = TimedMachine()
        #expect(machine.operationEnded() == .itsOwn)
        #expect(machine.deadlineCame() == .nothing)
        #expect(machine.callerCancelled() == false)
        machine = TimedMachine()
        #expect(machine.deadlineCame() == .cancel)
        #expect(machine.callerCancelled() == false)
        #expect(machine.operationEnded() == .timedOut)
        machine = TimedMachine()
        #expect(machine.deadlineCame() == .cancel)
        #expect(machine.deadlineCame() == .end(.abandoned))
        #expect(machine.operationEnded() == nil)
        machine = TimedMachine()
        #expect(machine.callerCancelled() == true)
        #expect(machine.operationEnded() == .itsOwn)
        machine = TimedMachine()
        #expect(machine.callerCancelled() == true)
        #expect(machine.deadlineCame() == .end(.cancelled))
    }

    @Test("An operation in time gives its result or its own error")
    func inTime() async throws {
        let timeout = try timeout(.seconds(2))
        #expect(try await timeout.run { 7 } == 7)
        await #expect(throws: Trouble.busy) { try await timeout.run { throw Trouble.busy } }
    }

    @Test("It passes at the limit and not a microsecond early; the operation has ended then")
    func late() async throws {
        let timeout = try timeout(.seconds(2))
        let (clock, ended) = (clock, Tally())
        let running = Task {
            try await timeout.run {
                defer { ended.add() }
                try await clock.sleep(until: .distantFuture, tolerance: nil)
            }
        }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(2) - .microseconds(1))
        for _ in 0..<100 { await Task.yield() }
        #expect(ended.value == 0)
        clock.advance(by: .microseconds(1))
        await #expect(throws: PolicyError(.timedOut, policy: "test")) { try await running.value }
        #expect(ended.value == 1)
    }

    @Test("rule 16: the result of an attempt that timed out is ignored, and the next begins only when it has ended")
    func ignored() async throws {
        let timeout = try timeout(.seconds(2), grace: .seconds(60))
        let retrier = try Retrier.forTests(try RetryPolicy(backoff: .none, isIdempotent: true), clock: clock)
        let (clock, live) = (clock, Live())
        let running = Task {
            try await retrier.run(attemptTimeout: timeout) { attempt in
                live.began()
                defer { live.ended() }
                guard attempt.number == 1 else { return "second" }
                // Deaf to its cancellation for a while.
                await finish(UnstructuredTask.start { try await clock.pause(for: .seconds(5)) })
                return "first"
            }
        }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(2))
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(3))
        #expect(try await running.value == "second")
        #expect(live.most == 1)
    }

    @Test("An attempt that ignores its cancellation ends the call after the grace time, and nothing more is tried")
    func abandoned() async throws {
        let timeout = try timeout(.seconds(2))
        let policy = try RetryPolicy(backoff: .none, isIdempotent: true, rule: .when { _ in true })
        let retrier = try Retrier.forTests(policy, clock: clock)
        let (clock, calls) = (clock, Tally())
        let running = Task {
            await retrier.outcome(attemptTimeout: timeout) { _ -> Int in
                calls.add()
                await finish(UnstructuredTask.start { try await clock.pause(for: .seconds(50)) })
                return 1
            }
        }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(2))
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(1))
        let outcome = await running.value
        #expect(throws: PolicyError(.attemptAbandoned, policy: "test")) { try outcome.result.get() }
        #expect(outcome.stop == .attemptAbandoned)
        #expect(outcome.attempts.last?.classification?.isAmbiguous == true)
        #expect(calls.value == 1)
        clock.advance(by: .seconds(50))
    }

    @Test("A timed-out attempt is ambiguous: tried again only where the operation is declared idempotent")
    func ambiguous() async throws {
        for (isIdempotent, expected) in [(false, 1), (true, 3)] {
            let (clock, calls) = (ManualClock(), Tally())
            let timeout = try Timeout(.seconds(2), clock: clock)
            let policy = try RetryPolicy(backoff: .none, isIdempotent: isIdempotent)
            let retrier = try Retrier.forTests(policy, clock: clock)
            let running = Task {
                await retrier.outcome(attemptTimeout: timeout) { _ in
                    calls.add()
                    try await clock.sleep(until: .distantFuture, tolerance: nil)
                }
            }
            for _ in 0..<expected {
                await clock.waitForSleepers(2)
                clock.advance(by: .seconds(2))
            }
            #expect(await running.value.stop == (isIdempotent ? .attemptsUsedUp : .ambiguous))
            #expect(calls.value == expected)
        }
    }

    @Test("rule 14: the caller's cancellation reaches the operation at once, and waits no longer than the grace time")
    func cancelled() async throws {
        let timeout = try timeout(.seconds(20))
        let clock = clock
        let obedient = Task {
            try await timeout.run { try await clock.sleep(until: .distantFuture, tolerance: nil) }
        }
        await clock.waitForSleepers(2)
        obedient.cancel()
        await #expect(throws: CancellationError.self) { try await obedient.value }
        let deaf = Task {
            try await timeout.run { await finish(UnstructuredTask.start { try await clock.pause(for: .seconds(9)) }) }
        }
        await clock.waitForSleepers(2)
        deaf.cancel()
        while clock.nextWake != clock.now.advanced(by: .seconds(1)) { await Task.yield() }
        clock.advance(by: .seconds(1))
        await #expect(throws: CancellationError.self) { try await deaf.value }
        clock.advance(by: .seconds(100))
    }

    @Test("A cancelled caller starts nothing")
    func cancelledBefore() async throws {
        let timeout = try timeout(.seconds(20))
        let calls = Tally()
        let running = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await timeout.run { _ = calls.add() }
        }
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(calls.value == 0)
    }

    @Test("Any number of timeouts has one sleeper, and none is left when nothing is due")
    func oneSleeper() async throws {
        let timeout = try timeout(.seconds(10))
        let clock = clock
        let running = Task {
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<500 {
                    group.addTask {
                        (try? await timeout.run { try await clock.sleep(until: .distantFuture, tolerance: nil) }) == nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        await clock.waitForSleepers(501)
        #expect(clock.sleeperCount == 501)
        clock.advance(by: .seconds(10))
        #expect(await running.value == 500)
        while clock.sleeperCount > 0 {
            clock.advance(by: .seconds(10))
            await Task.yield()
        }
    }

    @Test("A timeout on the system's clock that was used in a simulation keeps no later one from passing")
    func afterSimulation() async throws {
        let inside = try Timeout(.milliseconds(1))
        try await Task.detached {
            _ = try Simulation.run(seed: 1) { _ in try await inside.run {} }
        }.value
        let outside = try Timeout(.milliseconds(5))
        await #expect(throws: PolicyError.self) {
            try await outside.run { try await SystemClock().sleep(until: .distantFuture, tolerance: nil) }
        }
    }

    @Test("A shorter timeout armed later passes first")
    func order() async throws {
        let timers = try timeout(.seconds(60))
        let clock = clock
        let short = try Timeout(.seconds(1), name: "short", sharing: timers)
        let long = Task { try await timers.run { try await clock.sleep(until: .distantFuture, tolerance: nil) } }
        await clock.waitForSleepers(2)
        let quick = Task { try await short.run { try await clock.sleep(until: .distantFuture, tolerance: nil) } }
        await clock.waitForSleepers(3)
        while clock.nextWake != clock.now.advanced(by: .seconds(1)) { await Task.yield() }
        clock.advance(by: .seconds(1))
        await #expect(throws: PolicyError(.timedOut, policy: "short")) { try await quick.value }
        clock.advance(by: .seconds(59))
        await #expect(throws: PolicyError(.timedOut, policy: "test")) { try await long.value }
    }

    @Test("On every schedule an operation has one ending, and never two attempts live")
    func schedules() throws {
        for seed in 0..<300 {
            let result = try Simulation.run(seed: UInt64(seed)) { sim in
                let timeout = try Timeout(.milliseconds(3), clock: sim.clock)
                let retrier = Retrier(
                    try RetryPolicy(attempts: 5, backoff: .none, isIdempotent: true),
                    classifier: try .forTests(),
                    clock: sim.clock,
                    budget: nil,
                    generator: sim.fork()
                )
                var dice = sim.fork()
                let length = Duration.milliseconds(Int.random(in: 1...4, using: &dice))
                let live = Live()
                let task = sim.task("caller") {
                    try? await retrier.run(attemptTimeout: timeout) { _ in
                        live.began()
                        defer { live.ended() }
                        try await sim.clock.pause(for: length)
                    }
                }
                if seed % 3 == 0 {
                    try await sim.clock.pause(for: .milliseconds(seed % 5))
                    task.cancel()
                }
                _ = try await task.value
                return live.most
            }
            #expect(result.value <= 1, "seed \(seed)")
            #expect(result.foreignJobs == 0)
        }
    }

    @Test("The heap gives entries by deadline, whatever was removed and moved", arguments: 0..<20)
    func heap(seed: Int) {
        var generator = SmallGenerator(seed: UInt64(seed))
        var heap = TimerHeap<Int>()
        var model: [Int: (id: TimerHeap<Int>.ID, deadline: Int)] = [:]
        for number in 0..<400 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let deadline = Int.random(in: 0..<1000, using: &generator)
                model[number] = (heap.insert(number, at: .seconds(deadline)), deadline)
            case 2:
                guard let pick = model.keys.sorted().randomElement(using: &generator), let entry = model[pick] else {
                    continue
                }
                heap.remove(entry.id)
                heap.remove(entry.id)
                model[pick] = nil
            default:
                guard let pick = model.keys.sorted().randomElement(using: &generator), let entry = model[pick] else {
                    continue
                }
                let deadline = Int.random(in: 0..<1000, using: &generator)
                heap.move(entry.id, to: .seconds(deadline))
                model[pick] = (entry.id, deadline)
            }
        }
        var order: [Int] = []
        while let next = heap.next, let (id, target) = heap.popDue(at: next) {
            order.append(model[target]?.deadline ?? -1)
            heap.remove(id)
        }
        #expect(order == model.values.map(\.deadline).sorted())
    }

    @Test("A limit or grace time out of range is refused by name")
    func validation() throws {
        #expect(throws: InvalidArgument.self) { try Timeout(.zero) }
        #expect(throws: InvalidArgument.self) { try Timeout(.seconds(Int64.max)) }
        #expect(throws: InvalidArgument.self) { try Timeout(.seconds(1), cancellationGrace: .seconds(-1)) }
    }
}

/// How many attempts are under way at once.
final class Live: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func began() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }

    func ended() { state.withLock { $0.now -= 1 } }
}

/// Waits for the end of a task, whatever becomes of the one that waits.
private func finish(_ task: Task<Void, any Error>) async { _ = await task.result }
