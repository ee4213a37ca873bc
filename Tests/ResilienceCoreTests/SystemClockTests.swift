import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct SystemClockTests {
    /// A wall clock that a test steps, over a monotonic clock that a test moves.
    private final class Wall: Sendable {
        private let offset = Mutex(Duration.zero)
        let monotonic = ManualClock()

        func step(by duration: Duration) { offset.withLock { $0 += duration } }

        var clock: SystemClock {
            SystemClock(wall: { self.monotonic.now.advanced(by: self.offset.withLock { $0 }) }, monotonic: monotonic)
        }
    }

    @Test(arguments: [Duration.seconds(3_600), .seconds(-3_600)])
    func aStepOfTheWallClockNeitherCutsNorStretchesAWait(step: Duration) async throws {
        let wall = Wall()
        let clock = wall.clock
        // The two clocks do not agree to begin with.
        wall.step(by: .seconds(86_400))
        let waiting = Task { try await clock.sleep(until: clock.now.advanced(by: .seconds(60)), tolerance: nil) }
        await wall.monotonic.waitForSleepers()
        wall.step(by: step)
        wall.monotonic.advance(by: .seconds(59))
        // It sleeps still, and until the 60th second.
        try #require(wall.monotonic.nextWake == wall.monotonic.now.advanced(by: .seconds(1)))
        wall.monotonic.advance(by: .seconds(1))
        try await waiting.value
    }

    @Test func theLengthOfTimeIsReadFromTheMonotonicClock() {
        let wall = Wall()
        let (before, began) = (wall.clock.uptime, wall.clock.now)
        wall.step(by: .seconds(-3_600))
        wall.monotonic.advance(by: .seconds(5))
        #expect(wall.clock.uptime - before == .seconds(5))
        #expect(began.duration(to: wall.clock.now) == .seconds(5 - 3_600))
    }

    @Test func anInstantThatHasPassedIsNotWaitedFor() async throws {
        let clock = SystemClock()
        try await clock.sleep(until: clock.now, tolerance: nil)
        try await clock.sleep(until: .distantPast, tolerance: nil)
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(until: .distantPast, tolerance: nil)
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }
}
