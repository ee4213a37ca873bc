import Synchronization

/// Where an operation that delivers its output bit by bit says that it has begun to.
public final class StreamOutput: Sendable {
    private let flag = Atomic(false)
    private let onBegin: @Sendable () -> Void

    init(onBegin: @escaping @Sendable () -> Void) { self.onBegin = onBegin }

    /// Whether something was delivered.
    public var hasBegun: Bool { flag.load(ordering: .acquiring) }

    /// Says that something is about to be delivered: from now on the operation is not tried again, and the time in
    /// which its first output had to come is no limit any more. Call it before each delivery, or before the first.
    public func begin() {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
        onBegin()
    }
}

/// An error after output was delivered, on its way to the retrier, which takes it out again.
struct AfterOutput: Error {
    let error: any Error
}
