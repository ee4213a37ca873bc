public import ErrorClassification
public import ResilienceCore

/// One call of a retrier: how far it has come. It belongs to that call alone; nothing of it is in the policy.
@usableFromInline
struct RetryCall {
    @usableFromInline let key: CallKey
    @usableFromInline let deadline: Timestamp?
    /// The attempts that it shares with calls inside and around it; `nil` where there is nothing to share.
    let scope: AttemptScope?
    /// The same if it is the outermost, which shows it to the calls inside; the task has it already if it is not.
    @usableFromInline let announced: AttemptScope?
    /// Whether it is inside the operation of another retrier and leaves retrying to that.
    let leavesRetrying: Bool
    @usableFromInline var number = 1
    @usableFromInline var attemptsLeft: Int
    @usableFromInline var previous: Classification?
    var previousDelay: Duration?
    /// What is kept for those who want to know how it goes; `nil` if nobody does.
    @usableFromInline let watch: CallWatch?
    /// What its retries draw on and its success pays into; `nil` for a call that does neither.
    @usableFromInline var budget: RetryBudget?
    /// What the present attempt was paid with, if it is a retry.
    @usableFromInline var token: RetryToken?

    /// A call that nobody watches, that shares no attempts and has no limit of time but the caller's.
    @inlinable
    init(key: CallKey, deadline: Timestamp?, attempts: Int, budget: RetryBudget?) {
        self.init(
            key: key,
            deadline: deadline,
            scope: nil,
            announced: nil,
            leavesRetrying: false,
            attemptsLeft: attempts - 1,
            watch: nil,
            budget: budget
        )
    }

    @usableFromInline
    init(
        key: CallKey,
        deadline: Timestamp?,
        scope: AttemptScope?,
        announced: AttemptScope?,
        leavesRetrying: Bool,
        attemptsLeft: Int,
        watch: CallWatch?,
        budget: RetryBudget?
    ) {
        self.key = key
        self.deadline = deadline
        self.scope = scope
        self.announced = announced
        self.leavesRetrying = leavesRetrying
        self.attemptsLeft = attemptsLeft
        self.watch = watch
        self.budget = budget
    }

    @inlinable var attempt: Attempt {
        Attempt(number: number, attemptsLeft: attemptsLeft, deadline: deadline, previous: previous, key: key)
    }

    var state: RetryState { RetryState(attempts: number, deadline: deadline, previousDelay: previousDelay) }
}

/// What a call that is watched keeps of its way. One task writes it: the one that makes the call.
@usableFromInline
final class CallWatch {
    var began: Timestamp
    var trail: [AttemptRecord] = []
    var stop: StopReason?
    var retryableAt: Timestamp?

    init(began: Timestamp) { self.began = began }

    func record(
        _ call: RetryCall,
        _ decision: RetryDecision?,
        _ classification: Classification?,
        at now: Timestamp
    ) {
        trail.append(
            AttemptRecord(
                number: call.number,
                began: began,
                ended: now,
                classification: classification,
                decision: decision
            )
        )
        guard case .stop(let reason, let instant) = decision else { return }
        (stop, retryableAt) = (reason, instant)
    }
}
