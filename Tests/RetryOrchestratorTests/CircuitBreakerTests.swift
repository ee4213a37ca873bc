import ErrorClassification
import Foundation
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("The circuit breaker", .timeLimit(.minutes(20)))
struct CircuitBreakerTests {
    private let clock = ManualClock()

    private func breaker(
        _ options: BreakerOptions? = nil,
        clock: (any WallClock)? = nil,
        observer: (any Observer)? = nil
    ) throws -> CircuitBreaker {
        CircuitBreaker(
            try options ?? BreakerOptions(failureRate: nil, consecutiveFailures: 2, openFor: .seconds(30), probes: 3),
            name: "test",
            failures: .byClassification(try .forTests()),
            clock: clock ?? self.clock,
            observer: observer
        )
    }

    private func fail(_ breaker: CircuitBreaker, times: Int = 2, _ error: any Error = Trouble.busy) async {
        for _ in 0..<times { try? await breaker.run { throw error } }
    }

    @Test("Open, it throws its own error with the time to wait, and the operation is not run")
    func refusal() async throws {
        let breaker = try breaker()
        await fail(breaker)
        clock.advance(by: .seconds(10))
        await #expect(throws: PolicyError(.circuitOpen, policy: "test", retryAfter: .seconds(20))) {
            try await breaker.run { Issue.record("it ran") }
        }
        #expect(breaker.snapshot.refusesFor == .seconds(20))
        #expect(breaker.snapshot.refused == 1)
    }

    @Test("What is not the system's fault is no failure, and what was never tried or cancelled is not counted")
    func whatCounts() async throws {
        let breaker = try breaker()
        await fail(breaker, times: 10, Trouble.wrong)
        #expect(breaker.state == .closed)
        #expect(breaker.snapshot.calls == 10)
        await fail(breaker, times: 10, CancellationError())
        await fail(breaker, times: 10, PolicyError(.bulkheadFull, policy: "inner"))
        #expect(breaker.snapshot.calls == 10)
        await fail(breaker, times: 2, PolicyError(.timedOut, policy: "inner"))
        #expect(breaker.state == .open)
    }

    @Test("A failure rule counts what is of the system's making, every error, or what a closure says")
    func rules() async throws {
        func counted(_ rule: FailureRule) async throws -> Set<ErrorClassification.Category> {
            var counted: Set<ErrorClassification.Category> = []
            for category in ErrorClassification.Category.allCases {
                let options = try BreakerOptions(failureRate: nil, consecutiveFailures: 1)
                let breaker = CircuitBreaker(options, failures: rule, clock: clock)
                await fail(breaker, times: 1, Failed(category))
                if breaker.state == .open { counted.insert(category) }
            }
            return counted
        }
        let classifier = try ErrorClassifier([try .ofEachCategory])
        #expect(
            try await counted(.byClassification(classifier)) == [
                .rateLimited, .quotaExhausted, .overloaded, .timeout, .network, .server, .unavailable,
                .resourceExhausted, .unknown,
            ]
        )
        #expect(try await counted(.everyError) == Set(ErrorClassification.Category.allCases))
        #expect(try await counted(.when { ($0 as? Failed)?.category == .conflict }) == [.conflict])
    }

    @Test("A result can count as a failure")
    func results() async throws {
        let breaker = try breaker()
        for _ in 0..<2 { #expect(try await breaker.run(failedIf: { $0 > 5 }, { 7 }) == 7) }
        #expect(breaker.state == .open)
    }

    @Test("Slow calls are measured on the clock")
    func slow() async throws {
        let slow = BreakerOptions.SlowCalls(over: .seconds(1), rate: 1)
        let breaker = try breaker(try BreakerOptions(failureRate: nil, slowCalls: slow, minimumCalls: 2))
        let clock = clock
        for _ in 0..<2 { try await breaker.run { clock.advance(by: .seconds(1)) } }
        #expect(breaker.state == .closed)
        breaker.reset()
        for _ in 0..<2 { try await breaker.run { clock.advance(by: .seconds(1) + .microseconds(1)) } }
        #expect(breaker.state == .open)
    }

    @Test("Its observer is told of each change, with what had been counted")
    func events() async throws {
        let observer = RecordingObserver()
        let breaker = try breaker(observer: observer)
        await fail(breaker)
        clock.advance(by: .seconds(30))
        for _ in 0..<3 { try await breaker.run {} }
        breaker.forceOpen()
        breaker.reset()
        let changes = observer.events.map { "\($0.attributes["from"] ?? "") \($0.attributes["to"] ?? "")" }
        #expect(
            changes == ["closed open", "open halfOpen", "halfOpen closed", "closed forcedOpen", "forcedOpen closed"]
        )
        #expect(observer.events[0].attributes["failures"] == "2")
        #expect(observer.events[2].attributes["calls"] == "3")
        #expect(observer.events.allSatisfy { $0.kind == .breakerChanged && $0.subject == "test" })
    }

    @MainActor
    @Test("The operation runs in the caller's isolation")
    func isolation() async throws {
        final class Basket { var items = 0 }
        let basket = Basket()
        try await breaker().run {
            MainActor.assertIsolated()
            basket.items += 1
        }
        #expect(basket.items == 1)
    }

    @Test("Half open, exactly the probes pass, on every schedule")
    func halfOpenSimulated() throws {
        for seed in 0..<300 {
            let result = try Simulation.run(seed: UInt64(seed)) { sim in
                let breaker = try breaker(clock: sim.clock)
                await fail(breaker)
                try await sim.clock.pause(for: .seconds(30))
                let passed = Tally()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            await Task.yield()
                            try? await breaker.run {
                                passed.add()
                                try await sim.clock.pause(for: .seconds(1))
                            }
                        }
                    }
                }
                return passed.value
            }
            #expect(result.value == 3, "seed \(seed)")
            #expect(result.foreignJobs == 0)
        }
    }

    @Test("Half open, exactly the probes pass, with 8 threads at once")
    func halfOpenThreaded() async throws {
        for _ in 0..<200 {
            let clock = ManualClock()
            let breaker = try breaker(clock: clock)
            await fail(breaker)
            clock.advance(by: .seconds(30))
            let gate = Gate(tasks: 8)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask(executorPreference: OwnThreads()) {
                        for _ in 0..<4 {
                            try? await breaker.run {
                                await gate.wait()
                            }
                        }
                        gate.taskDone()
                    }
                }
            }
            // The others were refused each time.
            #expect(gate.passedBeforeOpening == 3)
        }
    }

    @Test("One breaker for each key, shared by all who ask")
    func keys() async throws {
        let (classifier, clock) = (try ErrorClassifier.forTests(), clock)
        let breakers = PerKey { key in
            CircuitBreaker(name: key, failures: .byClassification(classifier), clock: clock)
        }
        breakers["a"].forceOpen()
        #expect(breakers["a"].state == .forcedOpen)
        #expect(breakers["b"].state == .closed)
        #expect(breakers.all.keys.sorted() == ["a", "b"])
    }

    @Test("A retrier does not wait for an open circuit")
    func retried() async throws {
        let breaker = try breaker()
        let retrier = try Retrier.forTests(clock: clock)
        breaker.forceOpen()
        let outcome: RetryOutcome<Void> = await retrier.outcome { _ in try await breaker.run {} }
        #expect(outcome.attempts.count == 1)
        #expect(outcome.stop == .notRetryable)
    }
}

/// Holds back those who pass it until each of its tasks waits here or is done.
private final class Gate: Sendable {
    private struct State {
        var done = 0
        var passed = 0
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        /// Who may go on now.
        mutating func open(at tasks: Int) -> [CheckedContinuation<Void, Never>] {
            guard !isOpen, done + passed == tasks else { return [] }
            isOpen = true
            defer { waiters = [] }
            return waiters
        }
    }

    private let tasks: Int
    private let state = Mutex(State())

    init(tasks: Int) { self.tasks = tasks }

    /// How many came before it opened.
    var passedBeforeOpening: Int { state.withLock { $0.passed } }

    func wait() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                guard !state.isOpen else { return [continuation] }
                state.passed += 1
                state.waiters.append(continuation)
                return state.open(at: tasks)
            }
            for waiter in ready { waiter.resume() }
        }
    }

    func taskDone() {
        let ready = state.withLock { state in
            state.done += 1
            return state.open(at: tasks)
        }
        for waiter in ready { waiter.resume() }
    }
}

/// Runs each job on a thread of its own.
final class OwnThreads: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
