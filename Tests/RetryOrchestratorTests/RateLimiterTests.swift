import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("The rate limiter", .timeLimit(.minutes(20)))
struct RateLimiterTests {
    private let clock = ManualClock()

    @Test("It refuses beyond the burst, and says when to come back")
    func refusal() async throws {
        let limiter = try RateLimiter(RateLimit(2, per: .seconds(1), burst: 2), clock: clock)
        for _ in 0..<2 { try await limiter.run {} }
        await #expect(throws: PolicyError(.rateLimited, policy: "rate limiter", retryAfter: .milliseconds(500))) {
            try await limiter.run { Issue.record("it ran") }
        }
        clock.advance(by: .milliseconds(500))
        try await limiter.run {}
        #expect(limiter.snapshot.started == 3)
        #expect(limiter.snapshot.refused == 1)
        #expect(limiter.snapshot.nextWait == .milliseconds(500))
    }

    @Test("Who waits has an instant of their own, in order, never more than the rate")
    func waiting() throws {
        let starts = try Simulation.run(seed: 1) { sim in
            let limiter = try RateLimiter(RateLimit(10, per: .seconds(1)), waitingAtMost: .seconds(5), clock: sim.clock)
            let begin = sim.clock.now
            return await withTaskGroup(of: Duration?.self) { group in
                for _ in 0..<100 {
                    group.addTask { try? await limiter.run { begin.duration(to: sim.clock.now) } }
                }
                return await group.reduce(into: [Duration?]()) { $0.append($1) }
            }
        }.value.compactMap(\.self)
        #expect(starts.sorted() == (0...50).map { .milliseconds(100 * $0) }, "51 within the 5 s that one may wait")
    }

    @Test("rule 14: a cancelled wait ends at once, and its instant is free again if nobody comes after")
    func cancelled() async throws {
        let limiter = try RateLimiter(RateLimit(1, per: .seconds(10)), waitingAtMost: .seconds(60), clock: clock)
        try await limiter.run {}
        let waiting = Task { try await limiter.run { Issue.record("it ran") } }
        await clock.waitForSleepers()
        #expect(limiter.snapshot.nextWait == .seconds(20))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(limiter.snapshot.nextWait == .seconds(10))
        #expect(limiter.snapshot.started == 1)
    }

    @Test("An instant given back between others stays unused, so that two never start at once")
    func givenBack() throws {
        var machine = RateMachine(try RateLimit(1, per: .seconds(1)), longestWait: .seconds(60))
        func reserve() -> (Duration, RateMachine.Reservation)? {
            guard case .reserved(let wait, let reservation) = machine.reserve(at: .zero) else { return nil }
            return (wait, reservation)
        }
        let made = (0..<3).compactMap { _ in reserve() }
        #expect(made.map(\.0) == [.zero, .seconds(1), .seconds(2)])
        machine.giveBack(made[1].1, at: .zero)
        #expect(reserve()?.0 == .seconds(3))
    }

    @Test("When all who wait are called off, in whatever order, no instant is lost", arguments: 0..<20)
    func allGivenBack(seed: UInt64) throws {
        var generator = SmallGenerator(seed: seed)
        var machine = RateMachine(try RateLimit(10, per: .seconds(1), burst: 3), longestWait: .seconds(600))
        var waiting: [RateMachine.Reservation] = []
        for number in 0..<1_000 {
            guard case .reserved(let wait, let reservation) = machine.reserve(at: .zero) else { continue }
            #expect(wait == .milliseconds(100) * max(number - 2, 0))
            if wait > .zero { waiting.append(reservation) }
        }
        for reservation in waiting.shuffled(using: &generator) { machine.giveBack(reservation, at: .zero) }
        guard case .reserved(.milliseconds(100), _) = machine.reserve(at: .zero) else {
            Issue.record("the first instant after the burst is not free")
            return
        }
    }

    @Test("An instant of an earlier rate is given back as long as it was")
    func givenBackAfterReconfiguration() throws {
        var machine = RateMachine(try RateLimit(1, per: .seconds(1)), longestWait: .seconds(60))
        _ = machine.reserve(at: .zero)
        guard case .reserved(_, let second) = machine.reserve(at: .zero) else { return }
        machine.reconfigure(try RateLimit(1, per: .seconds(60)), longestWait: nil, at: .zero)
        machine.giveBack(second, at: .zero)
        guard case .reserved(.seconds(1), _) = machine.reserve(at: .zero) else {
            Issue.record("two within a second")
            return
        }
    }

    @Test("Those who wait keep their instants under a higher rate, and the next comes after them by that rate")
    func raisedWhileWaiting() throws {
        for burst in [1, 3] {
            var machine = RateMachine(try RateLimit(3, per: .seconds(30), burst: burst), longestWait: .seconds(600))
            func next() -> Duration? {
                guard case .reserved(let wait, _) = machine.reserve(at: .zero) else { return nil }
                return wait
            }
            for _ in 0..<burst { #expect(next() == .zero) }
            #expect([next(), next()] == [.seconds(10), .seconds(20)])
            machine.reconfigure(try RateLimit(1, per: .seconds(1)), longestWait: nil, at: .zero)
            #expect([next(), next()] == [.seconds(21), .seconds(22)])
        }
    }

    @Test("Another rate leaves the longest wait as it is, unless one is given")
    func waitIsKept() async throws {
        let limiter = try RateLimiter(RateLimit(1, per: .seconds(10)), waitingAtMost: .seconds(60), clock: clock)
        try limiter.reconfigure(RateLimit(1, per: .seconds(5)))
        try await limiter.run {}
        let waiting = Task { try await limiter.run {} }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(5))
        try await waiting.value
        try limiter.reconfigure(RateLimit(1, per: .seconds(5)), waitingAtMost: .zero)
        await #expect(throws: PolicyError.self) { try await limiter.run {} }
    }

    @Test("Another rate keeps what was started")
    func reconfiguration() async throws {
        let limiter = try RateLimiter(RateLimit(1, per: .seconds(10)), clock: clock)
        try await limiter.run {}
        try limiter.reconfigure(RateLimit(10, per: .seconds(10)))
        #expect(limiter.snapshot.nextWait == .seconds(1), "the start before counts, at the rate of now")
        clock.advance(by: .seconds(1))
        try await limiter.run {}
        #expect(limiter.snapshot.nextWait == .seconds(1))
        #expect(throws: InvalidArgument.self) {
            try limiter.reconfigure(RateLimit(1, per: .seconds(1)), waitingAtMost: .seconds(-1))
        }
    }
}
