import Synchronization

/// The attempts that the outermost retrier of a task shares with those inside its operation.
@usableFromInline
final class AttemptScope: Sendable {
    /// The outermost call that this task is inside, if any.
    @TaskLocal static var current: AttemptScope?

    /// The task-local itself, for the inlined loop.
    @usableFromInline static var binding: TaskLocal<AttemptScope?> { $current }

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
