import ExampleSupport
import ResilienceCore
import Synchronization
import Testing

@testable import PaymentFlow

@Suite struct VirtualTimeTests {
    @Test func timeJumpsToTheNextSleeperInOrder() async throws {
        let time = VirtualTime(startingAt: TimeKeeping.epoch)
        let order = Order()
        try await time.perform {
            await withTaskGroup(of: Void.self) { group in
                for seconds in [300, 5, 60] {
                    group.addTask {
                        try? await time.sleep(until: TimeKeeping.epoch.advanced(by: .seconds(seconds)), tolerance: nil)
                        order.list.withLock { $0.append(seconds) }
                    }
                }
            }
        }
        #expect(order.list.withLock { $0 } == [5, 60, 300])
        #expect(time.now == TimeKeeping.epoch.advanced(by: .seconds(300)))
    }

    @Test func timeStandsStillWhileSomethingOutsideIsUnderWay() async throws {
        let time = VirtualTime(startingAt: TimeKeeping.epoch)
        let (stream, answer) = AsyncStream<Void>.makeStream()
        let seen = try await time.perform {
            async let sleeper: Void = time.sleep(until: time.now.advanced(by: .seconds(9)), tolerance: nil)
            let seen = await time.outside {
                // Answered by a thread that virtual time knows nothing of.
                let thread = UnstructuredTask.$executor.withValue(nil) {
                    Task.detached { _ = answer.yield() }
                }
                for await _ in stream { break }
                await thread.value
                return time.now
            }
            try await sleeper
            return seen
        }
        #expect(seen == TimeKeeping.epoch)
        #expect(time.now == TimeKeeping.epoch.advanced(by: .seconds(9)))
    }

    @Test(.timeLimit(.minutes(20))) func whatEndsOutsideOnAThreadOfItsOwnIsNoticed() async throws {
        let time = VirtualTime(startingAt: TimeKeeping.epoch)
        try await time.perform {
            for _ in 0..<500 {
                let (begun, begin) = AsyncStream<Void>.makeStream()
                let stranger = UnstructuredTask.$executor.withValue(nil) {
                    Task.detached {
                        await time.outside {
                            begin.finish()
                            // Long enough for the others to fall asleep meanwhile.
                            for _ in 0..<50 { await Task.yield() }
                        }
                    }
                }
                for await _ in begun {}
                try await time.sleep(until: time.now.advanced(by: .seconds(1)), tolerance: nil)
                await stranger.value
            }
        }
        #expect(time.now == TimeKeeping.epoch.advanced(by: .seconds(500)))
    }

    @Test func aCancelledSleepEnds() async throws {
        let time = VirtualTime(startingAt: TimeKeeping.epoch)
        let wasCancelled = try await time.perform {
            let task = UnstructuredTask.start { try await time.sleep(until: .distantFuture, tolerance: nil) }
            task.cancel()
            return await task.result.isCancellation
        }
        #expect(wasCancelled)
        #expect(time.now == TimeKeeping.epoch)
    }

    @Test func scaledTimeGoesThatMuchFasterAndSaturates() {
        let origin = TimeOrigin(wall: Timestamp(seconds: 100), shown: Timestamp(seconds: 1_000), factor: 60)
        #expect(origin.shown(at: Timestamp(seconds: 101)) == Timestamp(seconds: 1_060))
        #expect(origin.shown(at: Timestamp(seconds: 99)) == Timestamp(seconds: 940))
        #expect(origin.shown(at: .distantFuture) == .distantFuture)
    }

    @Test func aLeaseLastsAtLeastHalfASecondOfTheWallClock() {
        #expect(RunSpeed.virtual.lease == .seconds(30))
        #expect(RunSpeed.times(60).lease == .seconds(30))
        #expect(RunSpeed.times(1_000).lease == .seconds(500))
        #expect(RunSpeed.times(1_000_000).lease == .seconds(86_400))
    }
}

private final class Order: Sendable {
    let list = Mutex<[Int]>([])
}

extension Result {
    fileprivate var isCancellation: Bool {
        if case .failure(let error) = self { error is CancellationError } else { false }
    }
}
