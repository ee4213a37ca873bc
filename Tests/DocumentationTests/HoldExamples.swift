import HoldTimer
import ResilienceCore
import Testing

@Suite struct HoldExamples {
    @Test func aHoldBecomesABooking() async throws {
        let store = InMemoryStore()
        let gateway = Gateway()
        let orders = Space<Order>("example.orders")
        let order = Order(id: "17")
        let sevenPM = store.clock.now.advanced(by: .seconds(3_600))
        let eightPM = sevenPM.advanced(by: .seconds(3_600))
        // example
        let desk = try HoldDesk("courts", on: store)
        let evening = HoldSpan.interval(from: sevenPM, until: eightPM)
        let hold = try await desk.hold([HoldItem("court-1", evening)], by: "ann")
        _ = try await gateway.charge(hold.id, euros: 20)
        let booking = try await desk.confirm(hold.id, also: [orders.put(order, at: order.id, expect: .absent)])
        // end
        #expect(booking.state == .confirmed)
        #expect(try await orders.read("17", in: store) != nil)
    }

    @Test func anExpiryIsToldOf() async throws {
        var options = HoldOptions()
        options.duration = .milliseconds(1)
        let desk = try HoldDesk("courts", on: InMemoryStore(), options: options)
        let push = Sent<Hold>()
        let hold = try await desk.hold([HoldItem("seat-1", .whole)], by: "ann")
        let running = Task {
            // example
            try await desk.run { message in
                try await push.publish(message.body)
            }
            // end
        }
        #expect(await push.first()?.id == hold.id)
        running.cancel()
        _ = await running.result
    }

    @Test func aPaymentThatComesLateIsBookedOrPaidBack() async throws {
        let desk = try HoldDesk("courts", on: InMemoryStore())
        let gateway = Gateway()
        let paid = Write.put(RecordKey("example.payments", "17"), 20, expect: .absent)
        let hold = try await desk.hold([HoldItem("seat-1", .whole)], by: "ann")
        // example
        let answer = try await desk.confirmOrReacquire(hold.id, also: [paid]) { _ in
            try await gateway.refund(hold.id)
        }
        // end
        guard case .confirmed = answer else { return #expect(Bool(false), "\(answer)") }
    }

    @Test func whoWaitsIsOfferedWhatIsFreed() async throws {
        let store = InMemoryStore()
        let desk = try HoldDesk("courts", on: store)
        let push = Sent<WaitlistEntry>()
        let sevenPM = store.clock.now.advanced(by: .seconds(3_600))
        let evening = HoldSpan.interval(from: sevenPM, until: sevenPM.advanced(by: .seconds(3_600)))
        let taken = try await desk.hold([HoldItem("court-1", evening)], by: "ann")
        // example
        let waitlist = try Waitlist(for: desk)
        let entry = try await waitlist.join([HoldItem("court-1", evening)], by: "bob", priority: 1)
        // In some process, until its task is cancelled:
        async let _ = waitlist.run { message in try await push.publish(message.body) }
        // end
        try await desk.release(taken.id)
        #expect(await push.first()?.holder == "bob")
        // example
        let booking = try await waitlist.accept(entry.id)
        // end
        #expect(booking.state == .confirmed)
    }
}
