import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// The cases of a booking system, by their numbers.
@Suite struct BookingCaseTests {
    struct Booking: Codable, Sendable, Equatable {
        var id = "b-1"
        var paid: Int?

        var refund: RefundRequest? {
            paid.map { RefundRequest(transaction: "t-\(id)", intent: "cancellation", amount: $0, currency: "EUR") }
        }
    }

    /// Cancels bookings: marks them, pays back, completes, tells the waitlist.
    private func cancellation(
        _ store: any RecordStore,
        _ refunds: Refunds,
        _ seen: Seen<String>
    ) throws -> SagaDefinition<Booking> {
        let states = Space<String>("example.bookings")
        func mark(_ state: String) -> @Sendable (Booking, StepContext) async throws -> Void {
            { booking, _ in try await store.commitSettling(Batch([states.put(state, at: booking.id, expect: .any)])) }
        }
        return try SagaDefinition("cancel-booking") {
            SagaStep<Booking, Done>("mark-cancelling", isPivot: true, run: mark("CANCELLING"))
            refunds.step(of: { $0.refund }) { booking, failure, _ in
                seen.add("PENDING_MANUAL \(booking.id) \(failure.code ?? "")")
            }
            SagaStep<Booking, Done>("complete-cancellation", run: mark("CANCELLED"))
            SagaStep<Booking, Done>("notify-waitlist") { booking, _ in seen.add("booking.cancelled \(booking.id)") }
        }
    }

    @Test func S19_aRefundThatFailsLeavesTheBookingCancellingWithANoteAndAnAlert() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let (seen, alerts) = (Seen<String>(), Seen<ResilienceAlert>())
            let refunds = try Refunds(on: store) { _ in
                throw StepRefusal("The account is closed", code: "ACCOUNT_CLOSED")
            } find: { _ in
                nil
            }
            let runner = try SagaRunner(try cancellation(store, refunds, seen), on: store) { alerts.add($0) }
            let worker = sim.task("worker") { await runner.run() }
            let result = try await runner.perform(Booking(paid: 50_00), id: "b-1")
            #expect(result.needsAttention)
            #expect(result.failures.map(\.code) == ["ACCOUNT_CLOSED"])
            #expect(try await Space<String>("example.bookings").read("b-1", in: store)?.value == "CANCELLING")
            #expect(seen.all == ["PENDING_MANUAL b-1 ACCOUNT_CLOSED"])
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            #expect(alerts.all.map(\.subject) == ["b-1"])
            worker.cancel()
        }
    }

    @Test func S20_withoutPaymentsThereIsNoRefund() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let seen = Seen<String>()
            let refunds = try Refunds(on: store) { _ in
                seen.add("refunded")
                return Refund(id: "r-1")
            } find: { _ in
                nil
            }
            let runner = try SagaRunner(try cancellation(store, refunds, seen), on: store)
            #expect(try await runner.perform(Booking(), id: "b-1") == .completed)
            #expect(seen.all == ["booking.cancelled b-1"])
            #expect(try await runner.status(of: "b-1")?["refund"] == .skipped)
            #expect(try await Space<String>("example.bookings").read("b-1", in: store)?.value == "CANCELLED")
        }
    }

    @Test func S21_S23_aDeadlockIsTriedThreeTimesAndAnotherErrorOnce() throws {
        try simulated { sim in
            struct Deadlock: FailureReporting {
                var failure: Failure { Failure(source: "postgresql", code: "40P01", message: "deadlock detected") }
            }
            let retrier = Retrier(.deadlock, clock: sim.clock, generator: SmallGenerator(seed: 3))
            let calls = Seen<Timestamp>()
            let value = try await retrier.run { attempt in
                calls.add(sim.clock.now)
                if attempt.number < 3 { throw Deadlock() }
                return 7
            }
            #expect(value == 7)
            let waits = zip(calls.all, calls.all.dropFirst()).map { $0.duration(to: $1) }
            #expect(waits.count == 2)
            #expect((.milliseconds(100)...(.milliseconds(200))).contains(waits[0]))
            #expect((.milliseconds(200)...(.milliseconds(300))).contains(waits[1]))
            let other = Seen<Int>()
            await #expect(throws: StepRefusal.self) {
                try await retrier.run { _ in
                    other.add(1)
                    throw StepRefusal("no")
                }
            }
            #expect(other.all.count == 1)
        }
    }

    @Test(arguments: [(100_01, 1), (100_00, 0)])
    func S24_aRefundIsAlertedAboveAHundredAndNotAtAHundred(amount: Int, expected: Int) throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let alerts = Seen<ResilienceAlert>()
            let refunds = try Refunds(on: store) { alerts.add($0) } send: { _ in
                throw StepRefusal("no", code: "NO")
            } find: { _ in
                nil
            }
            let runner = try SagaRunner(try cancellation(store, refunds, Seen()), on: store)
            #expect(try await runner.perform(Booking(paid: amount), id: "b-1").needsAttention)
            #expect(alerts.all.count == expected)
        }
    }

    @Test func S33_aRefundThatIsRepeatedGivesTheFirstResultAsADuplicate() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let sent = Seen<String>()
            let refunds = try Refunds(on: store) { request in
                sent.add(request.idempotencyKey)
                return Refund(id: "r-\(sent.all.count)")
            } find: { _ in
                nil
            }
            let request = try #require(Booking(paid: 10_00).refund)
            let first = try await refunds.refund(request)
            let second = try await refunds.refund(request)
            #expect(!first.isDuplicate && second.isDuplicate && first.id == second.id)
            // A cancellation that comes to the same payment and intent does not pay again either.
            let runner = try SagaRunner(try cancellation(store, refunds, Seen()), on: store)
            #expect(try await runner.perform(Booking(paid: 10_00), id: "b-1") == .completed)
            #expect(sent.all == ["refund/t-b-1/cancellation"])
            var other = request
            other.amount = 11_00
            await #expect(throws: StepRefusal.self) { try await refunds.refund(other) }
            other.intent = "goodwill"
            #expect(try await refunds.refund(other).id == "r-2")
        }
    }

    @Test func S34_aRefundThatTimedOutIsAskedForBeforeItIsSentAgain() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let (made, asked) = (Seen<String>(), Seen<String>())
            let refunds = try Refunds(on: store) { request in
                made.add(request.transaction)
                // It was made, and the answer is lost.
                try await sim.clock.sleep(until: .distantFuture, tolerance: nil)
                return Refund(id: "r-1")
            } find: { request in
                asked.add(request.transaction)
                return made.all.contains(request.transaction) ? Refund(id: "r-1") : nil
            }
            let definition = try SagaDefinition<Booking>("refunds") {
                refunds.step(timeout: .seconds(30), of: { $0.refund })
            }
            let runner = try SagaRunner(definition, on: store)
            #expect(try await runner.perform(Booking(paid: 10_00), id: "b-1") == .completed)
            #expect(made.all.count == 1)
            #expect(asked.all.count == 2)
        }
    }
}
