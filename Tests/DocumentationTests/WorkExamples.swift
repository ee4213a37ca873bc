import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct WorkExamples {
    let store = InMemoryStore()

    @Test func aWorkerDeletesWhatItsHandlerDid() async throws {
        let sent = Sent<Mail>()
        let send = { @Sendable (mail: Mail) in try await sent.publish(mail) }
        let due = Space<Mail>("example.mails").put(Mail(to: "ann"), at: "1", expect: .absent, due: store.clock.now)
        try await store.commit(Batch([due]))
        let running = Task { [store] in
            // example
            let mails = Space<Mail>("example.mails")
            let worker = try Worker(mails, on: store) { delivery in
                try await send(delivery.value)  // throws: delivered again later
            }                                   // returns: the record is deleted
            await worker.run()                  // until the task is cancelled
            // end
        }
        #expect(await sent.first() == Mail(to: "ann"))
        running.cancel()
        try await running.value
        #expect(try await store.count(Scan("example.mails")) == 0)
    }

    @Test func anIdempotentCharge() async throws {
        let gateway = Gateway()
        for replayed in [false, true] {
            // example
            let charges = try Idempotency<Receipt>("charges", on: store, retention: .seconds(72 * 3600))
            let answer = try await charges.run("order-17", fingerprint: "EUR 20.00") { ticket in
                try await gateway.charge("order-17", euros: 20)
            }
            print(answer.outcome, answer.replayed)
            // end
            #expect(answer.replayed == replayed)
        }
        #expect(gateway.count == 1)
    }

    @Test func anOutboxDeliversWithTheChange() async throws {
        let orders = Space<Order>("example.orders")
        let bus = Sent<OutboxMessage<OrderEvent>>()
        try await store.commit(Batch([orders.put(Order(id: "17"), at: "17", expect: .absent)]))
        let order = try #require(try await orders.read("17", in: store))
        let changed = Order(id: "17", state: "paid")
        let running = Task { [store] in
            // example
            let outbox = try Outbox<OrderEvent>("orders", on: store)
            let paid = outbox.message(OrderEvent.paid, id: "\(order.name).paid", about: order.name,
                replacing: order.record.revision)
            try await store.commit(Batch([orders.put(changed, at: order.name, expect: order.unchanged), paid]))

            let worker = try outbox.worker { try await bus.publish($0) }
            await worker.run()
            // end
        }
        #expect(await bus.first()?.id == "17.paid")
        running.cancel()
        try await running.value
        #expect(try await orders.read("17", in: store)?.value.state == "paid")
    }

    @Test func anInboxAnswersADuplicateAsTheFirst() async throws {
        let event = PaymentEvent(id: "evt-1")
        var answers: [Int] = []
        func respond(_ status: Int) { answers.append(status) }
        for _ in 1...2 {
            // example
            let inbox = try Inbox<PaymentEvent>("payments", on: store)
            switch try await inbox.receive(event.id, event) {
            case .accepted, .duplicate: respond(200)  // stored: nothing is lost, nothing is done twice
            }
            // end
        }
        #expect(answers == [200, 200])
        #expect(try await store.count(Scan("inbox.payments")) == 1)
    }

    @Test func anAuditTrail() async throws {
        let change = Write.put(RecordKey("example.bookings", "17"), "confirmed", expect: .absent)
        // example
        let trail = try AuditLog("bookings", on: store)
        let number = try await trail.nextNumber(of: "booking-17")
        let entry = AuditEntry(at: store.clock.now, who: "ann", action: "confirm", from: "held", to: "confirmed")
        try await store.commit(Batch([change, trail.append(entry, to: "booking-17", as: number)]))
        // end
        #expect(try await trail.last(of: "booking-17")?.number == 1)
    }

    @Test func aSweeper() async throws {
        let clock = ManualClock()
        let store = InMemoryStore(clock: clock)
        let due = Write.put(RecordKey("inbox-ids.webhooks", "1"), 1, expect: .absent, due: clock.now)
        try await store.commit(Batch([due]))
        let running = Task {
            // example
            let sweeper = Sweeper("inbox-ids.webhooks", on: store)
            try await sweeper.run(every: .seconds(60))
            // end
        }
        await clock.waitForSleepers()
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(try await store.count(Scan("inbox-ids.webhooks")) == 0)
    }
}
