import ErrorClassification
public import ResilienceCore
public import RetryOrchestrator

/// What a call that begins finds.
struct RouteTerms {
    let preferences: ProviderPreferences
    let generation: UInt64
    let excluded: ProviderSet
    /// How many are on and may have stock, of those that are not excluded.
    let open: Int
}

extension RouterMachine {
    /// What a call finds that begins now and is not to try those.
    mutating func terms(excluding names: [String]) -> RouteTerms {
        var excluded = ProviderSet()
        for name in names { if let place = place(of: name) { excluded.insert(place) } }
        let open = openCount(excluding: excluded)
        return RouteTerms(preferences: preferences, generation: generation, excluded: excluded, open: open)
    }
}

/// Who is called next, or why nobody is.
@usableFromInline
enum RouteChoice: Sendable {
    case place(Reservation)
    case none(ProvidersExhaustedError.Reason, retryAfter: Timestamp?)
}

/// How far one call has come. One task uses it: the one that makes the call.
@usableFromInline
struct RouteCall: Sendable {
    let request: RouteRequest
    let key: RouteKey
    let preferences: ProviderPreferences
    /// Attempts over all providers, at most.
    let limit: Int
    @usableFromInline let nesting: CallNesting
    /// Whether an offer is looked for first.
    @usableFromInline let hasOffers: Bool
    /// Whether each attempt is kept with what was excluded, also those that succeed.
    let isWatched: Bool
    /// What was chosen when the call began; `nil` once it is used.
    @usableFromInline var first: RouteChoice?
    /// When the present attempt began, on the monotonic clock.
    var start = Duration.zero

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
    private var excluded: ProviderSet
    /// The same by what stays when places change.
    private var triedNames: [String] = []
    private(set) var generation: UInt64

    init(
        _ request: RouteRequest,
        key: RouteKey,
        _ terms: RouteTerms,
        options: RouterOptions,
        hasOffers: Bool,
        isWatched: Bool
    ) {
        self.request = request
        self.key = key
        self.isWatched = isWatched
        self.hasOffers = hasOffers
        (preferences, generation, excluded) = (terms.preferences, terms.generation, terms.excluded)
        // One more for the offer, which is beside the usual way.
        limit = max(terms.open, 1) * preferences.retryAttempts + (hasOffers ? 1 : 0)
        nesting = CallNesting(options.nesting, retries: limit - 1)
    }

    /// The place that was reserved when the call began, once.
    @inlinable
    mutating func takeFirst() -> Reservation? {
        guard case .place(let place)? = first else { return nil }
        first = nil
        return place
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
        return PickRequest(now: now, attempt: triedNames.count + 1, excluded: excluded, affinity: request.affinity)
    }

    func exclusions(
        _ machine: RouterMachine,
        _ pick: PickRequest,
        picked: Int?,
        gaveNobody: Bool
    ) -> [String: RouteExclusion] {
        machine.exclusions(pick, tried: tried, picked: picked, gaveNobody: gaveNobody)
    }

    /// Whether somebody would be left who may have stock, once that provider is not tried again.
    func isSomebodyLeft(besides reservation: Reservation, _ machine: RouterMachine) -> Bool {
        var later = self
        later.leave(reservation, machine)
        return later.openProviders(machine).withStock
    }

    /// Whether somebody is left who is on and was not tried, and whether one of those has stock or may have.
    func openProviders(_ machine: RouterMachine) -> (any: Bool, withStock: Bool) {
        var found = (any: false, withStock: false)
        for (place, state) in machine.states.enumerated()
        where state.isOn && !tried.contains(place) && !excluded.contains(place) {
            found.any = true
            if state.stock?.count != 0 { found.withStock = true }
        }
        return found
    }
}
