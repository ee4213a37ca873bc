import HoldTimer
import ResilienceCore
import ResilienceTesting
import Testing

/// A clerk takes cash for a held court: the payment is recorded in the commit that confirms the hold, once for a booking
/// and an amount within five minutes, whoever records it.
@Suite(.timeLimit(.minutes(20))) struct OfflinePaymentTests {
    private struct Cash: Codable, Sendable, Hashable { var booking: String; var cents: Int; var clerk: String }

    private struct Counter: Sendable {
        let desk: HoldDesk
        let store: any RecordStore
        let keys: Idempotency<String>
        static let payments = Space<Cash>("test.cash")

        init(on store: any RecordStore) throws {
            desk = try HoldDesk("courts", on: store)
            keys = try Idempotency("cash", on: store, lease: .seconds(10), retention: .seconds(300))
            self.store = store
        }

        /// The number of the receipt. A second payment of a booking is recorded too; the booking stays what it is.
        func record(_ cents: Int, for booking: String, by clerk: String, receipt: String) async throws -> String {
            while true {
                switch try await keys.begin("\(booking)/\(cents)", fingerprint: "cash") {
                case .replay(let receipt): return receipt
                case .inProgress(let until): try await store.clock.sleep(until: until, tolerance: nil)
                case .mismatch: throw HoldError.contended
                case .proceed(let ticket):
                    let cash = Cash(booking: booking, cents: cents, clerk: clerk)
                    let paid = Self.payments.put(cash, at: receipt, expect: .absent)
                    let writes = [paid, ticket.complete(with: receipt)]
                    try await desk.confirm(booking, also: writes)
                    // Where it was a booking before, nothing was written.
                    if try await Self.payments.read(receipt, in: store) == nil { try await store.commit(Batch(writes)) }
                    return receipt
                }
            }
        }
    }

    private let court = [
        HoldItem(
            "a",
            .interval(from: Timestamp(seconds: 4_000_000_000), until: Timestamp(seconds: 4_000_003_600))
        )
    ]

    @Test func S26_twoClerksWhoRecordOnePaymentAtOnceMakeOneRecord() throws {
        for seed in 1...100 as ClosedRange<UInt64> {
            let court = court
            let (records, state) = try Simulation.run(seed: seed) { sim in
                let truth = InMemoryStore(clock: sim.clock)
                let counter = try Counter(on: SimulatedStore(truth, in: sim))
                let hold = try await counter.desk.hold(court, by: "ann")
                let clerks = ["x", "y"].map { clerk in
                    sim.task(clerk) { try await counter.record(2_000, for: hold.id, by: clerk, receipt: clerk) }
                }
                for clerk in clerks { _ = await clerk.result }
                return (try await truth.count(Scan("test.cash")), try await counter.desk.status(hold.id).state)
            }.value
            #expect(records == 1 && state == .confirmed, "seed \(seed)")
        }
    }

    @Test func S27_theSameAmountAfterFiveMinutesIsASecondPayment() async throws {
        let clock = ManualClock()
        let store = InMemoryStore(clock: clock)
        let counter = try Counter(on: store)
        let hold = try await counter.desk.hold(court, by: "ann")
        #expect(try await counter.record(2_000, for: hold.id, by: "x", receipt: "1") == "1")
        clock.advance(by: .seconds(299))
        #expect(try await counter.record(2_000, for: hold.id, by: "y", receipt: "2") == "1")
        #expect(try await counter.record(500, for: hold.id, by: "y", receipt: "3") == "3")
        clock.advance(by: .seconds(2))
        #expect(try await counter.record(2_000, for: hold.id, by: "y", receipt: "4") == "4")
        #expect(try await store.count(Scan("test.cash")) == 3)
    }

    @Test(arguments: 1...6, [Fault.crashBeforeApply, .crashAfterApply])
    func S28_aCrashBetweenCheckAndRecordLeavesOneRecordAfterTheRestart(number: Int, fault: Fault) throws {
        let court = court
        let records = try Simulation.run(seed: 1) { sim in
            let truth = InMemoryStore(clock: sim.clock)
            let hold = try await Counter(on: truth).desk.hold(court, by: "ann")
            let weak = SimulatedStore(
                truth,
                in: sim,
                faults: try FaultPlan.none.injecting(fault, at: .commit, number: number)
            )
            let process = sim.process("first") {
                _ = try await Counter(on: weak).record(2_000, for: hold.id, by: "x", receipt: "1")
            }
            _ = await process.outcome()
            try await sim.clock.pause(for: .seconds(11))
            let counter = try Counter(on: truth)
            _ = try await counter.record(2_000, for: hold.id, by: "x", receipt: "2")
            #expect(try await counter.desk.status(hold.id).state == .confirmed)
            return try await truth.count(Scan("test.cash"))
        }.value
        #expect(records == 1)
    }
}
