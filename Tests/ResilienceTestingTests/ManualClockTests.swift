import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct ManualClockTests {
    let clock = ManualClock()

    @Test func aSleeperWakesWhenItsDeadlineIsReachedAndNotBefore() async throws {
        let deadline = clock.now.advanced(by: .seconds(10))
        let sleeper = Task { [clock] in
            try await clock.sleep(until: deadline, tolerance: nil)
            return clock.now
        }
        await clock.waitForSleepers()
        #expect(clock.nextWake == deadline)
        clock.advance(by: .seconds(9))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        #expect(clock.sleeperCount == 0)
        #expect(try await sleeper.value == deadline)
    }

    @Test func aSleepUntilAPastInstantReturnsAtOnce() async throws {
        try await clock.sleep(until: clock.now, tolerance: nil)
        try await clock.sleep(until: .distantPast, tolerance: nil)
        #expect(clock.sleeperCount == 0)
    }

    @Test func aCancelledSleeperThrowsAtOnceAndLeaves() async {
        let sleeper = Task { [clock] in try await clock.sleep(until: .distantFuture, tolerance: nil) }
        await clock.waitForSleepers()
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
        #expect(clock.nextWake == nil)
    }

    @Test func aTaskThatIsAlreadyCancelledDoesNotFallAsleep() async {
        let sleeper = Task { [clock] in
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(until: .distantPast, tolerance: nil)
        }
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test func aTestCanWaitForSeveralSleepers() async throws {
        let start = clock.now
        await withTaskGroup(of: Void.self) { group in
            for second in 1...3 {
                group.addTask { [clock] in
                    try? await clock.sleep(until: start.advanced(by: .seconds(second)), tolerance: nil)
                }
            }
            await clock.waitForSleepers(3)
            #expect(clock.sleeperCount == 3)
            #expect(clock.nextWake == start.advanced(by: .seconds(1)))
            clock.advance(to: start.advanced(by: .seconds(2)))
            #expect(clock.sleeperCount == 1)
            clock.advance(to: .distantFuture)
        }
        #expect(clock.sleeperCount == 0)
    }

    @Test func sleepersWakeInTheOrderOfTheirDeadlinesThenOfTheirArrival() {
        let executor = QueueExecutor()
        let woken = Numbers()
        let start = clock.now
        for (number, seconds) in [3, 1, 2, 1].enumerated() {
            Task(executorPreference: executor) { [clock] in
                try await clock.sleep(until: start.advanced(by: .seconds(seconds)), tolerance: nil)
                woken.all.withLock { $0.append(number) }
            }
        }
        executor.drain()
        clock.advance(by: .seconds(10))
        executor.drain()
        #expect(woken.all.withLock { $0 } == [1, 3, 2, 0])
    }

    @Test func waitingForSleepersEndsWithCancellation() async {
        let waiting = Task { [clock] in await clock.waitForSleepers(5) }
        waiting.cancel()
        await waiting.value
    }

    @Test func theClockNeverGoesBack() {
        let start = clock.now
        clock.advance(by: .seconds(-1))
        clock.advance(to: .distantPast)
        #expect(clock.now == start)
        clock.advance(by: .seconds(Int64.max))
        #expect(clock.now == .distantFuture)
    }
}

private final class Numbers: Sendable {
    let all = Mutex<[Int]>([])
}
