public import ErrorClassification
public import ResilienceCore
import RetryOrchestrator

/// No provider did what was asked, or none could be asked.
public struct ProvidersExhaustedError: FailureReporting, CustomStringConvertible {
    /// Why a call ended.
    public enum Reason: String, Sendable, Hashable, Codable {
        /// No provider has any stock, and none was called.
        case noStock = "NO_STOCK_AVAILABLE"
        /// The policy gave nobody, or all rest.
        case nobodyEligible = "NO_PROVIDER_ELIGIBLE"
        /// Each that could be tried was tried.
        case allFailed = "ALL_PROVIDERS_FAILED"
        /// The attempts of the call, or those that it shares, are used up.
        case attemptsUsedUp = "ATTEMPTS_USED_UP"
        /// A wait would have ended after the deadline.
        case deadline = "DEADLINE"
    }

    /// The router.
    public let router: String
    /// Why the call ended.
    public let reason: Reason
    /// Each attempt in its order.
    public let attempts: [RoutedAttempt]
    /// What kept the others from being called, by name.
    public let exclusions: [String: RouteExclusion]
    /// The error of the last attempt; `nil` if there was none.
    public let lastError: (any Error)?
    /// When somebody may be called again, where that is known.
    public let retryAfter: Timestamp?
    /// What the last error said, on one line and without secrets; the code of the reason if there was no error.
    public let message: String

    /// The facts, for classifiers: a code of its own, so that nothing takes it for something that passes.
    public var failure: Failure { Failure(source: "resilience", code: "providers_exhausted", message: message) }

    public var description: String {
        let tried = attempts.map { "\(ErrorText.label($0.provider)): \($0.outcome.label)" }
        let others = exclusions.sorted { $0.key < $1.key }.map { "\(ErrorText.label($0.key)): \($0.value)" }
        let list = (tried + others).prefix(16).joined(separator: "; ")
        let head = "\(ErrorText.label(router)): \(reason.rawValue) after \(attempts.count) attempts"
        return ErrorText.bounded("\(head) (\(list)). Last error: \(message)", 512)
    }
}
