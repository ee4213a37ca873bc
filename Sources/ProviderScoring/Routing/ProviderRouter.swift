public import ErrorClassification
public import ResilienceCore
import RetryOrchestrator
import Synchronization

/// Chooses among providers that can do the same, calls the best one, and another one where that fails.
///
/// One router serves any number of tasks at once. A policy chooses; each call takes its place before it is made, so that
/// calls at the same time see each other; what became of it is taken note of, and only what is the provider's own fault
/// counts against it.
///
/// ```swift
/// let router = try ProviderRouter("numbers", ["sms-activate", "5sim"], classifier: .smsRental)
/// let number = try await router.run(RouteRequest("purchase", tags: ["country": "us"])) { attempt in
///     try await rent("wa", from: attempt.provider, key: attempt.idempotencyKey)
/// }
/// ```
///
/// ``pick(excluding:affinity:)`` and ``record(_:for:elapsed:allowance:)`` are for who makes the calls himself; each costs
/// a lock and allocates nothing.
public final class ProviderRouter: Sendable {
    /// What events, errors and the store call it.
    public let name: String
    /// How it makes its calls.
    public let options: RouterOptions
    /// Where its attempts are logged; `nil` for nowhere.
    public let journal: ProviderJournal?
    let offers: (any OfferSource)?
    let classifier: ErrorClassifier
    let clock: any WallClock
    private let isOfTheMachine: Bool
    let observer: (any Observer)?
    let alerts: ProviderAlerts?
    let nonce: UInt64
    let calls = Atomic<UInt64>(0)
    let state: Mutex<RouterMachine>
    /// How far it has read in the journal.
    let reader = Mutex(JournalReader())

    /// Creates a router.
    ///
    /// - Parameters:
    ///   - name: What events, errors and the store call it.
    ///   - providers: Whom it can call, each name once; at least one. Their order matters to some policies only.
    ///   - policy: How it chooses; by itself it adapts.
    ///   - preferences: What is wanted besides; may be changed at any time.
    ///   - options: How it makes its calls.
    ///   - health: How outcomes become health.
    ///   - offers: Asked before it chooses.
    ///   - classifier: Tells what a failure means.
    ///   - clock: Measures response times, waits and deadlines.
    ///   - generator: The source of draws of the policy and of the keys of calls; a seeded one makes a run repeatable.
    ///   - journal: Where attempts are logged and health is shared. Run ``keep()`` with one.
    ///   - alerts: Told of each attempt, to say when too many fail.
    ///   - observer: Told of every decision.
    /// - Throws: `InvalidArgument` for no providers, a name that is empty, stands twice, has more than 512 bytes or holds
    ///   NUL, and a preferred provider that is not among them.
    public init(
        _ name: String,
        _ providers: [Provider],
        policy: any SelectionPolicy = Adaptive(),
        preferences: ProviderPreferences = .standard,
        options: RouterOptions = .standard,
        health: HealthOptions = .standard,
        offers: (any OfferSource)? = nil,
        classifier: ErrorClassifier = .standard,
        clock: any WallClock = .system,
        generator: SmallGenerator = .seededBySystem(),
        journal: ProviderJournal? = nil,
        alerts: ProviderAlerts? = nil,
        observer: (any Observer)? = nil
    ) throws(InvalidArgument) {
        var generator = generator
        nonce = generator.next()
        let machine = try RouterMachine(
            providers,
            policy: policy,
            preferences: preferences,
            health: health,
            generator: generator
        )
        state = Mutex(machine)
        self.name = name
        self.options = options
        self.journal = journal
        self.offers = offers
        self.classifier = classifier
        self.clock = clock
        isOfTheMachine = (clock as? SystemClock)?.isOfTheMachine == true
        self.observer = observer
        self.alerts = alerts
    }

    /// A router that knows what `other` knows, and whose calls change nothing of it.
    init(rehearsing other: ProviderRouter) {
        name = other.name
        options = other.options
        journal = nil
        offers = nil
        classifier = other.classifier
        clock = other.clock
        isOfTheMachine = other.isOfTheMachine
        observer = nil
        alerts = nil
        nonce = other.nonce ^ 0x9E37_79B9_7F4A_7C15
        state = Mutex(other.state.withLock { $0 })
    }

    /// The time. The machine's own clock is asked without the detour over the protocol.
    var now: Timestamp { isOfTheMachine ? SystemClock().now : clock.now }
    var uptime: Duration { isOfTheMachine ? SystemClock().uptime : clock.uptime }

    // MARK: Calls that others make

    /// Chooses a provider and takes a place there; `nil` if the policy gives nobody.
    ///
    /// Reads the clock once and allocates nothing with up to 64 providers.
    ///
    /// - Parameters:
    ///   - excluding: Places of providers, by their order, that are not chosen.
    ///   - affinity: Requests of the same one prefer the same provider, where the policy knows affinity.
    public func pick(excluding: ProviderSet = ProviderSet(), affinity: UInt64? = nil) -> Reservation? {
        let request = PickRequest(now: now, excluded: excluding, affinity: affinity)
        return state.withLock { $0.reserve(request) }
    }

    /// Takes note of what became of a call, and frees its place. The outcome for a provider that was taken out or changed
    /// in the meantime changes nothing.
    ///
    /// - Parameters:
    ///   - kind: What became of it.
    ///   - elapsed: How long it took, from zero to an hour; what is beyond counts as the nearer end.
    ///   - allowance: What the reply said of our quota there.
    /// - Returns: Whether it counted.
    @discardableResult
    public func record(
        _ kind: ProviderOutcome.Kind,
        for reservation: Reservation,
        elapsed: Duration,
        allowance: Allowance? = nil
    ) -> Bool {
        let outcome = ProviderOutcome(kind, began: reservation.began, elapsed: elapsed, allowance: allowance)
        return state.withLock { $0.record(outcome, for: reservation) }
    }

    /// Takes note of a call that was made without the router, by the provider's name. Reads the clock. The time is held to
    /// zero to an hour.
    ///
    /// - Returns: Whether there is a provider of that name.
    @discardableResult
    public func record(_ kind: ProviderOutcome.Kind, of provider: String, elapsed: Duration) -> Bool {
        let outcome = ProviderOutcome(kind, ended: now, elapsed: min(max(elapsed, .zero), .seconds(3_600)))
        return state.withLock { machine in
            guard let place = machine.place(of: provider) else { return false }
            machine.absorb(outcome, at: place)
            return true
        }
    }

    /// Frees the place of a call that was not made after all.
    public func giveBack(_ reservation: Reservation) { record(.cancelled, for: reservation, elapsed: .zero) }
}
