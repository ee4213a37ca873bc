import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Synchronization

// The steps of a call between two attempts.

/// How one attempt ended.
struct RouteEnd {
    var kind: ProviderOutcome.Kind
    var elapsed: Duration
    /// The verdict on its error; `nil` if it succeeded or was cancelled.
    var verdict: Classification?
    var error: (any Error)?

    init(
        _ kind: ProviderOutcome.Kind,
        _ elapsed: Duration,
        _ verdict: Classification? = nil,
        _ error: (any Error)? = nil
    ) {
        self.kind = kind
        self.elapsed = elapsed
        self.verdict = verdict
        self.error = error
    }
}

extension ProviderRouter {
    /// What an error means for the provider.
    func end(of error: any Error, _ elapsed: Duration) -> RouteEnd {
        guard type(of: error) != CancellationError.self, !Task.isCancelled else {
            return RouteEnd(.cancelled, elapsed, nil, error)
        }
        let verdict = classifier.verdict(on: error)
        let status = (error as? any FailureReporting)?.failure.status
        return RouteEnd(ProviderOutcome.Kind(verdict, status: status, at: clock.now), elapsed, verdict, error)
    }

    /// The place of the next attempt after one that failed, or throws what the call throws.
    @usableFromInline
    func next(_ call: inout RouteCall, after error: any Error, at place: Reservation) async throws -> Reservation {
        let end = end(of: error, uptime - call.start)
        note(end, place, &call)
        guard let verdict = end.verdict else { throw CancellationError() }
        let step = RouteStep(after: error, verdict, end.kind, options)
        if step == .stop || call.nesting.leavesRetrying { throw error }
        let isAlone =
            !call.preferences.isFallbackEnabled || !state.withLock { call.isSomebodyLeft(besides: place, $0) }
        let asksForRest = isAlone && end.kind.namesRest
        if step == .again || asksForRest, let delay = delayInPlace(verdict, call) {
            if !isTooLate(after: delay, call) {
                if let again = try await retry(at: place, after: delay, &call) { return again }
            } else if isAlone {
                throw exhausted(.deadline, call)
            }
        }
        let isSomebodyLeft = state.withLock { machine in
            call.leave(place, machine)
            return call.openProviders(machine).withStock
        }
        call.tries = 0
        guard call.preferences.isFallbackEnabled else { throw exhausted(.allFailed, call) }
        if isSomebodyLeft { try spend(&call) }
        return try await next(&call)
    }

    /// How long to wait before the same provider is tried again; `nil` if that is too long, or was done often enough.
    private func delayInPlace(_ verdict: Classification, _ call: RouteCall) -> Duration? {
        let floor = verdict.retryAfter ?? .zero
        guard call.tries < call.preferences.retryAttempts, floor <= options.waitInPlaceBelow else { return nil }
        return max(call.preferences.delay(afterTries: call.tries), floor)
    }

    private func isTooLate(after delay: Duration, _ call: RouteCall) -> Bool {
        guard let deadline = call.request.deadline else { return false }
        return clock.now.advanced(by: delay) >= deadline
    }

    /// The same provider again, after a wait; `nil` if it may not be called then.
    private func retry(at place: Reservation, after delay: Duration, _ call: inout RouteCall) async throws
        -> Reservation?
    {
        try spend(&call)
        try await clock.pause(for: delay)
        let now = clock.now
        return state.withLock { machine in
            call.follow(machine)
            let request = call.pickRequest(at: now)
            guard let index = machine.place(of: place), request.isEligible(index, of: machine.states) else {
                return nil
            }
            return machine.reserve(Pick(provider: index, probability: 1, reason: place.reason), at: now)
        }
    }

    /// Uses up one attempt of the call, and of those that it shares.
    func spend(_ call: inout RouteCall) throws {
        guard call.attempts < call.limit, call.nesting.takeRetry() else { throw exhausted(.attemptsUsedUp, call) }
    }

    private func wait(_ delay: Duration, _ call: RouteCall) async throws {
        if isTooLate(after: delay, call) { throw exhausted(.deadline, call) }
        try await clock.pause(for: delay)
    }

    /// The place of the first attempt, or of the first one at another provider.
    @usableFromInline
    func next(_ call: inout RouteCall) async throws -> Reservation {
        while true {
            try Task.checkCancellation()
            let now = self.now
            let known = call.first
            call.first = nil
            switch known ?? state.withLock({ choose(&$0, &call, at: now) }) {
            case .place(let place): return place
            case .none(let reason, nil): throw exhausted(reason, call)
            case .none(let reason, let instant?):
                guard reason == .nobodyEligible, case .wait(let longest) = options.nobodyEligible else {
                    throw exhausted(reason, call, retryAfter: instant)
                }
                let delay = now.duration(to: instant)
                guard call.waited + delay <= longest else { throw exhausted(reason, call, retryAfter: instant) }
                call.waited += delay
                try await wait(delay, call)
            }
        }
    }

    func choose(_ machine: inout RouterMachine, _ call: inout RouteCall, at now: Timestamp) -> RouteChoice {
        if call.generation != machine.generation { call.follow(machine) }
        let request = call.pickRequest(at: now)
        let own = machine.pick(request)
        let pick = own ?? (options.nobodyEligible == .tryLeastBad ? machine.leastBad(request) : nil)
        if call.isWatched || observer != nil || pick == nil {
            call.exclusions = call.exclusions(machine, request, picked: pick?.provider, gaveNobody: own == nil)
        }
        if let pick { return .place(machine.reserve(pick, at: now)) }
        let open = call.openProviders(machine)
        let hasTried = call.attempts > 0
        if !open.any { return .none(hasTried ? .allFailed : .nobodyEligible, retryAfter: machine.returnsAt(request)) }
        if !open.withStock { return .none(hasTried ? .allFailed : .noStock, retryAfter: nil) }
        return .none(.nobodyEligible, retryAfter: machine.returnsAt(request))
    }

    // MARK: What is taken note of

    /// Takes note of an attempt that succeeded.
    @usableFromInline
    func succeeded(_ call: inout RouteCall, _ place: Reservation) {
        note(RouteEnd(.success, uptime - call.start), place, &call)
    }

    /// Takes note of the end of an attempt of a call.
    func note(_ end: RouteEnd, _ place: Reservation, _ call: inout RouteCall) {
        if let verdict = end.verdict { call.previous = verdict }
        if let error = end.error { call.lastError = error }
        if call.isWatched || end.error != nil {
            call.trail.append(
                RoutedAttempt(
                    provider: place.provider,
                    reason: place.reason,
                    probability: place.probability,
                    began: place.began,
                    elapsed: end.elapsed,
                    outcome: end.kind,
                    classification: end.verdict,
                    exclusions: call.exclusions
                )
            )
        }
        ended(
            place,
            end,
            call.request,
            attempt: call.attempts,
            isFallback: call.hasFallenBack,
            standsIn: call.preferences.isStandIn(place, excluding: call.request.excluding)
        )
    }

    /// Takes note of the end of an attempt: health, log, alerts, events.
    ///
    /// - Parameters:
    ///   - isFallback: Whether another provider was tried before; `nil` for a question, which nobody stands in for.
    ///   - standsIn: Whether another provider was wanted first, tried or not.
    func ended(
        _ place: Reservation,
        _ end: RouteEnd,
        _ request: RouteRequest,
        attempt: Int,
        isFallback: Bool? = nil,
        standsIn: Bool = false
    ) {
        let outcome = ProviderOutcome(end.kind, began: place.began, elapsed: end.elapsed)
        let change = state.withLock { machine -> StatusChange? in
            guard let index = machine.place(of: place) else { return nil }
            let before = machine.status(at: index)
            machine.record(outcome, at: index)
            return StatusChange(from: before, to: machine.status(at: index))
        }
        if let change {
            tell(change, of: place.provider)
        } else {
            tell(.providerStaleOutcome) { ["provider": place.provider, "outcome": end.kind.label] }
        }
        tell(.providerAttempted) {
            [
                "provider": place.provider, "outcome": end.kind.label, "attempt": "\(attempt)",
                "milliseconds": "\(end.elapsed.wholeMicroseconds / 1_000)",
            ]
        }
        alerts?.note(
            place.provider,
            isSuccess: end.kind.health,
            isFallback: isFallback.map { $0 || standsIn },
            at: outcome.ended
        )
        journal?.append(
            LoggedRequest(
                provider: place.provider,
                operation: request.operation,
                outcome: end.kind.label,
                error: end.error.map(text),
                code: end.verdict?.code,
                reference: request.reference,
                tags: request.tags,
                attempt: attempt,
                isFallback: isFallback ?? false,
                probability: place.probability,
                began: place.began,
                elapsed: end.elapsed
            )
        )
    }

    private struct StatusChange {
        var from: ProviderStatus
        var to: ProviderStatus
    }

    private func tell(_ change: StatusChange, of provider: String) {
        guard change.from != change.to else { return }
        tell(.providerStatusChanged) {
            ["provider": provider, "from": change.from.rawValue, "to": change.to.rawValue]
        }
    }

    /// What an error says, on one line and without secrets.
    private func text(of error: any Error) -> String {
        let facts = (error as? any FailureReporting)?.failure ?? Failure(describing: error)
        let text = facts.message.isEmpty ? facts.code ?? facts.status.map { "status \($0)" } ?? "" : facts.message
        return ErrorText.clean(text, limit: 512, redact: options.redact)
    }

    private func exhausted(
        _ reason: ProvidersExhaustedError.Reason,
        _ call: RouteCall,
        retryAfter: Timestamp? = nil
    ) -> ProvidersExhaustedError {
        let error = ProvidersExhaustedError(
            router: name,
            reason: reason,
            attempts: call.trail,
            exclusions: call.exclusions,
            lastError: call.lastError,
            retryAfter: retryAfter,
            message: call.lastError.map(text) ?? reason.rawValue
        )
        tell(.providersExhausted) {
            var facts = ["reason": reason.rawValue, "attempts": "\(call.attempts)"]
            facts["retryAfter"] = retryAfter.map { "\($0)" }
            return facts
        }
        return error
    }
}

extension ProviderOutcome.Kind {
    /// Whether it is a success; `nil` where it says nothing about the provider's health.
    var health: Bool? { ProviderOutcome(self, ended: .distantPast, elapsed: .zero).health }
}
