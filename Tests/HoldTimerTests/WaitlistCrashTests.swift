import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct WaitlistCrashTests {
    private static let seat = [HoldItem("seat", .whole)]

    /// A process that cancels a booking, joins and makes offers crashes before or after each of its writes, one by one.
    @Test(arguments: [Fault.crashBeforeApply, .crashAfterApply])
    func aCrashAtAnyWriteLosesNoEntryAndOffersNothingTwice(fault: Fault) throws {
        var crashes = 0
        for operation in [StoreOperation.commit, .claim] {
            for number in 1...12 {
                let crashed = try Simulation.run(seed: UInt64(number)) { sim in
                    try await Self.crash(fault, at: operation, number, sim)
                }
                crashes += crashed.value ? 1 : 0
            }
        }
        print("waitlist: \(crashes) crashes")
        #expect(crashes >= 10)
    }

    private static func crash(
        _ fault: Fault,
        at operation: StoreOperation,
        _ number: Int,
        _ sim: Simulation
    ) async throws -> Bool {
        let truth = InMemoryStore(clock: sim.clock)
        let desk = try HoldDesk("hall", on: truth)
        let waitlist = try Waitlist(for: desk)
        let booking = try await desk.hold(seat, by: "ann")
        try await desk.confirm(booking.id)
        let first = try await waitlist.join(seat, by: "bob")
        try await sim.clock.pause(for: .microseconds(1))
        let second = try await waitlist.join(seat, by: "cid")

        let told = Told()
        let plan = try FaultPlan.none.injecting(fault, at: operation, number: number)
        let weak = SimulatedStore(truth, in: sim, faults: plan)
        let process = sim.process("first") {
            let desk = try HoldDesk("hall", on: weak)
            let waitlist = try Waitlist(for: desk)
            async let serving: Void = waitlist.run { told.note($0) }
            try await desk.cancel(booking.id)
            try await sim.clock.pause(for: .seconds(1))
            _ = try await waitlist.join(seat, by: "dan")
            try await serving
        }
        try await sim.clock.pause(for: .seconds(5))
        let crashed = process.hasCrashed
        process.crash()
        do { try await desk.cancel(booking.id) } catch HoldError.alreadyReleased {}
        sim.task("desk") { try await desk.run { _ in } }
        sim.task("waitlist") { try await waitlist.run { told.note($0) } }

        try await sim.clock.pause(for: .seconds(300))
        let place = "\(fault) at \(operation) \(number)"
        #expect(try await waitlist.status(first.id).state == .notified, "\(place)")
        #expect(try await waitlist.status(second.id).state == .waiting, "\(place)")
        #expect(told.ids == ["\(first.id).notified"], "\(place)")
        try await sim.clock.pause(for: .seconds(400))
        #expect(try await waitlist.status(first.id).state == .expired, "\(place)")
        #expect(try await waitlist.status(second.id).state == .notified, "\(place)")
        #expect(told.ids == ["\(first.id).notified", "\(second.id).notified"], "\(place)")
        return crashed
    }

    private final class Told: Sendable {
        private let state = Mutex<Set<String>>([])
        var ids: Set<String> { state.withLock { $0 } }
        func note(_ message: OutboxMessage<WaitlistEntry>) { _ = state.withLock { $0.insert(message.id) } }
    }
}
