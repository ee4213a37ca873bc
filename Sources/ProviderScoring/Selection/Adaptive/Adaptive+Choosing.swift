internal import ResilienceCore

// The ways that are not the usual one: each looks at every provider once.
extension Adaptive {
    /// The provider that was down and whose turn it is to be tried. First attempts have some patience: a second attempt
    /// may come along, on which a probe costs less.
    mutating func probe(_ request: PickRequest, from providers: [ProviderState], patience: Bool) -> Pick? {
        var (found, earliest, next) = (-1, UInt64.max, UInt64.max)
        for index in arms.indices where arms[index].outage.isOpen {
            let outage = arms[index].outage
            let due = outage.nextProbe + (patience && index != request.preferred ? wait(for: index) : 0)
            guard due <= requests else {
                next = min(next, due)
                continue
            }
            guard request.isEligible(index, of: providers), arms[index].pacer.allows(at: request.now.microseconds),
                arms[index].limit.allows(providers[index].inFlight)
            else {
                // It rests, is sold out or not wanted: that ends without a word to the policy.
                next = min(next, requests + Self.lookAgain)
                continue
            }
            if due < earliest { (found, earliest) = (index, due) }
        }
        if patience, found < 0 { nextProbe = next == .max ? requests + 1_000_000 : next }
        guard found >= 0 else { return nil }
        arms[found].outage.probed(request: requests)
        return Pick(provider: found, probability: 1, reason: .probe)
    }

    /// How many more requests a probe waits for a second attempt to come along: long where the provider would not be
    /// chosen if it were up, not at all where it seems to be back.
    private func wait(for provider: Int) -> UInt64 {
        let outage = arms[provider].outage
        if leader >= 0, leader != provider, !arms[leader].outage.isOpen, arms[provider].utility <= arms[leader].utility
        {
            return outage.interval * 15
        }
        return outage.probeSuccesses > 0 ? 0 : outage.interval / 2
    }

    /// A later attempt: where it can tell the most. What is little known counts for what it may be.
    mutating func again(_ request: PickRequest, from providers: [ProviderState]) -> Pick? {
        if request.attempt == 2, let probe = probe(request, from: providers, patience: false) { return probe }
        return best(request, from: providers, optimism: request.attempt == 2 ? 1 : 0, reason: .best)
            ?? crowded(request, from: providers) ?? panic(request, from: providers)
    }

    /// The leader may not be called now.
    mutating func other(_ request: PickRequest, from providers: [ProviderState], probability: Double) -> Pick? {
        let isCrowded = leader >= 0 && request.isEligible(leader, of: providers) && !arms[leader].outage.isOpen
        if var pick = best(request, from: providers, optimism: 0, reason: isCrowded ? .overflow : .best) {
            // A leader that is sold out, resting or down is none.
            if !isCrowded { leader = pick.provider }
            pick.probability = probability
            return pick
        }
        // Rather one that was down and is due than one that has enough to do.
        if let probe = probe(request, from: providers, patience: false) { return probe }
        return crowded(request, from: providers) ?? panic(request, from: providers)
    }

    private func best(
        _ request: PickRequest,
        from providers: [ProviderState],
        optimism: Double,
        reason: PickReason
    ) -> Pick? {
        var (found, highest, others) = (-1, -Double.infinity, 0)
        for index in arms.indices where mayCall(index, request, providers) {
            others += 1
            let value = arms[index].utility + optimism * (optimism > 0 ? arms[index].reliability.spread : 0)
            if value > highest { (found, highest) = (index, value) }
        }
        guard found >= 0 else { return nil }
        return Pick(provider: found, probability: 1, reason: others == 1 && arms.count > 1 ? .onlyOne : reason)
    }

    /// All that are up have as much to do as they seem to stand: the one that is least over.
    private func crowded(_ request: PickRequest, from providers: [ProviderState]) -> Pick? {
        var (found, least) = (-1, Double.infinity)
        for index in arms.indices
        where request.isEligible(index, of: providers) && !arms[index].outage.isOpen {
            let over =
                Double(providers[index].inFlight + 1) / arms[index].limit.value
                + arms[index].pacer.excess(at: request.now.microseconds)
            if over < least { (found, least) = (index, over) }
        }
        return found < 0 ? nil : Pick(provider: found, probability: 1, reason: .overflow)
    }

    /// All that may be called are down: each in turn, so that the first to come back is noticed.
    private mutating func panic(_ request: PickRequest, from providers: [ProviderState]) -> Pick? {
        var (found, earliest) = (-1, UInt64.max)
        for index in arms.indices where request.isEligible(index, of: providers) {
            let outage = arms[index].outage
            // One that has just succeeded goes on.
            let due = outage.probeSuccesses > 0 ? 0 : outage.nextProbe
            if due < earliest { (found, earliest) = (index, due) }
        }
        guard found >= 0 else { return nil }
        arms[found].outage.probed(request: requests)
        return Pick(provider: found, probability: 1, reason: .panic)
    }
}
