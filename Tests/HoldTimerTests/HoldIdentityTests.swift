import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// Holds under an id of the caller's.
@Suite(.timeLimit(.minutes(5))) struct HoldIdentityTests {
    private let clock = ManualClock()

    private static func hour(after clock: any WallClock) -> HoldSpan {
        let start = clock.now.advanced(by: .seconds(86_400))
        return .interval(from: start, until: start.advanced(by: .seconds(3_600)))
    }

    @Test func aHoldWhoseAnswerWasLostIsReturned() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let isDown = Mutex(false)
            let mayFail = Mutex(true)
            let lost = StoreError.indeterminate(CommitID(origin: 1, number: 1))
            // The first commit is applied and not answered, and those after it not even applied.
            let weak = HookedStore(
                base: truth,
                beforeCommit: { _ throws(StoreError) in if isDown.withLock({ $0 }) { throw lost } },
                afterCommit: { _ throws(StoreError) in
                    guard mayFail.withLock({ $0 }) else { return }
                    isDown.withLock { $0 = true }
                    throw lost
                }
            )
            var options = HoldOptions()
            options.holdsPerHolder = 1
            let desk = try HoldDesk("courts", on: weak, options: options)
            let items = [HoldItem("a", Self.hour(after: sim.clock))]
            await #expect(throws: StoreError.self) { try await desk.hold(items, by: "ann", id: "order-1") }
            mayFail.withLock { $0 = false }
            isDown.withLock { $0 = false }
            let hold = try await desk.hold(items, by: "ann", id: "order-1")
            #expect(hold.id == "order-1" && hold.state == .active)
            #expect(try await truth.count(Scan("hold.courts")) == 1)
            #expect(try await desk.status("order-1") == hold)
        }
    }

    @Test func ofTwoTriesAtOnceBothAreAnsweredWithOneHold() throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            _ = try Simulation.run(seed: seed) { sim in
                let truth = InMemoryStore(clock: sim.clock)
                let desk = try HoldDesk("courts", on: SimulatedStore(truth, in: sim))
                let items = [HoldItem("a", Self.hour(after: sim.clock)), HoldItem("b", .whole)]
                let tries = (0..<2).map { number in
                    sim.task("try \(number)") { try await desk.hold(items, by: "ann", id: "order-1") }
                }
                for one in tries { #expect(try await one.value.id == "order-1", "seed \(seed)") }
                #expect(try await truth.count(Scan("hold.courts")) == 1)
            }
        }
    }

    @Test func whatBecameOfTheHoldIsToldByItsId() async throws {
        let desk = try HoldDesk("courts", on: InMemoryStore(clock: clock))
        let items = [HoldItem("a", Self.hour(after: clock)), HoldItem("b", .whole, quantity: 2, of: .units(3))]
        let hold = try await desk.hold(items, by: "ann", id: "1")
        #expect(try await desk.hold(items, by: "ann", id: "1") == hold)
        #expect(try await desk.hold(items.reversed(), by: "ann", for: .seconds(1), id: "1") == hold)
        await #expect(throws: InvalidArgument.self) { try await desk.hold(items, by: "bob", id: "1") }
        await #expect(throws: InvalidArgument.self) { try await desk.hold([items[0]], by: "ann", id: "1") }
        await #expect(throws: InvalidArgument.self) {
            try await desk.hold([items[0], HoldItem("b", .whole, of: .units(3))], by: "ann", id: "1")
        }
        let booking = try await desk.confirm("1")
        #expect(try await desk.hold(items, by: "ann", id: "1") == booking)
        try await desk.cancel("1")
        await #expect(throws: HoldError.alreadyReleased("1")) { try await desk.hold(items, by: "ann", id: "1") }

        _ = try await desk.hold(items, by: "ann", id: "2")
        clock.advance(by: .seconds(300))
        await #expect(throws: HoldError.holdExpired("2")) { try await desk.hold(items, by: "ann", id: "2") }
        _ = try await desk.hold(items, by: "bob", id: "3")
        #expect(try await desk.status("2").state == .expired)
        await #expect(throws: HoldError.holdExpired("2")) { try await desk.hold(items, by: "ann", id: "2") }
    }

    @Test func anIdFitsIntoEveryNameThatIsMadeOfIt() async throws {
        let desk = try HoldDesk("courts", on: InMemoryStore(clock: clock))
        let resource = String(repeating: "r", count: 200)
        let items = [HoldItem(resource, Self.hour(after: clock), quantity: 100, of: .units(100))]
        let id = String(repeating: "i", count: 200)
        _ = try await desk.hold(items, by: "ann", id: id)
        clock.advance(by: .seconds(300))
        _ = try await desk.hold(items, by: "bob")
        #expect(try await desk.status(id).state == .expired)
        for id in ["", id + "i", "a\0", "a\u{1E}b", "a\u{7F}", "caf\u{E9}"] {
            await #expect(throws: InvalidArgument.self, "\(id)") { try await desk.hold(items, by: "ann", id: id) }
        }
    }
}
