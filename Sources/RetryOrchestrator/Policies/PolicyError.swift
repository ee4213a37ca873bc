public import ErrorClassification

/// What a policy throws of its own accord: it refused a call, or gave one up.
///
/// ```swift
/// do {
///     try await breaker.run { try await api.charge(order) }
/// } catch let error as PolicyError where error.code == .circuitOpen {
///     try await queue.submit(order)
/// }
/// ```
public struct PolicyError: FailureReporting, Hashable {
    /// What happened.
    public enum Code: String, Sendable, Hashable, Codable {
        /// The operation took longer than its timeout and was cancelled. It may have taken effect.
        case timedOut
        /// The operation took longer than its timeout, was cancelled, and did not end. It may still take effect.
        case attemptAbandoned
        /// The circuit breaker lets nothing through. The operation was not tried.
        case circuitOpen
        /// All permits are taken and nobody else may wait for one. The operation was not tried.
        case bulkheadFull
        /// The rate is used up. The operation was not tried.
        case rateLimited
    }

    /// What happened.
    public let code: Code
    /// The name of the policy.
    public let policy: String
    /// How long to wait at least before another try, where the policy knows it.
    public let retryAfter: Duration?

    /// Creates the error, for policies of your own and for tests.
    public init(_ code: Code, policy: String, retryAfter: Duration? = nil) {
        self.code = code
        self.policy = policy
        self.retryAfter = retryAfter
    }

    /// Whether the operation was tried at all.
    public var isRefusal: Bool { code != .timedOut && code != .attemptAbandoned }

    /// The verdict, which no rule table needs to know. A refusal by an open circuit asks for another way; those of a
    /// bulkhead or rate limiter pass by themselves.
    public var classification: Classification {
        switch code {
        case .timedOut: verdict(.timeout, .retry)
        case .attemptAbandoned: verdict(.timeout, .fail)
        case .circuitOpen: verdict(.unavailable, .failover)
        case .bulkheadFull: verdict(.overloaded, .retry)
        case .rateLimited: verdict(.rateLimited, .retryAfter)
        }
    }

    /// The same as facts, for classifiers.
    public var failure: Failure {
        Failure(
            source: "resilience",
            code: code.rawValue,
            message: description,
            transmission: isRefusal ? .notSent : .sent,
            retryAfter: retryAfter
        )
    }

    /// The error itself, if it is of this type: a comparison of types is faster than a cast that mostly fails.
    init?(cast error: any Error) {
        guard type(of: error) == PolicyError.self, let own = error as? PolicyError else { return nil }
        self = own
    }

    private func verdict(_ category: ErrorClassification.Category, _ disposition: Disposition) -> Classification {
        Classification(
            category,
            disposition,
            isAmbiguous: !isRefusal,
            code: code.rawValue,
            retryAfter: retryAfter,
            rule: "resilience.\(code.rawValue)"
        )
    }
}

extension PolicyError: CustomStringConvertible {
    /// One line: what happened, where, and when to come back.
    public var description: String {
        "\(code.rawValue) (\(policy))" + (retryAfter.map { ", again after \($0)" } ?? "")
    }
}

extension ErrorClassifier {
    /// The verdict on an error, those of the policies themselves included.
    package func verdict(on error: any Error) -> Classification {
        if type(of: error) == AfterOutput.self, let wrapped = error as? AfterOutput {
            return verdict(on: wrapped.error)
        }
        return PolicyError(cast: error)?.classification ?? classify(error)
    }
}
