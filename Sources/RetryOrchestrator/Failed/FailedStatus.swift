/// Where a failed operation is on its way to being dealt with.
///
/// Two states are final. All others lead somewhere, and nowhere else: ``next``.
public enum FailedStatus: String, Codable, Sendable, Hashable, CaseIterable {
    /// Awaits a person.
    case pendingReview = "failed_pending_review"
    /// May be tried again, by a sweep or a person.
    case retryable = "failed_retryable"
    /// Will never be tried again; final.
    case cancelled = "failed_cancelled"
    /// Is in its queue again, brought there by a sweep; no attempt was begun since.
    case retryScheduled = "retry_scheduled"
    /// Is being tried again.
    case retryInProgress = "retry_in_progress"
    /// Has succeeded after all; final.
    case recovered = "recovered"

    /// The states that may follow this one.
    public var next: Set<FailedStatus> {
        switch self {
        case .pendingReview: [.retryable, .retryInProgress, .cancelled, .recovered]
        case .retryable: [.retryScheduled, .retryInProgress, .pendingReview, .cancelled, .recovered]
        case .retryScheduled: [.retryInProgress, .retryable, .cancelled]
        case .retryInProgress: [.recovered, .retryable, .pendingReview]
        case .cancelled, .recovered: []
        }
    }
}

/// Why a failed operation was not changed. Nothing was done.
public enum FailedOperationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is none of this id.
    case notFound(String)
    /// Its status does not lead to that one.
    case illegalTransition(id: String, from: FailedStatus, to: FailedStatus)
    /// It is, or may be, in its queue: only the queue says how that ends.
    case inQueue(id: String)
    /// What it failed with does not pass by itself; it can be forced.
    case notTransient(id: String, code: String)
    /// It was changed by others each time that it was looked at.
    case contended(id: String)

    public var description: String {
        switch self {
        case .notFound(let id): return "there is no failed operation \(id)"
        case .illegalTransition(let id, let from, let to):
            let legal = from.next.map(\.rawValue).sorted().joined(separator: ", ")
            let text = "\(id) is \(from.rawValue), which does not lead to \(to.rawValue)"
            return text + (legal.isEmpty ? ": it is final" : "; it leads to \(legal)")
        case .inQueue(let id): return "\(id) is in its queue; how that ends is recorded by the queue"
        case .notTransient(let id, let code): return "\(id) failed with \(code), which does not pass by itself"
        case .contended(let id): return "\(id) was changed by others each time that it was looked at"
        }
    }
}
