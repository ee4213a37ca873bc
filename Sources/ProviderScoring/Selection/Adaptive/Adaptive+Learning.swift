public import ResilienceCore

extension Adaptive {
    /// A call was placed: it counts for the pace.
    public mutating func began(_ provider: Int, at now: Timestamp, from providers: [ProviderState]) {
        guard provider < arms.count else { return }
        arms[provider].pacer.began(at: now.microseconds)
    }

    /// What a provider says of its quota is believed.
    public mutating func told(_ allowance: Allowance, of provider: Int, from providers: [ProviderState]) {
        guard provider < arms.count else { return }
        // The call that brought the answer is under way still.
        arms[provider].pacer.told(allowance, inFlight: max(providers[provider].inFlight - 1, 0))
    }

    /// Learns from an outcome, in constant time unless the present provider failed.
    public mutating func record(_ outcome: ProviderOutcome, of provider: Int, from providers: [ProviderState]) {
        if arms.count != providers.count { providersChanged(providers) }
        guard provider < arms.count else { return }
        let now = outcome.ended.microseconds
        let inFlight = providers[provider].inFlight
        if let allowance = outcome.allowance { arms[provider].pacer.told(allowance, inFlight: inFlight) }
        switch outcome.kind {
        case .success:
            arms[provider].note(latency: Double(outcome.microseconds) * 1e-6)
            arms[provider].limit.succeeded(inFlight: inFlight + 1)
            arms[provider].pacer.succeeded(at: now)
            learn(true, of: provider, at: outcome.ended, from: providers)
        case .failure:
            learn(false, of: provider, at: outcome.ended, from: providers)
        case .overloaded:
            if inFlight + 1 >= InFlightLimit.crowd {
                arms[provider].limit.refused(inFlight: inFlight + 1, began: outcome.began, now: now)
            } else {
                arms[provider].pacer.refused(began: outcome.began, now: now)
            }
            // Not a sign of unreliability, but five in a row are an outage, whatever they are called.
            if providers[provider].consecutiveFailures >= options.failuresInARow {
                learn(false, of: provider, at: outcome.ended, from: providers)
            }
        case .limited:
            arms[provider].pacer.refused(began: outcome.began, now: now)
        case .stockOut, .quota, .refused, .callerMistake, .cancelled, .localNetwork: break
        }
    }

    private mutating func learn(_ isSuccess: Bool, of provider: Int, at now: Timestamp, from providers: [ProviderState])
    {
        let loss = isSuccess ? 0 : loss(without: provider)
        let isDown = arms[provider].outage.isOpen
        let enough = isSuccess && isDown ? enough(of: provider, price: providers[provider].price) : 1
        let news = arms[provider].record(
            isSuccess,
            inARow: providers[provider].consecutiveFailures,
            at: now.microseconds,
            request: requests,
            loss: loss,
            enough: enough,
            options: options,
            decayRate: decayRate
        )
        if provider == candidate, !isSuccess { explorationsLeft = 0 }
        arms[provider].utility = utility(
            of: provider,
            success: arms[provider].reliability.mean,
            price: providers[provider].price
        )
        if arms[provider].outage.isOpen {
            nextProbe = min(nextProbe, arms[provider].outage.nextProbe)
        }
        if provider == leader {
            if !isSuccess { reconsider(providers, at: now, margin: 0) }
        } else if !arms[provider].outage.isOpen, leader >= 0, providers[provider].isEligible(at: now) {
            let isBack = if case .outageEnds = news { true } else { false }
            if arms[provider].utility > arms[leader].utility + (isBack ? 0 : options.margin) { leader = provider }
        }
    }

    /// What a request loses when it goes to the next best provider instead of this one.
    private func loss(without provider: Int) -> Double {
        min(max(arms[provider].utility - best(without: provider), options.margin), 1)
    }

    /// The success probability with which this provider is worth as much as the best of the others that are up.
    private func enough(of provider: Int, price: Double?) -> Double {
        best(without: provider) - utility(of: provider, success: 0, price: price)
    }

    private func best(without provider: Int) -> Double {
        var highest = -Double.infinity
        for index in arms.indices where index != provider && !arms[index].outage.isOpen {
            highest = max(highest, arms[index].utility)
        }
        return highest
    }

    /// Moves to the best provider if it is better than the present one by a margin, or if that one is down.
    mutating func reconsider(_ providers: [ProviderState], at now: Timestamp, margin: Double) {
        var (best, highest) = (-1, -Double.infinity)
        for index in arms.indices where !arms[index].outage.isOpen && providers[index].isEligible(at: now) {
            if arms[index].utility > highest { (best, highest) = (index, arms[index].utility) }
        }
        guard best >= 0, best != leader else { return }
        let isDown = leader < 0 || arms[leader].outage.isOpen || !providers[leader].isEligible(at: now)
        if isDown || highest > arms[leader].utility + margin { leader = best }
    }

    /// Looks at everybody now and then: forgets for the time that has passed, and finds who is worth trying.
    mutating func review(_ providers: [ProviderState], at now: Timestamp) {
        nextReview = requests &+ UInt64(max(32, arms.count))
        var (sum, count) = (0.0, 0.0)
        for state in providers {
            guard let price = state.price, price > 0, price < .infinity else { continue }
            sum += price
            count += 1
        }
        meanPrice = count > 0 ? sum / count : 1
        for index in arms.indices {
            let kept = arms[index].reliability.forget(until: now.microseconds, rate: decayRate)
            arms[index].outage.forget(keeping: kept.squareRoot().squareRoot())
            arms[index].utility = utility(
                of: index,
                success: arms[index].reliability.mean,
                price: providers[index].price
            )
        }
        reconsider(providers, at: now, margin: options.margin)
        candidate = -1
        guard leader >= 0 else { return }
        var most = options.margin
        for index in arms.indices
        where index != leader && !arms[index].outage.isOpen && providers[index].isEligible(at: now) {
            let reliability = arms[index].reliability
            guard reliability.weight < Self.known else { continue }
            let hoped = min(reliability.mean + 2 * reliability.spread, 1)
            let gain = utility(of: index, success: hoped, price: providers[index].price) - arms[leader].utility
            if gain > most { (candidate, most) = (index, gain) }
        }
        explorationShare = min(max(2 * most, 0.02), 0.2)
    }
}
