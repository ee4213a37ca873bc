import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

// example
struct FirstOnly: SelectionPolicy {
    let name = "first only"

    mutating func pick(
        _ request: PickRequest,
        from providers: [ProviderState],
        using generator: inout SmallGenerator
    ) -> Pick? {
        request.isEligible(0, of: providers) ? Pick(provider: 0, probability: 1, reason: .order) : nil
    }
}
// end

@Suite struct ScoringExamples {
    private let clock = ManualClock()

    @Test func health() throws {
        // example
        var window = try HealthWindow(size: 100, age: .seconds(86_400))
        window.record(isSuccess: true, elapsed: .milliseconds(800), at: clock.now)
        let health = window.summary
        // end
        #expect(health?.successRate == 100)
    }

    @Test func score() throws {
        // example
        let health = HealthSummary(count: 100, successes: 80, meanResponse: .milliseconds(3_000))
        let score = HealthScore(health: health, stock: 50, lastSuccess: nil, at: clock.now)
        print(score.value, score.terms)
        // end
        #expect(score.value == 80)
    }

    @Test func options() throws {
        // example
        let thresholds = try HealthThresholds(healthyFrom: 95)
        // end
        // example
        let options = try HealthOptions(windowSize: 50, windowAge: .seconds(3_600))
        // end
        #expect(thresholds.unavailableBelow == 50)
        #expect(options.thresholds == .standard)
    }

    @Test func set() {
        // example
        var tried = ProviderSet()
        tried.insert(3)
        print(tried.contains(3), tried.count)
        // end
        #expect(tried.contains(3))
    }

    @Test func policies() {
        var generator = SmallGenerator(seed: 1)
        let providers = [ProviderState(name: "a"), ProviderState(name: "b")]
        do {
            // example
            var policy = Ordered()
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick?.provider == 0)
        }
        do {
            // example
            var policy = HighestScore()
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick?.reason == .tie)
        }
        do {
            // example
            var policy = RoundRobin()
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick != nil)
        }
        do {
            // example
            var policy = CheapestHealthy()
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick != nil)
        }
        do {
            // example
            var policy = PeakEWMA()
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick != nil)
        }
        do {
            // example
            var policy = OutlierEjection(minimumProviders: 3, minimumRequests: 5)
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick != nil)
        }
        do {
            // example
            var policy = SlidingWindow()
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick != nil)
        }
        do {
            // example
            var policy = DiscountedThompson()
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick != nil)
        }
        var first = FirstOnly()
        #expect(first.pick(PickRequest(now: clock.now), from: providers, using: &generator)?.provider == 0)
    }

    @Test func configuredPolicies() throws {
        var generator = SmallGenerator(seed: 1)
        let providers = [ProviderState(name: "a"), ProviderState(name: "b")]
        do {
            // example
            var policy = try Weighted(["a": 9, "b": 1])
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick?.reason == .drawn)
        }
        do {
            // example
            var policy = BreakerPolicy(over: Ordered())
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick?.provider == 0)
        }
        do {
            // example
            var policy = Adaptive()
            policy.providersChanged(providers)
            let pick = policy.pick(PickRequest(now: clock.now), from: providers, using: &generator)
            // end
            #expect(pick != nil)
        }
        // example
        let patient = try AdaptiveOptions(memory: 1_000, margin: 0.02)
        // end
        #expect(patient.memory == 1_000)
    }
}
