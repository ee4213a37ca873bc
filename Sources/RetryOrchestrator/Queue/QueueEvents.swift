public import ResilienceCore

extension ResilienceEvent.Kind {
    /// An attempt failed in a way that may have taken effect. Attributes: code, rule.
    public static let queueAmbiguous = Self("queue.ambiguous")
    /// A question about an attempt was answered. Attributes: answer, attempt.
    public static let queueResolved = Self("queue.resolved")
    /// An item is tried, or asked about, again later. Attributes: attempts, due.
    public static let queueScheduled = Self("queue.scheduled")
    /// An item's success was recorded. Attributes: attempts.
    public static let queueSucceeded = Self("queue.succeeded")
    /// The store refused a write that a success calls for, so that it could not be recorded. Attributes: error.
    public static let queueSuccessRefused = Self("queue.successRefused")
    /// An item was moved to the failed operations. Attributes: attempts, code, ambiguous, context.
    public static let queueGaveUp = Self("queue.gaveUp")
}
