public import ErrorClassification
public import ResilienceCore

/// On which failures a ``Fallback`` answers in place of the operation.
///
/// A cancellation is never one of them, and neither is a refused or missing credential: who is not allowed in must not
/// get in because a cache remembers better times.
public struct FallbackCondition: Sendable {
    private let matches: @Sendable (any Error, Classification) -> Bool

    /// The system cannot answer: unavailable, overloaded, out of resources, a fault of its own, no network, no answer
    /// in time; or a policy refused to ask it.
    public static let systemFails = FallbackCondition { error, verdict in
        PolicyError(cast: error) != nil
            || [.unavailable, .overloaded, .resourceExhausted, .server, .network, .timeout].contains(verdict.category)
    }

    /// The system is down, strictly: a status of 500 and more, a connection refused, or no answer in time.
    ///
    /// For checks of sessions and permissions, where nothing less excuses an old answer.
    public static let systemIsDown = FallbackCondition { error, verdict in
        if let own = PolicyError(cast: error) { return own.code != .bulkheadFull && own.code != .rateLimited }
        let failure = Failure(describing: error)
        if let status = failure.status { return status >= 500 }
        return verdict.category == .timeout || ["ECONNREFUSED", "ETIMEDOUT"].contains(failure.code)
    }

    /// Failures of these categories.
    ///
    /// - Throws: `InvalidArgument` for `authentication`, `authorization` and `cancelled`.
    public static func categories(
        _ categories: Set<ErrorClassification.Category>
    ) throws(InvalidArgument) -> FallbackCondition {
        for category in categories.intersection(forbidden) {
            throw InvalidArgument(
                field: "categories",
                value: category,
                allowed: "what is no refusal and no cancellation"
            )
        }
        return FallbackCondition { categories.contains($1.category) }
    }

    /// Failures for which the closure answers `true`.
    public static func when(
        _ predicate: @escaping @Sendable (_ error: any Error, _ verdict: Classification) -> Bool
    ) -> FallbackCondition {
        FallbackCondition(matches: predicate)
    }

    func holds(for error: any Error, _ verdict: Classification) -> Bool {
        !Self.forbidden.contains(verdict.category) && matches(error, verdict)
    }

    private static let forbidden: Set<ErrorClassification.Category> = [.authentication, .authorization, .cancelled]
}
