/// Which failures are tried again.
public enum RetryRule: Sendable {
    /// Those that the classifier calls passing. Unknown errors are not retried; ambiguous ones only if the policy
    /// declares the operation idempotent.
    case byClassification
    /// All, until the attempts are used up; except ambiguous ones, unless the policy declares the operation idempotent.
    case byAttemptsOnly
    /// Those for which the closure answers `true`. The caller knows the error and answers for ambiguous ones too.
    case when(@Sendable (any Error) -> Bool)
}

/// What a retrier does inside the operation of another one.
///
/// If each of several layers retried, their attempts would multiply.
public enum RetryNesting: Sendable, Hashable {
    /// It tries once and leaves retrying to the outermost.
    case oneAttempt
    /// It retries, and each retry uses up one of the attempts of the outermost, if that shares its attempts too; inside
    /// one that does not it tries once. The outermost shares its attempts with those inside that do. Costs an allocation.
    case sharesAttempts
    /// It retries as if it were alone, and does not show itself to retriers inside its own operation. Saves the cost of
    /// a task-local binding on each attempt, about 100 ns.
    case ignored
}
