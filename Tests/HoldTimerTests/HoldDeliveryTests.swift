import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// What fails for a long time is done in the end.
@Suite(.timeLimit(.minutes(5))) struct HoldDeliveryTests {
    private struct Outage: Error {}

    /// Fails so many times, and then notes what it is told.
    private final class Consumer: Sendable {
        private let state: Mutex<(failures: Int, told: [String])>
        init(failing failures: Int) { state = Mutex((failures, [])) }
        var told: [String] { state.withLock { $0.told } }

        func tell(_ id: String) throws {
            try state.withLock { state in
                guard state.failures == 0 else {
                    state.failures -= 1
                    throw Outage()
                }
                state.told.append(id)
            }
        }
    }

    @Test func aMessageOfAnExpiryOutlastsALongOutage() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let desk = try HoldDesk("courts", on: InMemoryStore(clock: sim.clock))
            let hold = try await desk.hold([HoldItem("a", .whole)], by: "ann")
            let consumer = Consumer(failing: 20)
            sim.task("worker") { try await desk.run { try consumer.tell($0.id) } }
            try await sim.clock.pause(for: .seconds(3_600))
            #expect(consumer.told == ["\(hold.id).expired"])
        }
    }

    @Test func aMessageOfAnOfferOutlastsALongOutage() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let desk = try HoldDesk("courts", on: InMemoryStore(clock: sim.clock))
            let waitlist = try Waitlist(for: desk)
            let entry = try await waitlist.join([HoldItem("a", .whole)], by: "bob")
            let consumer = Consumer(failing: 20)
            sim.task("worker") { try await waitlist.run { try consumer.tell($0.id) } }
            try await sim.clock.pause(for: .seconds(3_600))
            #expect(consumer.told == ["\(entry.id).notified"])
        }
    }

    @Test func anExpiryIsRecordedInTheEndWhateverTheOptionsSay() throws {
        _ = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let recovery = sim.clock.now.advanced(by: .seconds(3_600))
            let weak = HookedStore(
                base: truth,
                beforeCommit: { batch throws(StoreError) in
                    guard sim.clock.now < recovery else { return }
                    if batch.writes.contains(where: { $0.key.space == "outbox.hold.courts" }) {
                        throw .unavailable(Outage())
                    }
                }
            )
            var options = HoldOptions()
            options.worker = WorkerOptions()
            let desk = try HoldDesk("courts", on: weak, options: options)
            let hold = try await desk.hold([HoldItem("a", .whole)], by: "ann")
            sim.task("worker") { try await desk.run { _ in } }
            try await sim.clock.pause(for: .seconds(3_700))
            #expect(try await desk.status(hold.id).state == .expired)
            _ = try await desk.hold([HoldItem("a", .whole)], by: "bob")
        }
    }
}
