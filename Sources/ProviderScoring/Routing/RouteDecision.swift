public import ResilienceCore

/// What keeps a provider from being picked.
public enum RouteExclusion: Sendable, Hashable, CustomStringConvertible {
    /// It was tried in this call.
    case tried
    /// The caller does not want it.
    case excludedByCaller
    /// It is switched off.
    case switchedOff
    /// It has no stock.
    case soldOut
    /// It asked to be left alone, or refused us, until then.
    case resting(until: Timestamp)
    /// It has as many calls in flight as it may have.
    case busy
    /// Its success rate or response time is not good enough by the preferences: the better ones go first.
    case belowPreferences
    /// The policy holds it back, for example since its circuit is open.
    case heldBack

    public var description: String {
        switch self {
        case .tried: "tried"
        case .excludedByCaller: "excluded by caller"
        case .switchedOff: "switched off"
        case .soldOut: "sold out"
        case .resting(let instant): "resting until \(instant)"
        case .busy: "busy"
        case .belowPreferences: "below preferences"
        case .heldBack: "held back"
        }
    }
}

/// Whom a router would call now, and why.
public struct RouteDecision: Sendable, Hashable {
    /// Whom it would call; `nil` if nobody is eligible.
    public let provider: String?
    /// Why this one.
    public let reason: PickReason?
    /// How likely that was, more than 0 and at most 1; 0 if nobody is eligible.
    public let probability: Double
    /// The policy that decided.
    public let policy: String
    /// What keeps others from being picked, by name. Who is neither here nor picked was a candidate.
    public let exclusions: [String: RouteExclusion]
    /// The score of each provider.
    public let scores: [String: HealthScore]
    /// When somebody is eligible again, if nobody is now and that is known.
    public let retryAfter: Timestamp?
}
