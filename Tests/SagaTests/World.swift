import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Saga
import Synchronization

/// What a saga of the tests is about.
struct Job: Codable, Sendable, Equatable {
    var amount = 1
}

/// An error that says what it is.
enum Trouble: Error, FailureReporting {
    /// Passes; nothing was done.
    case busy
    /// Stays; nothing was done.
    case wrong
    /// May have taken effect.
    case silent

    var failure: Failure { Failure(source: "test", code: "\(self)".uppercased()) }
}

extension ErrorClassifier {
    static func forTests() throws -> ErrorClassifier {
        try ErrorClassifier([
            RuleTable(
                "test",
                systems: ["test"],
                rules: [
                    Rule("busy", .unavailable, .retry, isAmbiguous: false, codes: ["BUSY"]),
                    Rule("wrong", .validation, .fail, isAmbiguous: false, codes: ["WRONG"]),
                    Rule("silent", .timeout, .retry, isAmbiguous: true, codes: ["SILENT"]),
                ]
            )
        ])
    }
}

/// The world outside of the sagas: what stands in it, and everything that was asked of it.
final class World: Sendable {
    /// How the world may fail at a call.
    enum Course: Sendable {
        case throwing(any Error)
        /// Done, and the reply is lost.
        case losingReply
    }

    private struct State {
        var calls: [String] = []
        var standing: Set<String> = []
        var effects: [String: Int] = [:]
        var script: [String: [Course]] = [:]
        var keys: [String: Set<String>] = [:]
        var refused: Set<String> = []
    }

    private let state = Mutex(State())

    /// Each call, in order: `run a`, `undo a`, `handle a`, `ask a`.
    var calls: [String] { state.withLock { $0.calls } }
    /// What was done and not undone, by step.
    var standing: Set<String> { state.withLock { $0.standing } }
    /// How often a call had an effect.
    func effects(_ call: String) -> Int { state.withLock { $0.effects[call, default: 0] } }
    /// The idempotency keys that a call was made with.
    func keys(_ call: String) -> Set<String> { state.withLock { $0.keys[call, default: []] } }

    /// The next calls of that name take these courses, then they are fine.
    func script(_ call: String, _ courses: Course...) {
        state.withLock { $0.script[call, default: []] += courses }
    }

    /// All calls of that name fail for good, and have no effect.
    func refuse(_ call: String) { state.withLock { _ = $0.refused.insert(call) } }

    func run(_ step: StepContext) async throws {
        try await call("run", step) { state in
            if state.standing.insert(step.step).inserted { state.effects["run \(step.step)", default: 0] += 1 }
        }
    }

    func undo(_ step: StepContext) async throws {
        try await call("undo", step) { state in
            if state.standing.remove(step.step) != nil { state.effects["undo \(step.step)", default: 0] += 1 }
        }
    }

    func handle(_ step: StepContext) async throws {
        try await call("handle", step) { $0.effects["handle \(step.step)", default: 0] += 1 }
    }

    func ask(_ step: StepContext) async throws -> Bool {
        try await call("ask", step) { _ in }
        return standing.contains(step.step)
    }

    private func call(_ verb: String, _ step: StepContext, _ effect: (inout State) -> Void) async throws {
        let name = "\(verb) \(step.step)"
        try await SimulatedProcess.checkpoint()
        let course = state.withLock { state -> Course? in
            state.calls.append(name)
            state.keys[name, default: []].insert(step.idempotencyKey)
            if state.refused.contains(name) { return .throwing(Trouble.wrong) }
            guard var courses = state.script[name], !courses.isEmpty else { return nil }
            defer { state.script[name] = courses }
            return courses.removeFirst()
        }
        if case .throwing(let error) = course { throw error }
        state.withLock { effect(&$0) }
        try await SimulatedProcess.checkpoint()
        if case .losingReply = course { throw Trouble.silent }
    }
}

extension World {
    /// A step that acts on this world.
    func step(
        _ name: String,
        isPivot: Bool = false,
        retry: RetryPolicy = .never,
        undo: RetryPolicy = .never,
        timeout: Duration? = nil,
        undoes: Bool = true,
        handles: Bool = false,
        asks: Bool = false,
        when condition: SagaStep<Job, Done>.Condition? = nil
    ) -> SagaStep<Job, Done> {
        let handler: SagaStep<Job, Done>.FailureHandler = { _, _, step in try await self.handle(step) }
        let question: SagaStep<Job, Done>.Question = { _, step in
            try await self.ask(step) ? .applied(Done()) : .notApplied
        }
        let compensation: @Sendable (Job, StepContext) async throws -> Void = { _, step in try await self.undo(step) }
        return SagaStep(
            name,
            isPivot: isPivot,
            retry: retry,
            undo: undo,
            timeout: timeout,
            run: { _, step in try await self.run(step) },
            compensate: undoes ? compensation : nil,
            onFailure: handles ? handler : nil,
            resolve: asks ? question : nil,
            when: condition
        )
    }

    /// Steps a, b and so on, each with a compensation.
    func steps(
        _ count: Int,
        asks: Bool = false,
        retry: RetryPolicy = .never,
        undo: RetryPolicy = .never
    ) throws -> SagaDefinition<Job> {
        let names = "abcdefghij".prefix(count).map(String.init)
        return try SagaDefinition("letters") {
            for name in names { step(name, retry: retry, undo: undo, asks: asks) }
        }
    }
}

extension RetryPolicy {
    /// Attempts a second apart.
    static func tries(_ count: Int, idempotent: Bool = false) throws -> RetryPolicy {
        try RetryPolicy(attempts: count, backoff: .constant(.seconds(1)), jitter: .none, isIdempotent: idempotent)
    }
}

extension SagaRunner {
    static func forTests(
        _ definition: SagaDefinition<Input>,
        on store: any RecordStore,
        observer: (any Observer)? = nil,
        onAttention: AttentionHandler? = nil,
        changing change: (inout SagaOptions) -> Void = { _ in }
    ) throws -> SagaRunner {
        var options = SagaOptions()
        options.seed = 7
        options.worker.seed = 7
        change(&options)
        return try SagaRunner(
            definition,
            on: store,
            classifier: .forTests(),
            options: options,
            observer: observer,
            onAttention: onAttention
        )
    }
}

/// Runs a test in a simulation: on one thread, and time moves by itself.
func simulated(_ body: @escaping @Sendable (Simulation) async throws -> Void) throws {
    let result = try Simulation.run(seed: 1, stepLimit: 1_000_000, body)
    if result.foreignJobs != 0 { throw Foreign(jobs: result.foreignJobs) }
}

struct Foreign: Error { var jobs: Int }

extension SagaResult {
    var failures: [SagaFailure] {
        switch self {
        case .completed: []
        case .compensated(let failures), .needsAttention(let failures): failures
        }
    }

    var isCompensated: Bool { if case .compensated = self { true } else { false } }
    var needsAttention: Bool { if case .needsAttention = self { true } else { false } }
}
