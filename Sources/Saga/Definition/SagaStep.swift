public import RetryOrchestrator

/// One step of a saga: what it does, how that is undone, and how its outcome is found out when nobody knows it.
///
/// ```swift
/// let flight = SagaStep<Trip, Ticket>("book-flight", timeout: .seconds(30)) { trip, step in
///     try await airline.book(trip, key: step.idempotencyKey)
/// } compensate: { trip, ticket, step in
///     try await airline.cancel(trip, key: step.runKey)
/// } resolve: { trip, step in
///     try await airline.ticket(for: step.runKey).map { .applied($0) } ?? .notApplied
/// }
/// ```
///
/// Before a closure is called its intent is recorded, and its outcome after it. So each may be called again after a crash:
/// hand ``StepContext/idempotencyKey`` to the callee, the same on each attempt. A step whose outcome is not known is asked
/// about by `resolve`; without one it is run again if `retry` is declared idempotent, else it is undone blindly if `undo`
/// is declared idempotent, else the saga needs a person.
///
/// Throw ``StepRefusal`` for "it was not done, for this reason". An error of which the classifier knows nothing counts as
/// one whose outcome is not known, and so does a `StoreError`: it speaks of its batch, not of what was done before that. Two
/// do not, `invalid` and `late`, by which a store refuses for good.
public struct SagaStep<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// Does the step.
    public typealias Run = @Sendable (Input, StepContext) async throws -> Output
    /// Undoes the step. The output is `nil` where nobody knows whether the step took effect; that happens only to a step
    /// without `resolve` whose `undo` is declared idempotent, or that an operator retried on the way back.
    public typealias Compensation = @Sendable (Input, Output?, StepContext) async throws -> Void
    /// Handles the final failure of the step itself, as by a note for a person. Called at least once; a repetition has
    /// the same key.
    public typealias FailureHandler = @Sendable (Input, SagaFailure, StepContext) async throws -> Void
    /// Says whether the effect of the step stands: `applied` where it was done and not undone, `notApplied` where it was not
    /// and will not be any more. A call that is still under way at the callee is neither: answer `unknown`, or give it
    /// ``SagaOptions/settleTime`` to end. An error counts as unknown.
    public typealias Question = @Sendable (Input, StepContext) async throws -> Resolution<Output>
    /// Whether the step is wanted at all. Asked when it is reached; `false` skips it.
    public typealias Condition = @Sendable (Input, StepContext) throws -> Bool

    /// Its name, unique in its saga.
    public let name: String
    let isPivot: Bool
    let retry: RetryPolicy
    let undo: RetryPolicy
    let timeout: Duration?
    let hasOutput: Bool
    let run: Run
    let compensate: Compensation?
    let onFailure: FailureHandler?
    let resolve: Question?
    let condition: Condition?

    /// Creates a step that gives something.
    ///
    /// - Parameters:
    ///   - name: what records and reports call it, 1 to 100 bytes; unique in its saga and never used for another step.
    ///   - isPivot: the point of no return: once it is completed the saga only goes forward. It is not conditional, has no
    ///     compensation and stands alone; no step behind it has a compensation.
    ///   - retry: how often the step is tried where an attempt had no effect, a crash within it included; its waits are
    ///     kept in the store.
    ///   - undo: the same for its compensation and for `onFailure`.
    ///   - timeout: how long each call of `run`, `compensate` and `onFailure` may take; one that took longer may have
    ///     taken effect. More than zero.
    ///   - run: does it.
    ///   - compensate: undoes it, once it is completed.
    ///   - onFailure: handles its own failure, when no attempt is left.
    ///   - resolve: finds out whether it took effect.
    ///   - condition: whether it is wanted.
    @_disfavoredOverload  // Closures of several statements that give nothing fit it too, until found to lack a `return`.
    public init(
        _ name: String,
        isPivot: Bool = false,
        retry: RetryPolicy = .default,
        undo: RetryPolicy = .compensation,
        timeout: Duration? = nil,
        run: @escaping Run,
        compensate: Compensation? = nil,
        onFailure: FailureHandler? = nil,
        resolve: Question? = nil,
        when condition: Condition? = nil
    ) {
        self.name = name
        self.isPivot = isPivot
        self.retry = retry
        self.undo = undo
        self.timeout = timeout
        hasOutput = Output.self != Done.self
        self.run = run
        self.compensate = compensate
        self.onFailure = onFailure
        self.resolve = resolve
        self.condition = condition
    }
}

extension SagaStep where Output == Done {
    /// Creates a step that gives nothing.
    ///
    /// The parameters are those of a step that gives something; `compensate` gets no output.
    public init(
        _ name: String,
        isPivot: Bool = false,
        retry: RetryPolicy = .default,
        undo: RetryPolicy = .compensation,
        timeout: Duration? = nil,
        run: @escaping @Sendable (Input, StepContext) async throws -> Void,
        compensate: (@Sendable (Input, StepContext) async throws -> Void)? = nil,
        onFailure: FailureHandler? = nil,
        resolve: Question? = nil,
        when condition: Condition? = nil
    ) {
        var undoing: Compensation?
        if let compensate {
            undoing = { (input: Input, _: Output?, step: StepContext) async throws -> Void in
                try await compensate(input, step)
            }
        }
        self.init(
            name,
            isPivot: isPivot,
            retry: retry,
            undo: undo,
            timeout: timeout,
            run: { (input: Input, step: StepContext) async throws -> Done in
                try await run(input, step)
                return Done()
            },
            compensate: undoing,
            onFailure: onFailure,
            resolve: resolve,
            when: condition
        )
    }
}

/// The output of a step that gives nothing.
public struct Done: Codable, Sendable, Hashable {
    /// There is only one.
    public init() {}
}
