public import ErrorClassification
public import ResilienceCore

/// One call of a retrier: how far it has come. It belongs to that call alone; nothing of it is in the policy.
@usableFromInline
struct RetryCall {
    @usableFromInline let key: CallKey
    @usableFromInline let deadline: Timestamp?
    /// What this call and those inside it share; `nil` where there is nothing to share.
    @usableFromInline let scope: AttemptScope?
    /// Whether it is inside the operation of another retrier and leaves retrying to that.
    let leavesRetrying: Bool
    @usableFromInline var number = 1
    @usableFromInline var attemptsLeft: Int
    @usableFromInline var previous: Classification?
    var previousDelay: Duration?
    /// Whether someone wants to know how it goes.
    @usableFromInline let isWatched: Bool
    var attemptBegan: Timestamp?
    var trail: [AttemptRecord] = []
    var stop: StopReason?
    var retryableAt: Timestamp?

    @usableFromInline var attempt: Attempt {
        Attempt(number: number, attemptsLeft: attemptsLeft, deadline: deadline, previous: previous, key: key)
    }

    var state: RetryState { RetryState(attempts: number, deadline: deadline, previousDelay: previousDelay) }
}
