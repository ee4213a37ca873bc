import ResilienceCore

/// What a router keeps behind its lock: facts, policy, preferences. Pure: it waits for nothing and reads no clock.
struct RouterMachine: Sendable {
    private(set) var table: ProviderTable
    private(set) var policy: any SelectionPolicy
    private(set) var preferences: ProviderPreferences
    private(set) var providers: [Provider]
    /// Which of all providers that ever were stands at each place: the outcome of a call to another one is stale.
    private(set) var incarnations: [UInt64]
    /// Goes up when places change.
    private(set) var generation: UInt64 = 0
    /// As of when each price is.
    private(set) var priceTimes: [Timestamp?]
    private var generator: SmallGenerator
    private var places: [String: Int]
    /// The names by place: a state is large, and to look into it for its name copies it.
    private var names: [String] = []
    private var lastIncarnation: UInt64
    private var preferred: Int?
    private var othersThanPreferred = ProviderSet()
    /// Who comes after the others by the preferences.
    private var deferred = ProviderSet()
    /// What the policy would pick, where it goes by the score alone; asked in its stead.
    private var scores: ScoreBoard?
    // Of the policy and the preferences, since each record asks.
    private var weighsHealth = false
    private var slowest: Int64 = 0

    init(
        _ providers: [Provider],
        policy: any SelectionPolicy,
        preferences: ProviderPreferences,
        health: HealthOptions,
        generator: SmallGenerator
    ) throws(InvalidArgument) {
        try Self.check(providers, preferences)
        do {
            table = try ProviderTable(providers.map(\.name), options: health)
        } catch {
            throw error as? InvalidArgument ?? InvalidArgument(field: "providers", value: error, allowed: "each once")
        }
        self.policy = policy
        self.preferences = preferences
        self.providers = providers
        self.generator = generator
        incarnations = providers.indices.map { UInt64($0) }
        lastIncarnation = UInt64(providers.count)
        priceTimes = Array(repeating: nil, count: providers.count)
        places = [:]
        configure(after: [])
    }

    static func check(_ providers: [Provider], _ preferences: ProviderPreferences) throws(InvalidArgument) {
        let names = providers.map(\.name)
        guard !names.isEmpty, !names.contains(""), Set(names).count == names.count else {
            throw InvalidArgument(field: "providers", value: names, allowed: "at least one, each name once")
        }
        // Health is kept under the name.
        for name in names where name.utf8.count > StoreLimits.nameBytes || Bytes.containsNUL(name) {
            let allowed = "names of 1...\(StoreLimits.nameBytes) bytes without NUL"
            throw InvalidArgument(field: "providers", value: "a name of \(name.utf8.count) bytes", allowed: allowed)
        }
        guard let preferred = preferences.preferredProvider else { return }
        guard names.contains(preferred) else {
            throw InvalidArgument(field: "preferredProvider", value: preferred, allowed: names.joined(separator: ", "))
        }
    }

    var states: [ProviderState] { table.states }

    mutating func openCount(excluding excluded: ProviderSet) -> Int { table.openCount(excluding: excluded) }

    func status(at place: Int) -> ProviderStatus { table.states[place].status }

    func place(of name: String) -> Int? { places[name] }

    /// Where the provider of a reservation stands now; `nil` if it is another one by now.
    func place(of reservation: Reservation) -> Int? {
        if reservation.index < incarnations.count, incarnations[reservation.index] == reservation.incarnation {
            return reservation.index
        }
        return incarnations.firstIndex(of: reservation.incarnation)
    }
}

// MARK: - Configuration

extension RouterMachine {
    /// Other providers. Who is the same as before keeps its calls; of one that changed the health is kept, but what is
    /// under way counts no more.
    mutating func replace(by new: [Provider]) throws(InvalidArgument) {
        // A preference for one that goes is no preference any more.
        var preferences = preferences
        if let name = preferences.preferredProvider, !new.contains(where: { $0.name == name }) {
            preferences = preferences.withoutPreference
        }
        try Self.check(new, preferences)
        let old = (providers: providers, incarnations: incarnations, states: states, priceTimes: priceTimes)
        do {
            try table.replace(by: new.map(\.name))
        } catch {
            throw error as? InvalidArgument ?? InvalidArgument(field: "providers", value: error, allowed: "each once")
        }
        self.preferences = preferences
        providers = new
        generation += 1
        var kept: [(place: Int, inFlight: Int)] = []
        incarnations = []
        priceTimes = []
        for (place, provider) in new.enumerated() {
            let before = places[provider.name]
            priceTimes.append(before.flatMap { old.priceTimes[$0] })
            if let before, old.providers[before] == provider {
                incarnations.append(old.incarnations[before])
                kept.append((place, old.states[before].inFlight))
            } else {
                incarnations.append(lastIncarnation)
                lastIncarnation += 1
            }
        }
        configure(after: old.providers)
        for (place, inFlight) in kept { for _ in 0..<inFlight { table.began(place) } }
        scores?.reset()
    }

    /// Applies what providers are configured with where that is new: what was said of one since stays otherwise.
    private mutating func configure(after old: [Provider]) {
        names = providers.map(\.name)
        places = Dictionary(uniqueKeysWithValues: names.indices.map { (names[$0], $0) })
        let known = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (place, provider) in providers.enumerated() {
            let before = known[provider.name]
            table.setInFlightLimit(provider.inFlightLimit, of: place)
            if before?.isOn != provider.isOn { table.setOn(provider.isOn, of: place) }
            if before == nil || before?.price != provider.price {
                table.setPrice(provider.price, of: place)
                priceTimes[place] = nil
            }
        }
        use(policy)
    }

    mutating func set(_ new: ProviderPreferences) throws(InvalidArgument) {
        try Self.check(providers, new)
        preferences = new
        prefer()
    }

    mutating func use(_ new: any SelectionPolicy) {
        policy = new
        policy.providersChanged(states)
        scores = (new as? HighestScore).map(ScoreBoard.init)
        prefer()
    }

    private mutating func prefer() {
        weighsHealth = policy.weighsHealth
        slowest = preferences.maximumResponseTime.wholeMicroseconds
        preferred = preferences.preferredProvider.flatMap { places[$0] }
        othersThanPreferred = ProviderSet()
        if let preferred { for place in states.indices where place != preferred { othersThanPreferred.insert(place) } }
        deferAll()
    }

    private mutating func deferAll() {
        deferred = ProviderSet()
        for place in states.indices { reconsider(place) }
    }

    /// Sees again whether a provider comes after the others.
    private mutating func reconsider(_ place: Int) {
        let isDeferred = (!weighsHealth || place == preferred) && !isGoodEnough(place) && !hasComeBack(place)
        if isDeferred { deferred.insert(place) } else { deferred.remove(place) }
    }

    private func hasComeBack(_ place: Int) -> Bool {
        weighsHealth && policy.hasComeBack(place, from: table.states)
    }

    /// Whether a provider passes the preferences; one of which nothing is known does.
    func isGoodEnough(_ place: Int) -> Bool {
        guard let health = table.states[place].health else { return true }
        return table.states[place].status != .unavailable && health.successRate >= preferences.minimumSuccessRate
            && health.isWithin(slowest)
    }
}

// MARK: - Facts

extension RouterMachine {
    mutating func setStock(_ count: Int?, of place: Int, at now: Timestamp) {
        table.setStock(count.map { ProviderStock(count: $0, asOf: now) }, of: place)
        scores?.changed(place, of: table.states)
    }

    mutating func told(_ allowance: Allowance, of place: Int) { policy.told(allowance, of: place, from: table.states) }

    mutating func setPrice(_ price: Double?, of place: Int, at now: Timestamp) {
        table.setPrice(price, of: place)
        priceTimes[place] = price == nil ? nil : now
    }

    mutating func setOn(_ isOn: Bool, of place: Int) {
        table.setOn(isOn, of: place)
        scores?.changed(place, of: table.states)
    }

    mutating func rest(_ place: Int, until instant: Timestamp) {
        table.rest(until: instant, of: place)
        scores?.changed(place, of: table.states)
    }
}

// MARK: - Calls

extension RouterMachine {
    /// Chooses a provider and takes a place there.
    mutating func reserve(_ request: PickRequest) -> Reservation? {
        guard let pick = pick(request) else { return nil }
        return reserve(pick, at: request.now)
    }

    mutating func reserve(_ pick: Pick, at now: Timestamp) -> Reservation {
        began(pick.provider, at: now)
        return Reservation(
            provider: names[pick.provider],
            reason: pick.reason,
            probability: pick.probability,
            began: now,
            index: pick.provider,
            incarnation: incarnations[pick.provider]
        )
    }

    private mutating func began(_ place: Int, at now: Timestamp) {
        table.began(place)
        guard scores != nil else { return policy.began(place, at: now, from: table.states) }
        if table.isFull(place) { scores?.changed(place, of: table.states) }
    }

    /// Forgets what is too old by now.
    mutating func turn(to now: Timestamp) {
        guard table.turn(to: now) else { return }
        deferAll()
        scores?.reset()
    }

    /// The preferred provider if it is good enough, then the others that are, then those that are not.
    mutating func pick(_ request: PickRequest) -> Pick? {
        turn(to: request.now)
        guard preferred != nil || !deferred.isEmpty else { return ask(request) }
        var request = request
        var isHeldBack = false
        if weighsHealth, let preferred, !request.excluded.contains(preferred), holdsBack(preferred, request) {
            // The policy decides: alone it would be asked for one that is down. When it is tried, the preferred one is first.
            isHeldBack = true
            if request.attempt <= 2 { request.preferred = preferred }
        }
        if let preferred, !isHeldBack, !deferred.contains(preferred), !request.excluded.contains(preferred) {
            var only = request
            only.excluded = othersThanPreferred
            if let pick = ask(only) { return Pick(provider: pick.provider, probability: 1, reason: .preferred) }
        }
        guard !deferred.isEmpty else { return ask(request) }
        var better = request
        better.excluded.formUnion(deferred)
        // A policy that weighs health tries who is down again: without that the preferred one would not come back.
        if isHeldBack, request.attempt <= 2, let preferred { better.excluded.remove(preferred) }
        if let pick = ask(better) { return pick }
        if let preferred, deferred.contains(preferred), !request.excluded.contains(preferred) {
            var others = request
            others.excluded.insert(preferred)
            if let pick = ask(others) { return pick }
        }
        return ask(request)
    }

    private mutating func ask(_ request: PickRequest) -> Pick? {
        guard scores != nil else { return policy.pick(request, from: table.states, using: &generator) }
        return scores?.pick(request, from: table.states, using: &generator)
    }

    /// The best of those that may be called although the policy gives none of them.
    mutating func leastBad(_ request: PickRequest) -> Pick? {
        var best: Pick?
        var highest = -Double.infinity
        for place in states.indices where request.isEligible(place, of: states) {
            let rank = HealthScore(states[place], at: request.now).rank
            if rank > highest { (best, highest) = (Pick(provider: place, probability: 1, reason: .panic), rank) }
        }
        return best
    }

    /// When somebody who is not excluded may be called again.
    func returnsAt(_ request: PickRequest) -> Timestamp? {
        var open = states
        for place in open.indices where request.excluded.contains(place) {
            open[place].stock = ProviderStock(count: 0, asOf: request.now)
        }
        let resting = open.filter { $0.isOn && $0.stock?.count != 0 && $0.limitedUntil > request.now }.map(
            \.limitedUntil
        ).min()
        let known = policy.returnsAt(from: open, now: request.now)
        return [resting, known].compactMap(\.self).filter { $0 > request.now }.min()
    }

    /// Takes note of an outcome. Gives `false` for one of a provider that is another one by now.
    mutating func record(_ outcome: ProviderOutcome, for reservation: Reservation) -> Bool {
        guard let place = place(of: reservation) else { return false }
        record(outcome, at: place)
        return true
    }

    /// Takes note of an outcome of a call that was placed.
    mutating func record(_ outcome: ProviderOutcome, at place: Int) {
        table.record(outcome, of: place)
        recorded(outcome, at: place)
    }

    private mutating func recorded(_ outcome: ProviderOutcome, at place: Int) {
        if scores == nil {
            policy.record(outcome, of: place, from: table.states)
        } else {
            scores?.changed(place, of: table.states)
        }
        if outcome.health != nil { reconsider(place) }
    }

    /// Takes note of an outcome of a call that was not placed here but by a caller of its own.
    mutating func absorb(_ outcome: ProviderOutcome, at place: Int) {
        began(place, at: outcome.ended)
        record(outcome, at: place)
    }

    /// Takes note of an outcome of another process, which may come late: what is known and newer stays.
    mutating func learn(_ outcome: ProviderOutcome, at place: Int) {
        guard !table.isOutdated(outcome, of: place) else { return }
        began(place, at: outcome.ended)
        table.learn(outcome, of: place)
        recorded(outcome, at: place)
    }

    /// Whether it may be called now at all, and why not.
    func exclusion(of place: Int, _ request: PickRequest) -> RouteExclusion? {
        let state = states[place]
        if !state.isOn { return .switchedOff }
        if state.stock?.count == 0 { return .soldOut }
        if state.limitedUntil > request.now { return .resting(until: state.limitedUntil) }
        return state.inFlight >= state.inFlightLimit ? .busy : nil
    }

    /// What keeps each provider from being picked for this request. Where the policy gave nobody, it holds back whoever may be
    /// called.
    func exclusions(
        _ request: PickRequest,
        tried: ProviderSet,
        picked: Int?,
        gaveNobody: Bool
    ) -> [String: RouteExclusion] {
        var found: [String: RouteExclusion] = [:]
        for place in states.indices where place != picked {
            let name = names[place]
            if tried.contains(place) {
                found[name] = .tried
            } else if request.excluded.contains(place) {
                found[name] = .excludedByCaller
            } else if let exclusion = exclusion(of: place, request) {
                found[name] = exclusion
            } else if gaveNobody {
                found[name] = .heldBack
            } else if deferred.contains(place) {
                found[name] = .belowPreferences
            } else if holdsBack(place, request) {
                found[name] = .heldBack
            }
        }
        return found
    }

    private func holdsBack(_ place: Int, _ request: PickRequest) -> Bool {
        policy.holdsBack(place, at: request.now, from: table.states)
    }
}

extension ProviderPreferences {
    /// The same, and the router chooses.
    fileprivate var withoutPreference: ProviderPreferences {
        // Every other value was checked when these were made.
        (try? ProviderPreferences(
            isFallbackEnabled: isFallbackEnabled,
            minimumSuccessRate: minimumSuccessRate,
            maximumResponseTime: maximumResponseTime,
            retryAttempts: retryAttempts,
            retryDelay: retryDelay
        )) ?? .standard
    }
}
