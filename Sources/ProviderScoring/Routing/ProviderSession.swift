import ErrorClassification
import ResilienceCore
public import RetryOrchestrator
import Synchronization

// For who has a retrier already: it fails over with the router, which chooses, reserves and takes note.

extension ProviderRouter: FailoverSource {
    /// What errors call the other side: the name of the router.
    public var providerName: String { name }
    /// The providers, in their order.
    public var buckets: [String] { providers.map(\.name) }
    /// Those of credentials, and the second network or server error in a row fails over.
    public var rules: FailoverRules { Self.failoverRules }

    private static let failoverRules = (try? FailoverRules(coversServerErrors: true)) ?? .standard

    /// A session of a request.
    public func session() -> any FailoverHandler { ProviderSession(self) }

    /// Whom to call in this attempt. Inside a retrier that fails over with this router it belongs to the request: the same
    /// until it fails over, and what becomes of the attempt is taken note of.
    ///
    /// ```swift
    /// let retrier = Retrier(classifier: .smsRental, failover: router)
    /// let number = try await retrier.run { _ in try await rent("wa", from: router.provider()) }
    /// ```
    ///
    /// - Throws: ``ProvidersExhaustedError`` if nobody is eligible. Outside of a retrier with this router nothing is
    ///   reserved, and the answer is that of ``explain(_:)``.
    public func provider() throws -> String {
        if let session = current as? ProviderSession { return try session.provider() }
        let decision = explain()
        if let provider = decision.provider { return provider }
        throw ProviderSession.exhausted(self, decision.exclusions, decision.retryAfter)
    }
}

/// One request of a retrier on its way through the providers.
final class ProviderSession: FailoverHandler {
    private let router: ProviderRouter
    private let state = Mutex(State())

    private struct State {
        var tried: [UInt64] = []
        var held: (place: Reservation, began: Duration)?
        /// Who is called in the next attempt: the one that was held, or nobody yet.
        var next: Reservation?
        var attempts = 0
    }

    init(_ router: ProviderRouter) { self.router = router }

    deinit {
        // A request that was cancelled, or ended with an error that no handler is asked about.
        if let held = state.withLock({ $0.held }) { router.giveBack(held.place) }
    }

    var buckets: [String] { router.buckets }

    var retryableAt: Timestamp? { router.explain().retryAfter }

    var lastFailoverReasons: [String: FailoverReason] {
        let tried = state.withLock { $0.tried }
        return router.state.withLock { machine in
            var reasons: [String: FailoverReason] = [:]
            for (place, state) in machine.states.enumerated() {
                let isTried = tried.contains(machine.incarnations[place])
                if isTried { reasons[state.name] = .skipped }
                if state.limitedUntil > router.clock.now { reasons[state.name] = .quotaExhausted }
            }
            return reasons
        }
    }

    func resetSession() {
        let (held, attempts, hasTried) = state.withLock { state in
            defer { (state.held, state.tried, state.next) = (nil, [], nil) }
            return (state.held, state.attempts, !state.tried.isEmpty)
        }
        // The request begins, or the attempt that holds a place has succeeded.
        guard let held else { return }
        end(held, RouteEnd(.success, router.clock.uptime - held.began), attempt: attempts, isFallback: hasTried)
    }

    func provider() throws -> String {
        let start = router.clock.uptime
        let now = router.clock.now
        let (place, exclusions, retryAfter) = state.withLock { state in
            if let held = state.held { return (held.place, [:], nil) as Choice }
            let choice = router.state.withLock { choose(&$0, state, at: now) }
            if let place = choice.0 {
                state.held = (place, start)
                state.next = nil
                state.attempts += 1
            }
            return choice
        }
        guard let place else { throw Self.exhausted(router, exclusions, retryAfter) }
        return place.provider
    }

    private typealias Choice = (Reservation?, [String: RouteExclusion], Timestamp?)

    /// The provider that is to be tried again, else one that was not tried.
    private func choose(_ machine: inout RouterMachine, _ state: State, at now: Timestamp) -> Choice {
        var tried = ProviderSet()
        for (place, incarnation) in machine.incarnations.enumerated() where state.tried.contains(incarnation) {
            tried.insert(place)
        }
        let request = PickRequest(now: now, attempt: state.tried.count + 1, excluded: tried)
        if let next = state.next, let place = machine.place(of: next), request.isEligible(place, of: machine.states) {
            let pick = Pick(provider: place, probability: next.probability, reason: next.reason)
            return (machine.reserve(pick, at: now), [:], nil)
        }
        // Without fallback it is the first one or nobody.
        let mayMove = machine.preferences.isFallbackEnabled || state.attempts == 0
        let isLenient = router.options.nobodyEligible == .tryLeastBad
        if mayMove, let pick = machine.pick(request) ?? (isLenient ? machine.leastBad(request) : nil) {
            return (machine.reserve(pick, at: now), [:], nil)
        }
        return (
            nil, machine.exclusions(request, tried: tried, picked: nil, gaveNobody: true), machine.returnsAt(request)
        )
    }

    func attemptFailed(_ error: any Error, _ context: FailoverContext) {
        let (held, attempts, hasTried) = state.withLock { state in
            defer { state.held = nil }
            if let held = state.held { state.next = held.place }
            return (state.held, state.attempts, !state.tried.isEmpty)
        }
        guard let held else { return }
        let end = router.end(of: error, router.clock.uptime - held.began)
        self.end(held, end, attempt: attempts, isFallback: hasTried)
    }

    func tryFailover(_ context: FailoverContext) async throws -> Bool {
        try Task.checkCancellation()
        let now = router.clock.now
        return state.withLock { state in
            guard router.preferences.isFallbackEnabled else { return false }
            if let next = state.next { state.tried.append(next.incarnation) }
            state.next = nil
            let current = state
            // Whether somebody is left; who it is, is decided by the attempt.
            return router.state.withLock { machine in
                var copy = machine
                return choose(&copy, current, at: now).0 != nil
            }
        }
    }

    private func end(_ held: (place: Reservation, began: Duration), _ end: RouteEnd, attempt: Int, isFallback: Bool) {
        router.ended(
            held.place,
            end,
            RouteRequest(),
            attempt: attempt,
            isFallback: isFallback,
            standsIn: router.alerts != nil && router.preferences.isStandIn(held.place, excluding: [])
        )
    }

    static func exhausted(
        _ router: ProviderRouter,
        _ exclusions: [String: RouteExclusion],
        _ retryAfter: Timestamp?
    ) -> ProvidersExhaustedError {
        ProvidersExhaustedError(
            router: router.name,
            reason: .nobodyEligible,
            attempts: [],
            exclusions: exclusions,
            lastError: nil,
            retryAfter: retryAfter,
            message: ProvidersExhaustedError.Reason.nobodyEligible.rawValue
        )
    }
}
