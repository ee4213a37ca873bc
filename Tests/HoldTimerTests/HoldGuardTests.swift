import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// When the guard of a resource goes.
@Suite(.timeLimit(.minutes(5))) struct HoldGuardTests {
    private static func hour(after start: Timestamp, days: Int) -> HoldSpan {
        let start = start.advanced(by: .seconds(86_400 * days))
        return .interval(from: start, until: start.advanced(by: .seconds(3_600)))
    }

    @Test func aClockThatWasAheadSellsNothingTwice() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let clock = try SkewedClock(over: sim.clock)
            let store = InMemoryStore(clock: clock)
            let desk = try HoldDesk("courts", on: store)
            let hour = Self.hour(after: sim.clock.now, days: 3)
            let items = [HoldItem("a", hour), HoldItem("b", Self.hour(after: sim.clock.now, days: 20))]
            let booking = try await desk.hold(items, by: "ann")
            try await desk.confirm(booking.id)

            clock.offset = .seconds(86_400 * 5)
            sim.task("worker") { try await desk.run { _ in } }
            try await sim.clock.pause(for: .seconds(10))
            clock.offset = .zero
            await #expect(throws: HoldError.slotUnavailable([HoldBlocker(resource: "a", span: hour, until: nil)])) {
                try await desk.hold([HoldItem("a", hour)], by: "bob")
            }
            // In the end it goes, with the last slot.
            try await sim.clock.pause(for: .seconds(86_400 * 23))
            #expect(try await store.count(Scan("hold.courts.guards")) == 0)
        }
    }

    @Test func whoTakesTimeWhileItsGuardIsCollectedKeepsIt() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let desk = try HoldDesk("courts", on: truth)
            let start = sim.clock.now
            let past = try await desk.hold([HoldItem("a", Self.hour(after: start, days: 1))], by: "ann")
            try await desk.release(past.id)
            try await sim.clock.pause(for: .seconds(3 * 86_400))

            let hour = Self.hour(after: start, days: 5)
            let hasBegun = Mutex(false)
            // The sweeper has seen no slot; now somebody takes one.
            let hooked = HookedStore(
                base: truth,
                beforeCommit: { batch throws(StoreError) in
                    guard batch.writes.contains(where: { $0.key.space == "hold.courts.guards" }) else { return }
                    let isFirst = hasBegun.withLock { hasBegun in
                        defer { hasBegun = true }
                        return !hasBegun
                    }
                    if isFirst { _ = try? await desk.hold([HoldItem("a", hour)], by: "bob") }
                }
            )
            let sweeper = try HoldDesk("courts", on: hooked)
            sim.task("sweeper") { try await sweeper.run { _ in } }
            try await sim.clock.pause(for: .seconds(1))
            #expect(hasBegun.withLock { $0 })
            #expect(try await truth.count(Scan("hold.courts.slots")) == 1)
            await #expect(throws: HoldError.self) { try await desk.hold([HoldItem("a", hour)], by: "cid") }
        }
    }
}
