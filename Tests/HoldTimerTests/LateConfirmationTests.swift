import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// Payments that come after the deadline.
@Suite(.timeLimit(.minutes(20))) struct LateConfirmationTests {
    private let clock = ManualClock()

    /// What was paid back, and why.
    private final class Refunds: Sendable {
        private let all = Mutex<[HoldError]>([])
        var reasons: [HoldError] { all.withLock { $0 } }
        func add(_ reason: HoldError) { all.withLock { $0.append(reason) } }
    }

    private func desk(on store: any RecordStore) throws -> HoldDesk {
        var options = HoldOptions()
        options.holdsPerHolder = nil
        return try HoldDesk("courts", on: store, options: options)
    }

    private func hour(after seconds: Int64, _ clock: any WallClock) -> HoldSpan {
        let start = clock.now.advanced(by: .seconds(seconds))
        return .interval(from: start, until: start.advanced(by: .seconds(3_600)))
    }

    @Test func aLatePaymentTakesAgainWhatIsFreeAndIsUndoneWhereItIsNot() async throws {
        let desk = try desk(on: InMemoryStore(clock: clock))
        let (refunds, nine) = (Refunds(), hour(after: 86_400, clock))
        let hold = try await desk.hold([HoldItem("c", nine, quantity: 2, of: .units(2))], by: "ann")
        clock.advance(by: .seconds(600))
        let again = try await desk.confirmOrReacquire(hold.id) { refunds.add($0) }
        guard case .confirmed(let booking) = again else { return #expect(Bool(false), "not confirmed") }
        #expect(booking.items == hold.items)
        #expect(refunds.reasons.isEmpty)
        let late = try await desk.hold([HoldItem("a", nine)], by: "ann")
        clock.advance(by: .seconds(600))
        let other = try await desk.hold([HoldItem("a", nine)], by: "bob")
        let blocked = HoldError.slotUnavailable([.init(resource: "a", span: nine, until: other.expiresAt)])
        #expect(try await desk.confirmOrReacquire(late.id) { refunds.add($0) } == .refused(blocked))
        #expect(refunds.reasons == [blocked])
        // Asked again after a crash, it is not booked although it is free by now: it was paid back.
        try await desk.release(other.id)
        let released = HoldError.alreadyReleased(late.id)
        #expect(try await desk.confirmOrReacquire(late.id) { refunds.add($0) } == .refused(released))
        #expect(refunds.reasons == [blocked, released])
    }

    @Test func aSecondPaymentIsToldFromTheFirst() async throws {
        let store = InMemoryStore(clock: clock)
        let desk = try desk(on: store)
        let refunds = Refunds()
        func pay(_ payment: String, for hold: Hold) async throws -> LateConfirmation {
            let paid = Write.put(RecordKey("test.payments", payment), 20, expect: .absent)
            return try await desk.confirmOrReacquire(hold.id, also: [paid]) { refunds.add($0) }
        }
        let inTime = try await desk.hold([HoldItem("a", hour(after: 86_400, clock))], by: "ann")
        let late = try await desk.hold([HoldItem("b", hour(after: 86_400, clock))], by: "ann")
        for hold in [inTime, late] {
            if hold == late { clock.advance(by: .seconds(600)) }
            guard case .confirmed(let booking) = try await pay("\(hold.id)-1", for: hold) else {
                return #expect(Bool(false), "not confirmed")
            }
            #expect(try await pay("\(hold.id)-1", for: hold) == .alreadyConfirmed(booking))
            #expect(try await pay("\(hold.id)-2", for: hold) == .alreadyConfirmed(booking))
            #expect(try await store.read(RecordKey("test.payments", "\(hold.id)-1")) != nil)
            #expect(try await store.read(RecordKey("test.payments", "\(hold.id)-2")) == nil)
        }
        #expect(refunds.reasons.isEmpty)
    }

    @Test func whatIsPastIsNotBookedAnyMore() async throws {
        let desk = try desk(on: InMemoryStore(clock: clock))
        let (refunds, soon) = (Refunds(), hour(after: 60, clock))
        let hold = try await desk.hold([HoldItem("a", soon)], by: "ann")
        clock.advance(by: .seconds(3_660))
        guard case .refused(.invalidInterval) = try await desk.confirmOrReacquire(hold.id, otherwise: { refunds.add($0) })
        else { return #expect(Bool(false), "booked an hour that is past") }
        #expect(refunds.reasons.count == 1)
        #expect(try await desk.status(hold.id).state == .released)
    }

    @Test func whatIsNotKnownIsNotPaidBack() async throws {
        let desk = try desk(on: InMemoryStore(clock: clock))
        await #expect(throws: HoldError.notFound("long-ago")) {
            try await desk.confirmOrReacquire("long-ago") { Issue.record("paid back: \($0)") }
        }
    }

    @Test func ofTwoCallsForOnePaymentNoneIsUndoneWhereTheOtherBooks() throws {
        for seed in 1...300 as ClosedRange<UInt64> {
            let (state, refunds) = try Simulation.run(seed: seed) { sim in
                let truth = InMemoryStore(clock: sim.clock)
                let refunds = Refunds()
                let desk = try desk(on: SimulatedStore(truth, in: sim))
                let item = HoldItem("a", hour(after: 86_400, sim.clock))
                let late = try await desk.hold([item], by: "ann")
                try await sim.clock.pause(for: .seconds(600))
                let other = try await desk.hold([item], by: "bob")
                let tasks = (0..<2).map { number in
                    sim.task("payment \(number)") {
                        _ = try await desk.confirmOrReacquire(late.id) { refunds.add($0) }
                    }
                }
                try await desk.release(other.id)
                for task in tasks { _ = await task.result }
                return (try await desk.status(late.id).state, refunds.reasons)
            }.value
            #expect(refunds.isEmpty == (state == .confirmed), "seed \(seed): \(state), \(refunds)")
        }
    }

    @Test func aCompensationOutlivesItsCaller() async throws {
        let desk = try desk(on: InMemoryStore(clock: clock))
        let item = HoldItem("a", hour(after: 86_400, clock))
        let late = try await desk.hold([item], by: "ann")
        clock.advance(by: .seconds(600))
        _ = try await desk.hold([item], by: "bob")
        let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
        let (goOn, mayGoOn) = AsyncStream.makeStream(of: Void.self)
        let refunds = Refunds()
        let caller = Task {
            try await desk.confirmOrReacquire(late.id) { reason in
                hasBegun.yield()
                for await _ in goOn { break }
                try Task.checkCancellation()
                refunds.add(reason)
            }
        }
        for await _ in begun { break }
        caller.cancel()
        mayGoOn.yield()
        _ = await caller.result
        #expect(refunds.reasons.count == 1)
    }
}
