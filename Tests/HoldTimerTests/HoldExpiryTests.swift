import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct HoldExpiryTests {
    /// Runs in simulated time, so that waiting costs nothing and the order of things is repeated.
    private func simulate<Value: Sendable>(
        _ body: @escaping @Sendable (Simulation, HoldDesk, InMemoryStore) async throws -> Value
    ) throws -> Value {
        try Simulation.run(seed: 7) { sim in
            let store = InMemoryStore(clock: sim.clock)
            return try await body(sim, try HoldDesk("courts", on: store), store)
        }.value
    }

    @Test func S3_S4_atTheDeadlineTheExpiryIsRecordedWithOneMessage() throws {
        let (told, states) = try simulate { sim, desk, store in
            let told = Mutex<[(String, Timestamp)]>([])
            let hold = try await desk.hold([HoldItem("a", .whole)], by: "ann")
            let deadline = hold.expiresAt
            for worker in ["one", "two"] {
                sim.task(worker) {
                    try await desk.run { message in told.withLock { $0.append((message.id, sim.clock.now)) } }
                }
            }
            try await sim.clock.sleep(until: deadline.advanced(by: .microseconds(-1)), tolerance: nil)
            let before = try await desk.status(hold.id).state
            try await sim.clock.sleep(until: deadline.advanced(by: .seconds(1)), tolerance: nil)
            let after = try await desk.status(hold.id).state
            #expect(told.withLock { $0.map(\.0) } == ["\(hold.id).expired"])
            return (told.withLock { $0.map { deadline.duration(to: $0.1) } }, [before, after])
        }
        #expect(states == [.active, .expired])
        #expect(told == [.zero])
    }

    @Test func S2_S5_anExtendedOrConfirmedHoldIsLeftAlone() throws {
        try simulate { sim, desk, store in
            let extended = try await desk.hold([HoldItem("a", .whole)], by: "ann")
            let confirmed = try await desk.hold([HoldItem("b", .whole)], by: "ann")
            sim.task("worker") { try await desk.run { _ in } }
            try await sim.clock.pause(for: .seconds(299))
            try await desk.extend(extended.id, by: .seconds(60))
            try await desk.confirm(confirmed.id)
            try await sim.clock.pause(for: .seconds(60))
            #expect(try await desk.status(extended.id).state == .active)
            #expect(try await desk.status(confirmed.id).state == .confirmed)
            try await sim.clock.pause(for: .seconds(2))
            #expect(try await desk.status(extended.id).state == .expired)
        }
    }

    @Test func S2_aHoldThatIsClaimedEarlyIsLeftAlone() throws {
        _ = try Simulation.run(seed: 7) { sim in
            let clock = try SkewedClock(over: sim.clock)
            let truth = InMemoryStore(clock: clock)
            let claims = Mutex(0)
            // The clock is ahead when the hold is claimed, and is corrected before that is handled.
            let store = HookedStore(
                base: truth,
                afterClaim: { records in
                    guard records.contains(where: { $0.key.space == "hold.courts" }) else { return }
                    claims.withLock { $0 += 1 }
                    clock.offset = .zero
                }
            )
            let desk = try HoldDesk("courts", on: store)
            let hold = try await desk.hold([HoldItem("a", .whole)], by: "ann")
            clock.offset = .seconds(400)
            let told = Mutex<[String]>([])
            sim.task("worker") { try await desk.run { message in told.withLock { $0.append(message.id) } } }
            try await sim.clock.pause(for: .seconds(1))
            #expect(claims.withLock { $0 } == 1)
            #expect(try await desk.status(hold.id) == hold)
            #expect(try await truth.read(RecordKey("hold.courts", hold.id))?.due == hold.expiresAt)
            await #expect(throws: HoldError.self) { try await desk.hold([HoldItem("a", .whole)], by: "bob") }
            try await sim.clock.pause(for: .seconds(300))
            #expect(try await desk.status(hold.id).state == .expired)
            #expect(told.withLock { $0 } == ["\(hold.id).expired"])
        }
    }

    @Test func whatOutlivesItsGuardIsNotBookedOverAndHidesNothing() throws {
        try simulate { sim, desk, store in
            let start = sim.clock.now.advanced(by: .seconds(3_600))
            func days(_ from: Int, _ until: Int) -> HoldSpan {
                .interval(
                    from: start.advanced(by: .seconds(86_400 * from)),
                    until: start.advanced(by: .seconds(86_400 * until))
                )
            }
            let hour = HoldSpan.interval(from: start, until: start.advanced(by: .seconds(3_600)))
            // The court of the first hour stays in the store as long as the room of two weeks.
            let items = [HoldItem("court", hour), HoldItem("room", days(0, 14))]
            let first = try await desk.hold(items, by: "ann")
            try await desk.confirm(first.id)
            sim.task("worker") { try await desk.run { _ in } }
            try await sim.clock.pause(for: .seconds(2 * 86_400))
            #expect(try await store.count(Scan("hold.courts.guards")) == 2)
            try await store.commit(Batch([.delete(RecordKey("hold.courts.guards", "court"), expect: .any)]))
            let blocker = HoldBlocker(resource: "court", span: hour, until: nil)
            // One that reaches over it, and one that reaches into it.
            for span in [
                days(-1, 6),
                .interval(from: start.advanced(by: .seconds(60)), until: start.advanced(by: .seconds(6 * 86_400))),
            ] {
                await #expect(throws: HoldError.slotUnavailable([blocker])) {
                    try await desk.hold([HoldItem("court", span)], by: "bob")
                }
            }
            guard case .interval(let from, let until) = days(-1, 6) else { return }
            #expect(try await desk.availability("court", from: from, until: until).map(\.free) == [1, 0, 1])
            // What begins later is free, and then taken.
            let second = try await desk.hold([HoldItem("court", days(1, 6))], by: "bob")
            try await desk.confirm(second.id)
            await #expect(throws: HoldError.self) { try await desk.hold([HoldItem("court", days(4, 5))], by: "cid") }
        }
    }

    @Test func whatEndedIsPurgedAndSoIsABookingThatIsPast() throws {
        try simulate { sim, desk, store in
            let start = sim.clock.now.advanced(by: .seconds(3_600))
            // It is not past at the very instant at which guards are looked at.
            let span = HoldSpan.interval(from: start, until: start.advanced(by: .seconds(3_601)))
            let booking = try await desk.hold([HoldItem("a", span)], by: "ann")
            try await desk.confirm(booking.id)
            _ = try await desk.hold([HoldItem("b", span), HoldItem("c", .whole)], by: "ann")
            sim.task("worker") { try await desk.run { _ in } }
            try await sim.clock.pause(for: .seconds(86_400))
            #expect(try await store.count(Scan("hold.courts")) == 2)
            #expect(try await store.count(Scan("hold.courts.guards")) == 3)
            try await sim.clock.pause(for: .seconds(7_801))
            #expect(try await store.count(Scan("hold.courts")) == 0)
            #expect(try await store.count(Scan("hold.courts.slots")) == 0)
            #expect(try await store.count(Scan("hold.courts.holders")) == 0)
            #expect(try await store.count(Scan("hold.courts.guards")) == 0)
        }
    }
}
