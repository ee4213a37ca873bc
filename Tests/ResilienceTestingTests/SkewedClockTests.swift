import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct SkewedClockTests {
    private let clock = ManualClock()

    @Test func offsetAndDriftAddUp() throws {
        let start = clock.now
        let ahead = try SkewedClock(over: clock, offset: .seconds(30), drift: 0.01)
        clock.advance(by: .seconds(100))
        #expect(start.duration(to: ahead.now) == .seconds(131))
        ahead.offset = .seconds(-30)
        #expect(start.duration(to: ahead.now) == .seconds(71))
    }

    @Test func aChangedDriftDoesNotStepTheClock() throws {
        let start = clock.now
        let fast = try SkewedClock(over: clock, drift: 1)
        clock.advance(by: .seconds(10))
        try fast.setDrift(-0.5)
        #expect(start.duration(to: fast.now) == .seconds(20))
        clock.advance(by: .seconds(10))
        #expect(start.duration(to: fast.now) == .seconds(25))
        #expect(fast.drift == -0.5)
    }

    @Test func aSleepLastsAsLongAsThisClockTakesAndAStepDoesNotChangeIt() async throws {
        let start = clock.now
        let fast = try SkewedClock(over: clock, offset: .seconds(5), drift: 1)
        let sleeper = Task { try await fast.sleep(until: start.advanced(by: .seconds(25)), tolerance: nil) }
        await clock.waitForSleepers()
        #expect(clock.nextWake == start.advanced(by: .seconds(10)))
        fast.offset = .seconds(1_000)
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(10))
        try await sleeper.value
    }

    @Test func farInstantsSaturate() async throws {
        let fast = try SkewedClock(over: clock, offset: .seconds(Int64.max), drift: 1)
        clock.advance(to: .distantFuture)
        #expect(fast.now == .distantFuture)
        let slow = try SkewedClock(over: ManualClock(), drift: -0.5)
        let sleeper = Task { try await slow.sleep(until: .distantFuture, tolerance: nil) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test(arguments: [-1, -0.51, 1.01, .nan, .infinity])
    func driftsOutOfBoundsAreRefused(_ drift: Double) throws {
        #expect(throws: InvalidArgument.self) { try SkewedClock(over: clock, drift: drift) }
        let good = try SkewedClock(over: clock)
        #expect(throws: InvalidArgument.self) { try good.setDrift(drift) }
    }
}
