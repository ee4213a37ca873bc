import ErrorClassification
public import ResilienceCore

extension ResilienceEvent.Kind {
    /// A retrier will try again. Attributes: `attempt`, `reason`, `delay`, and of the failure `category` and `code`.
    public static let retryScheduled = Self("retry.scheduled")
    /// A retrier gave up. Attributes: `attempt`, `reason`, `retryableAt`, and of the failure `category` and `code`.
    public static let retryStopped = Self("retry.stopped")
    /// An operation succeeded. Attribute: `attempt`.
    public static let retrySucceeded = Self("retry.succeeded")
}

extension ResilienceEvent {
    static func retryScheduled(
        after delay: Duration,
        _ reason: RetryReason,
        _ failure: Classification?,
        _ call: RetryCall,
        _ name: String,
        at now: Timestamp
    ) -> ResilienceEvent {
        var attributes = attributes(of: call, failure)
        attributes["reason"] = reason.rawValue
        attributes["delay"] = "\(delay)"
        return ResilienceEvent(.retryScheduled, at: now, subject: name, attributes)
    }

    static func retryStopped(
        _ reason: StopReason,
        _ retryableAt: Timestamp?,
        _ failure: Classification?,
        _ call: RetryCall,
        _ name: String,
        at now: Timestamp
    ) -> ResilienceEvent {
        var attributes = attributes(of: call, failure)
        attributes["reason"] = reason.rawValue
        attributes["retryableAt"] = retryableAt?.description
        return ResilienceEvent(.retryStopped, at: now, subject: name, attributes)
    }

    static func retrySucceeded(_ call: RetryCall, _ name: String, at now: Timestamp) -> ResilienceEvent {
        ResilienceEvent(.retrySucceeded, at: now, subject: name, attributes(of: call, nil))
    }

    private static func attributes(of call: RetryCall, _ failure: Classification?) -> [String: String] {
        var attributes = ["attempt": "\(call.number)"]
        attributes["category"] = failure?.category.rawValue
        attributes["code"] = failure?.code
        return attributes
    }
}
