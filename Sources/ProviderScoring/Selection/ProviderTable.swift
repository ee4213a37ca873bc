package import ResilienceCore

extension ProviderState {
    /// In one go, since each look into the array costs.
    fileprivate mutating func counted(
        _ isSuccess: Bool,
        at now: Timestamp,
        _ health: HealthSummary?,
        _ status: ProviderStatus
    ) {
        (self.health, self.status) = (health, status)
        if isSuccess {
            (lastSuccess, consecutiveFailures) = (now, 0)
        } else {
            (lastFailure, consecutiveFailures) = (now, consecutiveFailures + 1)
        }
    }

    /// What was known before and is newer than the outcome that was counted.
    fileprivate mutating func keep(_ before: ProviderState, after ended: Timestamp) {
        let isSuccess = consecutiveFailures == 0
        if let success = before.lastSuccess, success > ended {
            lastSuccess = success
            if !isSuccess { consecutiveFailures = before.consecutiveFailures }
        }
        if let failure = before.lastFailure, failure > ended {
            lastFailure = failure
            if isSuccess { consecutiveFailures = before.consecutiveFailures }
        }
    }
}

/// The facts about all providers, and how calls change them: the same code for a router and for a simulation.
///
/// A value without a lock.
package struct ProviderTable: Sendable {
    package private(set) var states: [ProviderState]
    package let options: HealthOptions
    private var windows: [HealthWindow]
    /// How many are on and may have stock; `nil` where that has to be counted again.
    private var openOnes: Int?
    /// Nothing expires by its age before.
    private var nextExpiry = Timestamp.distantFuture

    /// Providers of which nothing is known. Throws ``InvalidArgument`` if there is none, or two of one name.
    package init(_ names: [String], options: HealthOptions = .standard) throws {
        self.options = options
        states = []
        windows = []
        try replace(by: names)
    }

    /// Other providers; what is known of one whose name stays is kept, except for its calls in flight.
    package mutating func replace(by names: [String]) throws {
        guard !names.isEmpty, Set(names).count == names.count else {
            throw InvalidArgument(field: "names", value: names, allowed: "at least one, each once")
        }
        let empty = try HealthWindow(size: options.windowSize, age: options.windowAge)
        let known = Dictionary(states.indices.map { (states[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        openOnes = nil
        windows = names.map { known[$0].map { windows[$0] } ?? empty }
        states = names.map { name in
            var state = known[name].map { states[$0] } ?? ProviderState(name: name)
            state.inFlight = 0
            return state
        }
    }

    // MARK: What the operator and the feeds say

    package mutating func setStock(_ stock: ProviderStock?, of provider: Int) {
        states[provider].stock = stock
        openOnes = nil
        if let stock, stock.count == 0 { expire(at: stock.asOf.advanced(by: options.stockAge)) }
    }

    package mutating func setPrice(_ price: Double?, of provider: Int) { states[provider].price = price }

    package mutating func setOn(_ isOn: Bool, of provider: Int) {
        states[provider].isOn = isOn
        openOnes = nil
    }

    package mutating func setInFlightLimit(_ limit: Int?, of provider: Int) {
        states[provider].inFlightLimit = max(limit ?? .max, 0)
    }

    /// Leaves a provider alone until then, at least.
    package mutating func rest(until instant: Timestamp, of provider: Int) {
        if states[provider].limitedUntil < instant { states[provider].limitedUntil = instant }
    }

    // MARK: Calls

    /// A call is placed: it takes its place before it is made.
    package mutating func began(_ provider: Int) { states[provider].inFlight += 1 }

    /// How many are on and may have stock, of those that are not excluded.
    mutating func openCount(excluding excluded: ProviderSet) -> Int {
        if excluded.isEmpty, let openOnes { return openOnes }
        var count = 0
        for provider in states.indices where states[provider].isOn && states[provider].stock?.count != 0 {
            if excluded.isEmpty || !excluded.contains(provider) { count += 1 }
        }
        if excluded.isEmpty { openOnes = count }
        return count
    }

    /// Whether it has as many calls as it may have.
    func isFull(_ provider: Int) -> Bool { states[provider].inFlight >= states[provider].inFlightLimit }

    /// The place of a call that was not made after all, or whose outcome says nothing.
    package mutating func gaveBack(_ provider: Int) {
        if states[provider].inFlight > 0 { states[provider].inFlight -= 1 }
    }

    /// A call ended.
    package mutating func record(_ outcome: ProviderOutcome, of provider: Int) {
        gaveBack(provider)
        switch outcome.kind {
        case .success: count(true, outcome, of: provider)
        case .failure: count(false, outcome, of: provider)
        case .overloaded(let until):
            count(false, outcome, of: provider)
            if let until { rest(until: until, of: provider) }
        case .stockOut: setStock(ProviderStock(count: 0, asOf: outcome.ended), of: provider)
        case .limited(let until):
            if let until { rest(until: until, of: provider) }
        case .quota(let until):
            rest(until: until ?? outcome.ended.advanced(by: options.refusalPause), of: provider)
        case .refused: rest(until: outcome.ended.advanced(by: options.refusalPause), of: provider)
        case .callerMistake, .cancelled, .localNetwork: break
        }
    }

    private mutating func count(_ isSuccess: Bool, _ outcome: ProviderOutcome, of provider: Int) {
        windows[provider].record(isSuccess: isSuccess, microseconds: outcome.microseconds, at: outcome.ended)
        let health = windows[provider].summary
        if health?.count == 1, let expiry = windows[provider].nextExpiry { expire(at: expiry) }
        states[provider].counted(isSuccess, at: outcome.ended, health, options.thresholds.status(of: health))
    }

    /// Whether an outcome of another process came so late that it tells nothing.
    package func isOutdated(_ outcome: ProviderOutcome, of provider: Int) -> Bool {
        guard outcome.health == nil else { return windows[provider].isOutdated(outcome.ended) }
        return outcome.kind == .stockOut && states[provider].stock.map { $0.asOf > outcome.ended } ?? false
    }

    /// A call of another process ended, maybe before others that are known: what is newer than it stays.
    package mutating func learn(_ outcome: ProviderOutcome, of provider: Int) {
        let before = states[provider]
        record(outcome, of: provider)
        guard outcome.health != nil else { return }
        windows[provider].sortLast()
        states[provider].keep(before, after: outcome.ended)
        if let expiry = windows[provider].nextExpiry { expire(at: expiry) }
    }

    // MARK: Age

    /// Forgets what is too old by now. Cheap unless something is; call it before each pick.
    ///
    /// - Returns: Whether something may have changed.
    @discardableResult
    package mutating func turn(to now: Timestamp) -> Bool {
        guard now > nextExpiry else { return false }
        nextExpiry = .distantFuture
        openOnes = nil
        for provider in states.indices {
            windows[provider].forget(before: now)
            states[provider].health = windows[provider].summary
            states[provider].status = options.thresholds.status(of: states[provider].health)
            if let expiry = windows[provider].nextExpiry { expire(at: expiry) }
            guard let stock = states[provider].stock, stock.count == 0 else { continue }
            let end = stock.asOf.advanced(by: options.stockAge)
            if end < now { states[provider].stock = nil } else { expire(at: end) }
        }
        return true
    }

    private mutating func expire(at instant: Timestamp) {
        if instant < nextExpiry { nextExpiry = instant }
    }
}
