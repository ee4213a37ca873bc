/// How an operation under a timeout goes, without a clock and without tasks.
@usableFromInline
package struct TimedMachine {
    package enum State: Sendable, Hashable {
        /// Next: ended, cancelledByTimeout, cancelledByCaller.
        case running
        /// It was told to end, in vain so far. Next: ended.
        case cancelledByTimeout
        /// The caller does not want it any more. Next: ended.
        case cancelledByCaller
        case ended
    }

    /// What the caller gets.
    @usableFromInline
    package enum Ending: Sendable, Hashable {
        /// What the operation gave or threw.
        case itsOwn
        /// It ended after its time; what it gave is ignored.
        case timedOut
        /// It did not end within the grace time.
        case abandoned
        /// The same, and the caller was cancelled.
        case cancelled
    }

    /// What is to be done after the deadline came.
    package enum Step: Sendable, Hashable {
        case nothing
        /// Cancel the operation and wait for the grace time.
        case cancel
        case end(Ending)
    }

    package private(set) var state = State.running

    package init() {}

    /// The operation returned or threw; `nil` if nobody waits for it any more.
    package mutating func operationEnded() -> Ending? {
        defer { state = .ended }
        return switch state {
        case .running, .cancelledByCaller: .itsOwn
        case .cancelledByTimeout: .timedOut
        case .ended: nil
        }
    }

    /// The limit passed, or the grace time.
    package mutating func deadlineCame() -> Step {
        switch state {
        case .running:
            state = .cancelledByTimeout
            return .cancel
        case .cancelledByTimeout:
            state = .ended
            return .end(.abandoned)
        case .cancelledByCaller:
            state = .ended
            return .end(.cancelled)
        case .ended:
            return .nothing
        }
    }

    /// The caller was cancelled; tells whether the operation is to be cancelled and the grace time begins.
    package mutating func callerCancelled() -> Bool {
        guard state == .running else { return false }
        state = .cancelledByCaller
        return true
    }
}
