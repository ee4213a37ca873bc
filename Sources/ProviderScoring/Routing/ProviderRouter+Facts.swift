public import ResilienceCore
import Synchronization

// What a router is told of its providers. Everything counts from the next pick on.

extension ProviderRouter {
    /// Who can be called, in their order.
    public var providers: [Provider] { state.withLock { $0.providers } }

    /// What is wanted besides.
    public var preferences: ProviderPreferences { state.withLock { $0.preferences } }

    /// Changes what is wanted besides, for calls that begin from now on.
    ///
    /// - Throws: `InvalidArgument` if the preferred provider is not among the router's; then nothing changes.
    public func setPreferences(_ preferences: ProviderPreferences) throws(InvalidArgument) {
        let isNew = try state.withLock { machine throws(InvalidArgument) in
            let isNew = machine.preferences != preferences
            try machine.set(preferences)
            return isNew
        }
        guard isNew else { return }
        tell(.providerPreferencesChanged) {
            [
                "preferred": preferences.preferredProvider ?? ProviderPreferences.automatic,
                "fallback": "\(preferences.isFallbackEnabled)",
            ]
        }
    }

    /// Changes whom it can call. The health of a provider stays with its name; a call under way to one that is gone, or
    /// that was given other limits, counts no more.
    ///
    /// A preferred provider that is gone is preferred no more.
    ///
    /// - Throws: `InvalidArgument` for no providers, and a name that is empty, stands twice, has more than 512 bytes or
    ///   holds NUL; then nothing changes.
    public func setProviders(_ providers: [Provider]) throws(InvalidArgument) {
        try state.withLock { machine throws(InvalidArgument) in try machine.replace(by: providers) }
    }

    /// Changes how it chooses; the new policy begins with what is known of health, and knows nothing else.
    public func setPolicy(_ policy: any SelectionPolicy) { state.withLock { $0.use(policy) } }

    /// Says how much a provider has; `nil` for not known. With none it is not called until that is older than
    /// ``HealthOptions/stockAge``, or is changed.
    public func setStock(_ count: Int?, of provider: String) {
        let now = clock.now
        update(provider) { $0.setStock(count, of: $1, at: now) }
    }

    /// Says what an answer told of our quota there, such as its headers for rate limits; called by the operation that got it.
    /// A policy that minds quotas, as the default does, makes no calls beyond it.
    public func setAllowance(_ allowance: Allowance, of provider: String) {
        update(provider) { $0.told(allowance, of: $1) }
    }

    /// Says what a call of a provider costs, in the caller's unit; `nil` for not known.
    ///
    /// - Throws: `InvalidArgument` if the price is negative or not finite.
    public func setPrice(_ price: Double?, of provider: String) throws(InvalidArgument) {
        if let price { try Provider.check(price: price) }
        let now = clock.now
        update(provider) { $0.setPrice(price, of: $1, at: now) }
    }

    /// Switches a provider off or on, until its place is given to another one.
    public func setOn(_ isOn: Bool, of provider: String) { update(provider) { $0.setOn(isOn, of: $1) } }

    /// Leaves a provider alone until then.
    public func rest(_ provider: String, until instant: Timestamp) { update(provider) { $0.rest($1, until: instant) } }

    private func update(_ provider: String, _ change: (inout RouterMachine, Int) -> Void) {
        state.withLock { machine in
            guard let place = machine.place(of: provider) else { return }
            change(&machine, place)
        }
    }

    /// Asks each provider at once how much it has, and takes note of it; one that cannot say counts as having none. One that
    /// rests, or has as many calls as it may, is not asked: what is known of its stock stays, and is not in the sum.
    ///
    /// The questions are logged as `operation`, as any call is, and those that fail count for its health. In the share of
    /// calls that others stand in for they do not count.
    ///
    /// - Returns: How much there is in all, saturating.
    /// - Throws: `CancellationError`.
    @discardableResult
    public func checkStock(
        operation: String = "check_status",
        _ question: @escaping @Sendable (_ provider: String) async throws -> Int
    ) async throws -> Int {
        let now = self.now
        let places = state.withLock { machine in
            machine.turn(to: now)
            return machine.states.indices.filter { machine.states[$0].mayBeAsked(at: now) }.map { place in
                machine.reserve(Pick(provider: place, probability: 1, reason: .order), at: now)
            }
        }
        let counts = await withTaskGroup { group in
            for place in places { group.addTask { await self.stock(at: place, operation, question) } }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        try Task.checkCancellation()
        return counts.reduce(0) { sum, count in
            let (total, overflow) = sum.addingReportingOverflow(count)
            return overflow ? .max : total
        }
    }

    private func stock(
        at place: Reservation,
        _ operation: String,
        _ question: @Sendable (String) async throws -> Int
    ) async -> Int {
        let start = clock.uptime
        let request = RouteRequest(operation)
        do {
            let count = max(try await question(place.provider), 0)
            ended(place, RouteEnd(.success, clock.uptime - start), request, attempt: 1)
            setStock(count, of: place.provider)
            return count
        } catch {
            let end = self.end(of: error, clock.uptime - start)
            ended(place, end, request, attempt: 1)
            // One that asks for a moment comes back after it, whatever it has.
            if end.kind != .cancelled, !end.kind.namesRest { setStock(0, of: place.provider) }
            return 0
        }
    }
}

extension ProviderState {
    /// Whether a call is in order, stock or not.
    fileprivate func mayBeAsked(at now: Timestamp) -> Bool {
        isOn && limitedUntil <= now && inFlight < inFlightLimit
    }
}
