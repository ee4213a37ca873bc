import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// Slots of which the hold is gone.
@Suite(.timeLimit(.minutes(5))) struct HoldClearingTests {
    @Test func ofTwoWhoClearTheSameSlotBothAreAnswered() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let desk = try HoldDesk("courts", on: truth)
            let start = sim.clock.now.advanced(by: .seconds(86_400))
            let hour = HoldSpan.interval(from: start, until: start.advanced(by: .seconds(3_600)))
            let lost = try await desk.hold([HoldItem("a", hour)], by: "ann")
            try await truth.commit(Batch([.delete(RecordKey("hold.courts", lost.id), expect: .any)]))
            try await sim.clock.pause(for: .seconds(300))

            // When the second one clears the slot, the first has done so and has taken the place.
            let hasBegun = Mutex(false)
            let later = HookedStore(
                base: truth,
                beforeCommit: { _ throws(StoreError) in
                    let isFirst = hasBegun.withLock { hasBegun in
                        defer { hasBegun = true }
                        return !hasBegun
                    }
                    guard isFirst else { return }
                    _ = try? await desk.hold([HoldItem("a", hour)], by: "bob")
                }
            )
            let second = try HoldDesk("courts", on: later)
            do {
                _ = try await second.hold([HoldItem("a", hour)], by: "cid")
                Issue.record("held twice")
            } catch HoldError.slotUnavailable(let blockers) {
                #expect(blockers.map(\.span) == [hour])
            }
            #expect(try await truth.count(Scan("hold.courts.slots")) == 1)
        }
    }
}
