import ResilienceCore
import RetryOrchestrator

/// Steps that run at once: the saga goes on when all of them have ended.
///
/// If one fails, the others end what they have begun; then those that are completed are undone, last completed first.
///
/// ```swift
/// let trip = try SagaDefinition<Trip>("book-trip") {
///     flight
///     SagaGroup { hotel; car }
///     pay
/// }
/// ```
public struct SagaGroup<Input: Codable & Sendable>: Sendable {
    let steps: [AnySagaStep<Input>]

    /// Creates a group.
    public init(@SagaBuilder<Input> _ steps: () -> [SagaGroup<Input>]) {
        self.steps = steps().flatMap(\.steps)
    }

    init(_ step: AnySagaStep<Input>) { steps = [step] }
}

/// Puts the steps of a saga one below the other.
@resultBuilder
public enum SagaBuilder<Input: Codable & Sendable> {
    /// A step after those above it.
    public static func buildExpression<Output>(_ step: SagaStep<Input, Output>) -> [SagaGroup<Input>] {
        [SagaGroup(AnySagaStep(step))]
    }

    /// Steps that run at once.
    public static func buildExpression(_ group: SagaGroup<Input>) -> [SagaGroup<Input>] { [group] }

    /// Those above, then those below.
    public static func buildBlock(_ parts: [SagaGroup<Input>]...) -> [SagaGroup<Input>] { parts.flatMap { $0 } }

    /// The steps of a loop, in its order.
    public static func buildArray(_ parts: [[SagaGroup<Input>]]) -> [SagaGroup<Input>] { parts.flatMap { $0 } }
}

/// A step without the type of its output.
struct AnySagaStep<Input: Codable & Sendable>: Sendable {
    let name: String
    let isPivot: Bool
    let isConditional: Bool
    let retry: RetryPolicy
    let undo: RetryPolicy
    let timeout: Duration?
    let hasOutput: Bool
    let run: @Sendable (Input, StepContext) async throws -> StoredValue
    let compensate: (@Sendable (Input, StoredValue?, StepContext) async throws -> Void)?
    let onFailure: (@Sendable (Input, SagaFailure, StepContext) async throws -> Void)?
    let resolve: (@Sendable (Input, StepContext) async throws -> Resolution<StoredValue>)?
    let condition: (@Sendable (Input, StepContext) throws -> Bool)?

    init<Output>(_ step: SagaStep<Input, Output>) {
        name = step.name
        isPivot = step.isPivot
        isConditional = step.condition != nil
        retry = step.retry
        undo = step.undo
        timeout = step.timeout
        hasOutput = step.hasOutput
        run = { input, context in StoredValue(try await step.run(input, context)) }
        compensate = Self.compensation(of: step)
        onFailure = step.onFailure
        resolve = Self.question(of: step)
        condition = step.condition
    }

    private static func compensation<Output>(
        of step: SagaStep<Input, Output>
    ) -> (@Sendable (Input, StoredValue?, StepContext) async throws -> Void)? {
        guard let compensate = step.compensate else { return nil }
        return { input, stored, context in
            let output: Output? = try stored?.get()
            try await compensate(input, output, context)
        }
    }

    private static func question<Output>(
        of step: SagaStep<Input, Output>
    ) -> (@Sendable (Input, StepContext) async throws -> Resolution<StoredValue>)? {
        guard let resolve = step.resolve else { return nil }
        return { input, context in
            switch try await resolve(input, context) {
            case .applied(let output): return .applied(StoredValue(output))
            case .notApplied: return .notApplied
            case .unknown: return .unknown
            }
        }
    }
}
