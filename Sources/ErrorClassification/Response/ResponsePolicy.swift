public import ResilienceCore

/// What a service does when an operation of some kind fails: how loud, and whether it goes on.
///
/// ```swift
/// let verdict = ErrorClassifier.standard.classify(error)
/// let response = ResponsePolicy.standard.response(to: verdict, of: .enrichment)
/// if response.stance == .failOpen { return page.withoutRecommendations }
/// ```
public struct ResponsePolicy: Sendable, Hashable {
    /// What is done by kind of operation.
    public var responses: [OperationKind: Response]
    /// What is done for kinds without an entry.
    public var fallback: Response
    /// Categories whose stance does not depend on the operation.
    public var stances: [Category: Stance]

    /// Creates a policy.
    public init(
        responses: [OperationKind: Response],
        fallback: Response,
        stances: [Category: Stance] = [.validation: .failFast]
    ) {
        self.responses = responses
        self.fallback = fallback
        self.stances = stances
    }

    /// Payments wake somebody and stay safe; bookings settle themselves; messages are sent again; enrichment and
    /// analytics never hold anything up. A request that is wrong fails fast everywhere.
    public static let standard = ResponsePolicy(
        responses: [
            .payment: Response(.critical, .failSafe, [.retry, .pageOnCall]),
            .booking: Response(.high, .failSafe, [.resolveConflict, .notifyUser]),
            .notification: Response(.medium, .failOpen, [.retry, .batchedAlert]),
            .enrichment: Response(.low, .failOpen, [.degrade]),
            .analytics: Response(.low, .failOpen, [.retry]),
        ],
        fallback: Response(.medium, .failSafe, [.batchedAlert])
    )

    /// What to do about this failure of such an operation.
    ///
    /// A failure that cannot be mended by another try, or that may have taken effect, is not retried whatever the table
    /// says; one that fails fast goes back to the caller and to nobody else.
    public func response(to verdict: Classification, of kind: OperationKind) -> Response {
        var response = responses[kind] ?? fallback
        if let stance = stances[verdict.category] { response.stance = stance }
        if !verdict.isSafeToResend || response.stance == .failFast { response.actions.remove(.retry) }
        if response.stance == .failFast { response.actions.subtract([.pageOnCall, .batchedAlert, .degrade]) }
        return response
    }
}

/// Whether a flow goes on when a part of it failed.
public enum Stance: String, Sendable, Hashable, Codable, CaseIterable {
    /// Tell the caller at once: the request is wrong, and waiting mends nothing.
    case failFast
    /// Go on without the result: nothing that matters depends on it.
    case failOpen
    /// Stop and keep what is known: nothing goes on until the outcome is certain.
    case failSafe

    /// Whether the flow goes on without the result.
    public var proceeds: Bool { self == .failOpen }
}

/// A kind of operation. Add your own as static properties.
public struct OperationKind: RawRepresentable, Hashable, Sendable, Codable {
    /// The name.
    public let rawValue: String

    /// The kind of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The kind of that name.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// Moves money.
    public static let payment = OperationKind("payment")
    /// Takes a resource for somebody.
    public static let booking = OperationKind("booking")
    /// Tells somebody something.
    public static let notification = OperationKind("notification")
    /// Makes a result better that is good without it.
    public static let enrichment = OperationKind("enrichment")
    /// Counts.
    public static let analytics = OperationKind("analytics")
}

/// What is done about a failure.
public struct Response: Sendable, Hashable {
    /// How loud.
    public var severity: Severity
    /// Whether the flow goes on.
    public var stance: Stance
    /// What is done.
    public var actions: Set<Action>

    /// One thing that is done.
    public enum Action: String, Sendable, Hashable, Codable, CaseIterable {
        /// Try again by itself.
        case retry
        /// Wake somebody now.
        case pageOnCall
        /// Tell the people who run it, together with others.
        case batchedAlert
        /// Settle it without a person: take another slot, recompute.
        case resolveConflict
        /// Tell the user.
        case notifyUser
        /// Use what there is without it.
        case degrade
    }

    /// Creates a response.
    public init(_ severity: Severity, _ stance: Stance, _ actions: Set<Action>) {
        self.severity = severity
        self.stance = stance
        self.actions = actions
    }
}
