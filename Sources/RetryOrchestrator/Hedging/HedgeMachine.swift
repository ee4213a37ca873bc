/// The attempts of one hedged call, without tasks.
package struct HedgeMachine {
    /// What the caller gets.
    package enum Ending: Sendable, Hashable {
        /// What this attempt gave; the others are cancelled.
        case result
        /// The error of the last attempt to end.
        case error
    }

    private let limit: Int
    package private(set) var started = 0
    private var running = 0
    package private(set) var isOver = false

    package init(limit: Int) { self.limit = limit }

    /// Another attempt is to begin; gives its number, or `nil` if there is none.
    package mutating func start() -> Int? {
        guard !isOver, started < limit else { return nil }
        started += 1
        running += 1
        return started
    }

    /// Whether further attempts are allowed.
    package var hasMore: Bool { !isOver && started < limit }

    /// An attempt ended; `nil` if the call goes on or is over already.
    ///
    /// An error ends the call when nothing else is under way: to try again is the business of a retrier.
    package mutating func ended(succeeded: Bool) -> Ending? {
        running -= 1
        guard !isOver, succeeded || running == 0 else { return nil }
        isOver = true
        return succeeded ? .result : .error
    }

    /// The caller was cancelled; `false` if the call is over already.
    package mutating func cancel() -> Bool {
        defer { isOver = true }
        return !isOver
    }
}
