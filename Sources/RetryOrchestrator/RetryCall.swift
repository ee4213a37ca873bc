public import ErrorClassification
public import ResilienceCore

/// One call of a retrier: how far it has come. It belongs to that call alone; nothing of it is in the policy.
@usableFromInline
struct RetryCall {
    @usableFromInline let key: CallKey
    @usableFromInline var deadline: Timestamp?
    /// Until when the policy's elapsed limit lets it go on; `nil` without one.
    @usableFromInline var elapsed: ElapsedLimit?
    /// The attempts that it shares with calls inside and around it; `nil` where there is nothing to share.
    @usableFromInline let scope: AttemptScope?
    /// What it shows to the calls inside; `alone` if it shows nothing, or the task has it already.
    @usableFromInline let shown: RetryContext
    /// Whether it is inside the operation of another retrier and leaves retrying to that.
    @usableFromInline let leavesRetrying: Bool
    /// Whether its retries are paid for and its success pays.
    @usableFromInline var usesBudget: Bool
    @usableFromInline var number = 1
    @usableFromInline var attemptsLeft: Int
    @usableFromInline var previous: Classification?
    @usableFromInline var previousDelay: Duration?
    /// What is kept for those who want to know how it goes; `nil` if nobody does.
    @usableFromInline let watch: CallWatch?
    /// What the present attempt was paid with, if it is a retry.
    @usableFromInline var token: RetryToken?
    /// How it fails over; `nil` if it does not.
    @usableFromInline var failover: FailoverCall?
    /// How many attempts were behind it when its back-off began anew.
    @usableFromInline var restartedAt = 0

    @inlinable
    init(
        key: CallKey,
        deadline: Timestamp?,
        shown: RetryContext,
        attemptsLeft: Int,
        usesBudget: Bool,
        scope: AttemptScope? = nil,
        leavesRetrying: Bool = false,
        watch: CallWatch? = nil
    ) {
        self.key = key
        self.deadline = deadline
        self.scope = scope
        self.shown = shown
        self.leavesRetrying = leavesRetrying
        self.attemptsLeft = attemptsLeft
        self.watch = watch
        self.usesBudget = usesBudget
    }

    @inlinable var attempt: Attempt {
        Attempt(number: number, attemptsLeft: attemptsLeft, deadline: deadline, previous: previous, key: key)
    }

    var state: RetryState {
        var state = RetryState(attempts: number, deadline: deadline, previousDelay: previousDelay)
        state.restartedAt = restartedAt
        return state
    }
}

/// The end of a call by its policy's elapsed limit, on the monotonic clock: a step of the wall clock changes nothing of it.
@usableFromInline
final class ElapsedLimit: Sendable {
    private let end: Duration
    /// The deadline that the caller gave besides.
    private let deadline: Timestamp?

    init(_ limit: Duration, deadline: Timestamp?, on clock: any WallClock) {
        end = clock.uptime + min(limit, Timeout.longest)
        self.deadline = deadline
    }

    /// The earlier of both, as an instant of the wall clock as it is set now.
    func deadline(on clock: any WallClock) -> Timestamp {
        min(deadline ?? .distantFuture, clock.now.advanced(by: end - clock.uptime))
    }
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
