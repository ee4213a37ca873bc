/// What a call that tries again by itself, without a retrier, keeps to: the attempts of a request are one budget.
///
/// It behaves as a retrier does: inside the operation of one it tries once, or shares its attempts, and it shows itself to
/// retriers inside its own operation.
@usableFromInline
package struct CallNesting: Sendable {
    /// Whether it is inside the operation of a retrier and leaves retrying to that.
    package let leavesRetrying: Bool
    @usableFromInline let shown: RetryContext
    private let scope: AttemptScope?
    @usableFromInline static let context = RetryContext.$current

    /// The nesting of a call that begins now and may try again that often.
    package init(_ nesting: RetryNesting, retries: Int) {
        let context = nesting == .ignored ? RetryContext.alone : RetryContext.current
        switch (nesting, context) {
        case (.ignored, _): (leavesRetrying, shown, scope) = (false, .alone, nil)
        case (.oneAttempt, .alone): (leavesRetrying, shown, scope) = (false, .inside, nil)
        case (.sharesAttempts, .alone):
            (leavesRetrying, shown, scope) = (false, .sharing, AttemptScope(retries: retries))
        case (.sharesAttempts, .sharing): (leavesRetrying, shown, scope) = (false, .alone, AttemptScope.current)
        case (.oneAttempt, _), (.sharesAttempts, .inside): (leavesRetrying, shown, scope) = (true, .alone, nil)
        }
    }

    /// Uses up one further attempt of those that calls share, if one is left.
    package func takeRetry() -> Bool { !leavesRetrying && (scope?.takeRetry() ?? true) }

    /// Runs an attempt so that retriers inside it know of this call.
    @inlinable
    package func attempt<Success>(_ operation: () async throws -> Success) async throws -> Success {
        switch shown {
        case .alone: try await operation()
        case .inside: try await Self.context.withValue(.inside, operation: operation)
        case .sharing: try await sharing(operation)
        }
    }

    @usableFromInline
    func sharing<Success>(_ operation: () async throws -> Success) async throws -> Success {
        try await Self.context.withValue(.sharing) {
            try await AttemptScope.$current.withValue(scope, operation: operation)
        }
    }

    /// Whether nothing may follow an attempt that ended so: it may still be under way, or has given a part of its output.
    package static func isFinal(_ error: any Error) -> Bool {
        type(of: error) == AfterOutput.self || PolicyError(cast: error)?.code == .attemptAbandoned
    }
}
