import ErrorClassification
import ResilienceCore
public import RetryOrchestrator
import Synchronization

extension ProviderRouter {
    /// Calls a provider, tries again where that helps, and fails over to others, each once.
    ///
    /// - Parameters:
    ///   - request: What it is about.
    ///   - operation: Calls ``ProviderAttempt/provider``; runs in the caller's isolation, one attempt at a time.
    /// - Returns: What the first attempt gave that succeeded.
    /// - Throws: ``ProvidersExhaustedError`` if nobody did it. The operation's own error, unchanged, if the same would
    ///   happen anywhere, if it may have taken effect and ``RouterOptions/isIdempotent`` is not set, or inside the
    ///   operation of a retrier, which retries for both. `CancellationError` if the task was cancelled.
    @inlinable
    public func run<Success>(
        _ request: RouteRequest = RouteRequest(),
        _ operation: (ProviderAttempt) async throws -> Success
    ) async throws -> Success {
        var call = begin(request, isWatched: false)
        return try await route(&call, operation)
    }

    /// Does what ``run(_:_:)`` does, and tells how it went; never throws.
    public func outcome<Success>(
        of request: RouteRequest = RouteRequest(),
        _ operation: (ProviderAttempt) async throws -> Success
    ) async -> RouteOutcome<Success> {
        let start = uptime
        var call = begin(request, isWatched: true)
        let result: Result<Success, any Error>
        do {
            result = .success(try await route(&call, operation))
        } catch {
            result = .failure(error)
        }
        return RouteOutcome(result: result, attempts: call.trail, offer: call.offer, elapsed: uptime - start)
    }

    /// Begins a call, and chooses whom it is to call first, under one lock.
    @usableFromInline
    func begin(_ request: RouteRequest, isWatched: Bool) -> RouteCall {
        let number = calls.wrappingAdd(1, ordering: .relaxed).newValue
        let key = RouteKey(own: request.idempotencyKey, nonce: nonce, number: number)
        let hasOffers = offers != nil && request.usesOffers
        let choosesNow = !hasOffers && !Task.isCancelled
        let now = self.now
        return state.withLock { machine in
            machine.turn(to: now)
            let terms = machine.terms(excluding: request.excluding)
            var call = RouteCall(request, key: key, terms, options: options, hasOffers: hasOffers, isWatched: isWatched)
            if choosesNow { call.first = choose(&machine, &call, at: now) }
            return call
        }
    }

    /// The loop. Inlined where it is called, because a generic entry of another module costs more than the rest of it.
    @inlinable
    func route<Success>(
        _ call: inout RouteCall,
        _ operation: (ProviderAttempt) async throws -> Success
    ) async throws -> Success {
        if call.hasOffers, let answer = try await takeOffer(&call, operation) { return answer }
        var place: Reservation
        if let first = call.takeFirst() { place = first } else { place = try await next(&call) }
        while true {
            let attempt = begin(&call, place, offer: nil)
            do {
                let answer = try await call.nesting.attempt { try await operation(attempt) }
                succeeded(&call, place)
                return answer
            } catch {
                place = try await next(&call, after: error, at: place)
            }
        }
    }

    /// Tries the offer once, if there is one. Gives `nil` where the call is to go its usual way.
    @usableFromInline
    func takeOffer<Success>(
        _ call: inout RouteCall,
        _ operation: (ProviderAttempt) async throws -> Success
    ) async throws -> Success? {
        guard let offers, let (offer, place) = try await findOffer(offers, &call) else { return nil }
        let attempt = begin(&call, place, offer: offer)
        do {
            let answer = try await call.nesting.attempt { try await operation(attempt) }
            call.offer = offer
            succeeded(&call, place)
            return answer
        } catch {
            let end = self.end(of: error, uptime - call.start)
            note(end, place, &call)
            guard let verdict = end.verdict else { throw CancellationError() }
            // What is wrong with an offer may be right without it; what may have been bought is not bought again.
            guard !RouteStep.mayBeDone(error, verdict, options), !call.nesting.leavesRetrying else { throw error }
            tell(.providerOfferFailed) {
                ["provider": place.provider, "step": "attempt", "error": "\(type(of: error))"]
            }
            call.tries = 0
            try spend(&call)
            return nil
        }
    }

    private func findOffer(_ offers: any OfferSource, _ call: inout RouteCall) async throws
        -> (PriceOffer, Reservation)?
    {
        let found: PriceOffers?
        do {
            found = try await offers.offers(for: call.request)
        } catch {
            try Task.checkCancellation()
            tell(.providerOfferFailed) {
                ["provider": offers.providerName, "step": "question", "error": "\(type(of: error))"]
            }
            return nil
        }
        try Task.checkCancellation()
        guard let offer = found?.choose(maximumPrice: call.request.maximumPrice) else { return nil }
        let now = self.now
        let place = state.withLock { machine -> Reservation? in
            let request = call.pickRequest(at: now)
            guard let place = machine.place(of: offers.providerName), request.isEligible(place, of: machine.states)
            else {
                return nil
            }
            return machine.reserve(Pick(provider: place, probability: 1, reason: .offer), at: now)
        }
        return place.map { (offer, $0) }
    }

    @usableFromInline
    func begin(_ call: inout RouteCall, _ place: Reservation, offer: PriceOffer?) -> ProviderAttempt {
        call.attempts += 1
        call.tries += 1
        let (number, exclusions) = (call.attempts, call.exclusions)
        tell(.providerPicked) {
            var facts = [
                "provider": place.provider, "reason": place.reason.rawValue, "probability": "\(place.probability)",
                "attempt": "\(number)",
            ]
            for (name, exclusion) in exclusions { facts["not \(name)"] = "\(exclusion)" }
            return facts
        }
        call.start = uptime
        return ProviderAttempt(
            provider: place.provider,
            number: call.attempts,
            tryNumber: call.tries,
            isFallback: call.hasFallenBack,
            offer: offer,
            reason: place.reason,
            probability: place.probability,
            deadline: call.request.deadline,
            previous: call.previous,
            key: call.key
        )
    }
}
