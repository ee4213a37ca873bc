import ProviderScoring
import ResilienceCore
import Synchronization
import Testing

/// The same policy without the figures that a router keeps for it: each pick looks at everybody.
private struct FreshScores: SelectionPolicy {
    let name = "fresh"
    var policy: HighestScore

    mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        policy.pick(request, from: providers, using: &generator)
    }
}

/// A router keeps the figures of ``HighestScore`` from pick to pick.
@Suite struct ScoreBoardTests {
    private static let policies = [
        HighestScore(), HighestScore(ties: .first), HighestScore(by: .cappedScore),
        HighestScore(by: .cappedScore, ties: .first),
    ]

    /// Whatever is recorded, told and preferred, and however the clock goes: the picks, their probabilities and the draws are
    /// those of figures that are made afresh.
    @Test(arguments: policies.indices, [1, 2, 3] as [UInt64])
    func keptFiguresPickAsFreshOnesDo(_ number: Int, seed: UInt64) throws {
        let policy = Self.policies[number]
        var dice = SmallGenerator(seed: seed)
        let clock = SteppedClock()
        let names = (0..<Int.random(in: 2...9, using: &dice)).map { "p\($0)" }
        let routers = try [policy as any SelectionPolicy, FreshScores(policy: policy)].map { policy in
            try ProviderRouter(
                "numbers",
                names.map { try Provider($0, inFlightLimit: 3) },
                policy: policy,
                health: try HealthOptions(windowSize: 5, windowAge: .seconds(7_200)),
                clock: clock,
                generator: SmallGenerator(seed: seed)
            )
        }
        var held: [[Reservation]] = [[], []]
        var picks = 0
        for step in 0..<400 {
            clock.move(by: .milliseconds(Self.steps.randomElement(using: &dice) ?? 0))
            let deed = Deed(names, now: clock.now, &dice)
            let results = try routers.indices.map { try deed.done(to: routers[$0], &held[$0]) }
            #expect(results[0] == results[1], "step \(step): \(deed)")
            #expect(routers[0].snapshot() == routers[1].snapshot(), "step \(step): \(deed)")
            if results[0] != nil { picks += 1 }
        }
        #expect(picks > 50)
    }

    /// From a millisecond to a day; at times the clock is set back.
    private static let steps = [0, 0, 1, 1, 1, 50, 1_000, 60_000, 600_000, 3_600_000, 86_400_000, -5, -4_000_000]
}

/// A clock that a test moves, backwards too.
private final class SteppedClock: WallClock {
    private let instant = Mutex(Timestamp(seconds: 1_767_225_600))
    var now: Timestamp { instant.withLock { $0 } }
    var minimumResolution: Duration { .microseconds(1) }
    func move(by duration: Duration) { instant.withLock { $0 = $0.advanced(by: duration) } }
    func sleep(until deadline: Timestamp, tolerance: Duration?) async throws {}
}

/// Something that happens to a router.
private enum Deed {
    case pick(excluded: Int?)
    case record(ProviderOutcome.Kind, Duration)
    case absorb(ProviderOutcome.Kind, String)
    case stock(Int?, String)
    case on(Bool, String)
    case rest(String, until: Timestamp)
    case prefer(ProviderPreferences)
    case providers([Provider])

    init(_ names: [String], now: Timestamp, _ dice: inout SmallGenerator) {
        let name = names.randomElement(using: &dice) ?? ""
        let later = now.advanced(by: .seconds(Int.random(in: 1...1_000, using: &dice)))
        let kinds: [ProviderOutcome.Kind] = [
            .success, .success, .success, .success, .failure, .failure, .overloaded(until: nil),
            .overloaded(until: later),
            .stockOut, .limited(until: later), .refused, .cancelled,
        ]
        let kind = kinds.randomElement(using: &dice) ?? .success
        switch Int.random(in: 0..<40, using: &dice) {
        case 0..<18: self = .pick(excluded: Bool.random(using: &dice) ? names.indices.randomElement(using: &dice) : nil)
        case 18..<30: self = .record(kind, .milliseconds(Int.random(in: 0...9_000, using: &dice)))
        case 30..<32: self = .absorb(kind, name)
        case 32..<34: self = .stock([nil, 0, 5, 50, 500].randomElement(using: &dice) ?? nil, name)
        case 34..<36: self = .on(Bool.random(using: &dice), name)
        case 36: self = .rest(name, until: later)
        case 37, 38:
            let preferred = Bool.random(using: &dice) ? name : nil
            let rate = Double.random(in: 0...100, using: &dice)
            let preferences = try? ProviderPreferences(preferredProvider: preferred, minimumSuccessRate: rate)
            self = .prefer(preferences ?? .standard)
        default:
            let limit = Int.random(in: 1...3, using: &dice)
            self = .providers(names.shuffled(using: &dice).compactMap { try? Provider($0, inFlightLimit: limit) })
        }
    }

    func done(to router: ProviderRouter, _ held: inout [Reservation]) throws -> Reservation? {
        switch self {
        case .pick(let place):
            var excluded = ProviderSet()
            if let place { excluded.insert(place) }
            let reservation = router.pick(excluding: excluded)
            if let reservation { held.append(reservation) }
            return reservation
        case .record(let kind, let elapsed):
            if !held.isEmpty { router.record(kind, for: held.removeFirst(), elapsed: elapsed) }
        case .absorb(let kind, let name): router.record(kind, of: name, elapsed: .seconds(1))
        case .stock(let count, let name): router.setStock(count, of: name)
        case .on(let isOn, let name): router.setOn(isOn, of: name)
        case .rest(let name, let instant): router.rest(name, until: instant)
        case .prefer(let preferences): try router.setPreferences(preferences)
        case .providers(let providers): try router.setProviders(providers)
        }
        return nil
    }
}
