import ErrorClassification
import ResilienceCore
import RetryOrchestrator

/// How far one call has come. One task uses it: the one that makes the call.
struct RouteCall {
    let request: RouteRequest
    let key: RouteKey
    let preferences: ProviderPreferences
    /// Attempts over all providers, at most.
    let limit: Int
    let nesting: CallNesting
    /// Whether each attempt is kept with what was excluded, also those that succeed.
    let isWatched: Bool

    /// Attempts so far.
    var attempts = 0
    /// Attempts at the provider of the last one.
    var tries = 0
    /// Providers that are not tried again.
    var hasFallenBack = false
    var previous: Classification?
    var lastError: (any Error)?
    var trail: [RoutedAttempt] = []
    var offer: PriceOffer?
    /// What was waited for want of an eligible provider.
    var waited = Duration.zero
    /// What kept others from being picked for the present attempt.
    var exclusions: [String: RouteExclusion] = [:]

    private var tried = ProviderSet()
    private var excluded = ProviderSet()
    /// The same by what stays when places change.
    private var triedNames: [String] = []
    private var generation: UInt64

    init(
        _ request: RouteRequest,
        key: RouteKey,
        _ machine: RouterMachine,
        options: RouterOptions,
        hasOffers: Bool,
        isWatched: Bool
    ) {
        self.request = request
        self.key = key
        self.isWatched = isWatched
        preferences = machine.preferences
        generation = machine.generation
        for name in request.excluding {
            if let place = machine.place(of: name) { excluded.insert(place) }
        }
        var open = 0
        for (place, state) in machine.states.enumerated() where !excluded.contains(place) {
            if state.isOn, state.stock?.count != 0 { open += 1 }
        }
        // One more for the offer, which is beside the usual way.
        limit = max(open, 1) * machine.preferences.retryAttempts + (hasOffers ? 1 : 0)
        nesting = CallNesting(options.nesting, retries: limit - 1)
    }

    /// Brings the places up to date, if providers have changed since.
    mutating func follow(_ machine: RouterMachine) {
        guard generation != machine.generation else { return }
        generation = machine.generation
        (tried, excluded) = (ProviderSet(), ProviderSet())
        for name in request.excluding {
            if let place = machine.place(of: name) { excluded.insert(place) }
        }
        for name in triedNames {
            if let place = machine.place(of: name) { tried.insert(place) }
        }
    }

    /// The provider is not tried again in this call.
    mutating func leave(_ reservation: Reservation, _ machine: RouterMachine) {
        follow(machine)
        triedNames.append(reservation.provider)
        hasFallenBack = true
        if let place = machine.place(of: reservation.provider) { tried.insert(place) }
    }

    func pickRequest(at now: Timestamp) -> PickRequest {
        var excluded = excluded
        if !tried.isEmpty { excluded.formUnion(tried) }
        return PickRequest(now: now, attempt: attempts + 1, excluded: excluded, affinity: request.affinity)
    }

    func exclusions(_ machine: RouterMachine, _ pick: PickRequest, picked: Int?) -> [String: RouteExclusion] {
        machine.exclusions(pick, tried: tried, picked: picked)
    }

    /// Whether somebody is left who was not tried, and whether one of those has stock or may have.
    func openProviders(_ machine: RouterMachine) -> (any: Bool, withStock: Bool) {
        var found = (any: false, withStock: false)
        for (place, state) in machine.states.enumerated() where !tried.contains(place) && !excluded.contains(place) {
            found.any = true
            if state.stock?.count != 0 { found.withStock = true }
        }
        return found
    }
}
