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
        /// Whether a person has to do something about it: retry it, or leave it as it is.
        public var needsAttention: Bool
        /// What it failed with last.
        public var failure: SagaFailure?
    }

    /// Its id.
    public var id: String
    /// Where it is as a whole.
    public var state: SagaState
    /// The version of the definition that wrote it last.
    public var version: Int
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

    init(_ entry: Space<SagaHead>.Entry, _ progress: SagaProgress, _ log: SagaLog) {
        let head = entry.value
        id = entry.name
        state = progress.state
        isCancelled = progress.isCancelled
        version = head.version
        steps = progress.steps.enumerated().map { index, step in
            Step(
                name: progress.rules[index].name,
                state: step.state,
                attempts: step.attempts,
                until: step.until,
                needsAttention: progress.state == .needsAttention && progress.needsAttention(index),
                failure: step.failure
            )
        }
        failures = progress.failures
        startedAt = head.startedAt
        // A saga that is held writes its trail only; one that is not is listed by its record.
        updatedAt = head.isWaiting ? head.updatedAt : log.events.last?.at ?? head.updatedAt
    }
}
