import Synchronization

/// What a task is inside of: nothing, or the operation of another retrier.
@usableFromInline
enum RetryContext: Sendable {
    case alone
    /// The outermost retrier retries for all.
    case inside
    /// The outermost retrier shares its attempts, which are in ``AttemptScope/current``.
    case sharing

    /// Where this task is. Apart from the scope and without references, because most attempts bind only this.
    @TaskLocal static var current = RetryContext.alone
}

/// The attempts that the outermost retrier of a task shares with those inside its operation.
@usableFromInline
final class AttemptScope: Sendable {
    /// What the task shares, if its context is ``RetryContext/sharing``.
    @TaskLocal static var current: AttemptScope?

    private let retriesLeft: Mutex<Int>

    init(retries: Int) { retriesLeft = Mutex(retries) }

    /// Uses up one attempt, if one is left. One atomic step, so that calls inside and around never exceed the limit.
    func takeRetry() -> Bool {
        retriesLeft.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
    }

    var retries: Int { retriesLeft.withLock { $0 } }
}
