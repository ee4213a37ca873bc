import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import RetryOrchestrator
import Saga
import Testing

/// Refunds by themselves, and what they alert.
@Suite struct RefundTests {
    private let request = RefundRequest(transaction: "t-1", intent: "cancellation", amount: 250_00, currency: "EUR")

    @Test func oneThatFailsForGoodIsAlertedWithWhatIsNeededToActAndHandedOn() throws {
        try simulated { sim in
            let store = InMemoryStore(clock: sim.clock)
            let (alerts, handled) = (Seen<ResilienceAlert>(), Seen<String>())
            let send: Refunds.Sending = { _ in throw StepRefusal("The account is closed", code: "ACCOUNT_CLOSED") }
            let alert: Refunds.Alert = { alerts.add($0) }
            let find: Refunds.Question = { _ in nil }
            let refunds = try Refunds(on: store, alertAbove: 200_00, alert: alert, send: send, find: find)
            let definition = try SagaDefinition<Job>("s") {
                refunds.step(of: { (job: Job) in job.amount == 0 ? nil : request }) { _, failure, _ in
                    handled.add(failure.code ?? "")
                }
            }
            let runner = try SagaRunner.forTests(definition, on: store)
            _ = try await runner.perform(Job(), id: "1")
            #expect(handled.all == ["ACCOUNT_CLOSED"])
            let seen = try #require(alerts.all.first)
            #expect(alerts.all.count == 1)
            #expect(seen.name == "refund.failed" && seen.severity == .critical && seen.code == "ACCOUNT_CLOSED")
            #expect(seen.subject == "t-1" && seen.at == sim.clock.now)
            #expect(seen.message == "A refund of 25000 EUR failed")
            #expect(seen.attributes == ["intent": "cancellation", "error": "StepRefusal"])
            // Nothing to pay back, nothing to alert.
            #expect(try await runner.perform(Job(amount: 0), id: "2") == .completed)
            #expect(alerts.all.count == 1)
        }
    }

    @Test(arguments: [true, false]) func oneThatWasMadeAndCouldNotBeRecordedIsAskedForAndNotFailed(isTooLarge: Bool) throws {
        try simulated { sim in
            let truth = InMemoryStore(clock: sim.clock, coder: JSONCoder())
            let store = SimulatedStore(truth, in: sim)
            let sent = Seen<String>()
            let refunds = try Refunds(on: store) { request in
                sent.add(request.idempotencyKey)
                guard !isTooLarge else { return Refund(id: String(repeating: "x", count: 2 << 20)) }
                store.inject(try FaultPlan(rates: [.unavailable: 1]))
                return Refund(id: "r-1")
            } find: { _ in
                sent.all.isEmpty ? nil : Refund(id: "r-1")
            }
            let refund = refunds.step(of: { (_: Job) in request })
            let definition = try SagaDefinition<Job>("s") { refund }
            let runner = try SagaRunner(definition, on: truth)
            #expect(try await runner.perform(Job(), id: "1") == .completed)
            #expect(try await runner.output(of: refund, in: "1")?.id == "r-1")
            #expect(sent.all.count == 1)
            // By itself it says what was made.
            store.inject(.none)
            var other = request
            other.intent = "goodwill"
            if !isTooLarge { await #expect(throws: RefundNotRecorded.self) { try await made(other, on: store) } }
        }
    }

    private func made(_ request: RefundRequest, on store: SimulatedStore) async throws -> Refund {
        let refunds = try Refunds(on: store) { _ in
            store.inject(try FaultPlan(rates: [.unavailable: 1]))
            return Refund(id: "r-2")
        } find: { _ in
            nil
        }
        return try await refunds.refund(request)
    }

    @Test(arguments: [0, -1]) func nothingIsPaidBackOfAnAmountThatIsNone(amount: Int) async throws {
        let asked = Seen<Int>()
        let refunds = try Refunds(on: InMemoryStore(clock: ManualClock())) { request in
            asked.add(request.amount)
            return Refund(id: "r-1")
        } find: { request in
            asked.add(request.amount)
            return nil
        }
        let request = RefundRequest(transaction: "t-1", intent: "cancellation", amount: amount, currency: "EUR")
        do {
            _ = try await refunds.refund(request)
            Issue.record("it was not refused")
        } catch {
            #expect((error as? StepRefusal)?.code == "REFUND_AMOUNT")
        }
        #expect(asked.all.isEmpty)
    }

    @Test func oneThatTheProviderKnowsIsNotSentAgain() async throws {
        let sent = Seen<String>()
        let refunds = try Refunds(on: InMemoryStore(clock: ManualClock())) { request in
            sent.add(request.idempotencyKey)
            return Refund(id: "new")
        } find: { request in
            request.intent == "cancellation" ? Refund(id: "old") : nil
        }
        let known = try await refunds.refund(request)
        #expect(known.id == "old" && known.isDuplicate)
        var other = request
        other.intent = "goodwill"
        let fresh = try await refunds.refund(other)
        #expect(fresh.id == "new" && !fresh.isDuplicate)
        #expect(sent.all == ["refund/t-1/goodwill"])
    }

    @Test func twoAtOncePayOnceAndTheSecondIsToldWhenToAskAgain() throws {
        try simulated { sim in
            let sent = Seen<String>()
            let refunds = try Refunds(on: InMemoryStore(clock: sim.clock)) { request in
                sent.add(request.transaction)
                try await sim.clock.pause(for: .seconds(5))
                return Refund(id: "r-1")
            } find: { _ in
                nil
            }
            let first = sim.task("first") { try await refunds.refund(request) }
            try await sim.clock.pause(for: .seconds(1))
            do {
                _ = try await refunds.refund(request)
                Issue.record("it was not refused")
            } catch {
                let refusal = error as? StepRefusal
                #expect(refusal?.code == "REFUND_IN_PROGRESS")
                // Its lease is of 30 s.
                #expect(refusal?.retryAfter == .seconds(29))
            }
            #expect(try await first.value.id == "r-1")
            #expect(try await refunds.refund(request).isDuplicate)
            #expect(sent.all == ["t-1"])
        }
    }

    @Test func paymentsAndIntentsThatAreWrittenAlikeAreToldApart() async throws {
        let sent = Seen<String>()
        let refunds = try Refunds(on: InMemoryStore(clock: ManualClock())) { request in
            sent.add(request.idempotencyKey)
            return Refund(id: "r-\(sent.all.count)")
        } find: { _ in
            nil
        }
        let alike = [("a", "b/c"), ("a/b", "c"), ("a%2Fb", "c"), ("a", "\u{301}b/c"), ("a/\u{301}b", "c")]
        for (transaction, intent) in alike {
            let request = RefundRequest(transaction: transaction, intent: intent, amount: 1, currency: "EUR")
            #expect(try await refunds.refund(request).isDuplicate == false)
        }
        #expect(Set(sent.all).count == 5)
        #expect(sent.all.first == "refund/a/b/c")
    }
}
