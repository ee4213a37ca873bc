public import ResilienceCore

/// Where a saga is, with each of its steps.
public struct SagaStatus: Sendable, Hashable {
    /// A step of it.
    public struct Step: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Where it is.
        public var state: StepState
        /// How often it, its compensation or its handler was begun, whichever is under way.
        public var attempts: Int
        /// When it is tried or asked about again.
        public var until: Timestamp?
        /// What it failed with last.
        public var failure: SagaFailure?
    }

    /// Its id.
    public var id: String
    /// Where it is as a whole.
    public var state: SagaState
    /// Whether someone asked to cancel it before its pivot.
    public var isCancelled: Bool
    /// The steps, in the order of the definition.
    public var steps: [Step]
    /// What went wrong and was not mended since; the failure that began it first.
    public var failures: [SagaFailure]
    /// When it was started.
    public var startedAt: Timestamp
    /// When its trail grew last.
    public var updatedAt: Timestamp

    /// The state of a step; `nil` if there is none of that name.
    public subscript(step: String) -> StepState? { steps.first { $0.name == step }?.state }

    init(_ id: String, _ head: SagaHead, _ progress: SagaProgress) {
        self.id = id
        state = progress.state
        isCancelled = progress.isCancelled
        steps = zip(progress.rules, progress.steps).map { rule, step in
            Step(name: rule.name, state: step.state, attempts: step.attempts, until: step.until, failure: step.failure)
        }
        failures = progress.failures
        startedAt = head.startedAt
        updatedAt = head.updatedAt
    }
}
