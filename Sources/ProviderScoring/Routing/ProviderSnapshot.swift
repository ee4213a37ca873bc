public import ResilienceCore
import Synchronization

/// How one provider stands.
public struct ProviderSnapshot: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// What may be expected of it.
    public let status: ProviderStatus
    /// Its score, term by term.
    public let score: HealthScore
    /// The outcomes of its window; `nil` if nothing is known.
    public let health: HealthSummary?
    /// When it last succeeded; `nil` if never.
    public let lastSuccess: Timestamp?
    /// When it last failed by its own fault; `nil` if never.
    public let lastFailure: Timestamp?
    /// Failures of its own since its last success.
    public let consecutiveFailures: Int
    /// Its stock; `nil` if that is not known.
    public let stock: ProviderStock?
    /// What a call costs; `nil` if that is not known.
    public let price: Double?
    /// How old the price is; `nil` if there is none, or it came with the provider.
    public let priceAge: Duration?
    /// Calls under way.
    public let inFlight: Int
    /// Until when it is left alone; `nil` if it is not.
    public let restingUntil: Timestamp?
    /// Whether it may be called at all.
    public let isOn: Bool
    /// Whether it passes the preferences.
    public let isGoodEnough: Bool

    /// Whether its price is older than that.
    public func isPriceStale(after age: Duration = .seconds(6 * 3_600)) -> Bool { priceAge.map { $0 > age } ?? false }
}

extension ProviderRouter {
    /// How each provider stands, in their order.
    public func snapshot() -> [ProviderSnapshot] {
        let now = clock.now
        return state.withLock { machine in
            machine.turn(to: now)
            return machine.states.enumerated().map { place, state in
                ProviderSnapshot(
                    name: state.name,
                    status: state.status,
                    score: HealthScore(state, at: now),
                    health: state.health,
                    lastSuccess: state.lastSuccess,
                    lastFailure: state.lastFailure,
                    consecutiveFailures: state.consecutiveFailures,
                    stock: state.stock,
                    price: state.price,
                    priceAge: machine.priceTimes[place].map { $0.duration(to: now) },
                    inFlight: state.inFlight,
                    restingUntil: state.limitedUntil > now ? state.limitedUntil : nil,
                    isOn: state.isOn,
                    isGoodEnough: machine.isGoodEnough(place)
                )
            }
        }
    }

    /// Whom it would call now for that request, why, and what keeps each other from it. Changes nothing.
    ///
    /// The draws are those of the next pick, so that the answer is what that would give. Allocates; not for the way of
    /// each call.
    public func explain(_ request: RouteRequest = RouteRequest()) -> RouteDecision {
        let now = clock.now
        var machine = state.withLock { $0 }
        let key = RouteKey(own: nil, nonce: 0, number: 0)
        let terms = machine.terms(excluding: request.excluding)
        let call = RouteCall(request, key: key, terms, options: options, hasOffers: false, isWatched: true)
        let picking = call.pickRequest(at: now)
        let isLenient = options.nobodyEligible == .tryLeastBad
        let own = machine.pick(picking)
        let pick = own ?? (isLenient ? machine.leastBad(picking) : nil)
        let scores = machine.states.map { ($0.name, HealthScore($0, at: now)) }
        return RouteDecision(
            provider: pick.map { machine.states[$0.provider].name },
            reason: pick?.reason,
            probability: pick?.probability ?? 0,
            policy: machine.policy.name,
            exclusions: call.exclusions(machine, picking, picked: pick?.provider, gaveNobody: own == nil),
            scores: Dictionary(scores, uniquingKeysWith: { first, _ in first }),
            retryAfter: pick == nil ? machine.returnsAt(picking) : nil
        )
    }

    /// Rehearses an outage: makes a call as if those providers were down, and changes nothing of what is known.
    ///
    /// The operation is run and should be one that does no harm, such as a question for the stock. What becomes of it is
    /// neither counted nor logged, and its calls take no place of others.
    ///
    /// - Parameter providers: Those that are not called.
    /// - Returns: Who stood in, each attempt with its reasons, and how long it took.
    public func drill<Success>(
        excluding providers: [String],
        _ request: RouteRequest = RouteRequest("drill"),
        _ operation: (ProviderAttempt) async throws -> Success
    ) async -> RouteOutcome<Success> {
        var request = request
        request.excluding += providers
        return await ProviderRouter(rehearsing: self).outcome(of: request, operation)
    }
}
