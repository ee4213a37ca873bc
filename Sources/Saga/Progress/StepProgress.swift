package import ResilienceCore
import RetryOrchestrator

/// Where a step of a saga is.
public enum StepState: String, Codable, Sendable, Hashable, CaseIterable {
    /// Not reached yet.
    case pending
    /// Begun and without an outcome: under way, or cut off by a crash. Next: any but undone and its kin.
    case running
    /// It may have taken effect, and is asked about, run again or given up. As running.
    case uncertain
    /// It had no effect and is tried again. Next: running.
    case waiting
    /// Done. Next: undoing.
    case completed
    /// Not wanted, or left out by an operator.
    case skipped
    /// It had no effect and is not tried again. Next: pending, by an operator.
    case failed
    /// It may have taken effect, and is undone. Next: undoing.
    case doubtful
    /// It may have taken effect, and a person has to find out. Next: pending, uncertain, doubtful or skipped, by an
    /// operator.
    case unresolved
    /// Its compensation was begun and has no outcome. Next: any below.
    case undoing
    /// It may have been undone. As undoing.
    case undoUncertain
    /// It was not undone yet, and that is tried again. Next: undoing.
    case undoWaiting
    /// Undone.
    case undone
    /// Not undone, and a person has to. Next: completed or undone, by an operator.
    case undoFailed
}

/// How far a step has come: pure data.
package struct StepProgress: Sendable, Hashable {
    /// The handler of the step's failure.
    package enum Handler: Sendable, Hashable {
        case none, due, running, waiting, done, failed

        var isOpen: Bool { self == .due || self == .running || self == .waiting }
    }

    package var state = StepState.pending
    /// What it was called when it was recorded first, where that differs: the callee knows it by that name.
    package var formerName: String?
    package var handler = Handler.none
    /// Attempts begun of what is under way: the step, its compensation or its handler.
    package var attempts = 0
    package var questions = 0
    /// When a wait of it ends.
    package var until: Timestamp?
    /// When the first attempt of what is under way began.
    package var firstAt: Timestamp?
    /// When the last one began.
    package var beganAt: Timestamp?
    package var previousWait: Duration?
    /// Whether an earlier attempt may have taken effect and was followed by another one.
    package var mayHaveApplied = false
    /// Its place in the order in which steps were completed.
    package var order = 0
    /// What it failed with last.
    package var failure: SagaFailure?

    /// Begins something new: attempts, questions and waits count from zero.
    mutating func restart(_ state: StepState) {
        self.state = state
        (attempts, questions) = (0, 0)
        (until, firstAt, beganAt, previousWait) = (nil, nil, nil, nil)
        // What is still to be told of it is kept until it was.
        if !handler.isOpen { failure = nil }
        mayHaveApplied = false
    }

    mutating func begin(_ attempt: Int, at now: Timestamp) {
        attempts = attempt
        questions = 0
        until = nil
        firstAt = firstAt ?? now
        beganAt = now
    }

    mutating func wait(until instant: Timestamp?, from now: Timestamp, _ failure: SagaFailure?) {
        until = instant
        previousWait = instant.map { now.duration(to: $0) }
        self.failure = failure ?? self.failure
    }
}

/// What the machine knows of a step besides how far it has come.
package struct StepRules: Sendable, Hashable {
    package var name: String
    /// The number of the group in which it runs.
    package var group: Int
    package var isPivot: Bool
    package var canAsk: Bool
    package var compensates: Bool
    package var handlesFailure: Bool
    package var isIdempotent: Bool
    package var undoIsIdempotent: Bool
    package var attempts: Int
    package var undoAttempts: Int

    package init(
        _ name: String,
        group: Int = 0,
        isPivot: Bool = false,
        canAsk: Bool = false,
        compensates: Bool = false,
        handlesFailure: Bool = false,
        isIdempotent: Bool = false,
        undoIsIdempotent: Bool = false,
        attempts: Int = 1,
        undoAttempts: Int = 1
    ) {
        self.name = name
        self.group = group
        self.isPivot = isPivot
        self.canAsk = canAsk
        self.compensates = compensates
        self.handlesFailure = handlesFailure
        self.isIdempotent = isIdempotent
        self.undoIsIdempotent = undoIsIdempotent
        self.attempts = attempts
        self.undoAttempts = undoAttempts
    }
}

extension StepRules {
    init(_ step: AnySagaStep<some Any>, group: Int) {
        self.init(
            step.name,
            group: group,
            isPivot: step.isPivot,
            canAsk: step.resolve != nil,
            compensates: step.compensate != nil,
            handlesFailure: step.onFailure != nil,
            isIdempotent: step.retry.isIdempotent,
            undoIsIdempotent: step.undo.isIdempotent,
            attempts: step.retry.attempts,
            undoAttempts: step.undo.attempts
        )
    }
}
