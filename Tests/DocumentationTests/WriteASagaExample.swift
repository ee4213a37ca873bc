import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Saga
import Synchronization
import Testing

/// A site that takes bookings by key.
final class BookingSite: Sendable {
    private struct State {
        var bookings: [String: String] = [:]
        var isFull = false
        var confirms = true
    }

    private let name: String
    private let state = Mutex(State())

    init(_ name: String) { self.name = name }

    var isFull: Bool {
        get { state.withLock { $0.isFull } }
        set { state.withLock { $0.isFull = newValue } }
    }

    var confirms: Bool {
        get { state.withLock { $0.confirms } }
        set { state.withLock { $0.confirms = newValue } }
    }

    var count: Int { state.withLock { $0.bookings.count } }

    func book(_ what: String, key: String) async throws -> String {
        try state.withLock { state in
            if state.isFull { throw StepRefusal("No room is left", code: "FULL") }
            let booking = state.bookings[key] ?? "\(name) for \(what)"
            state.bookings[key] = booking
            return booking
        }
    }

    func cancel(_ key: String) async throws { state.withLock { $0.bookings[key] = nil } }

    func find(_ key: String) async throws -> String? { state.withLock { $0.bookings[key] } }

    func confirm(_ booking: String) async throws {
        guard confirms else { throw StepRefusal("The hotel does not answer", code: "NOT_CONFIRMED") }
    }
}

// example
struct Journey: Codable, Sendable, Equatable {
    var traveller: String
    var euros: Int
}

func journeys(_ airline: BookingSite, _ hotels: BookingSite, _ cars: BookingSite, _ bank: BookingSite) throws
    -> SagaDefinition<Journey>
{
    let flight = SagaStep<Journey, String>("book-flight", timeout: .seconds(30)) { journey, step in
        try await airline.book(journey.traveller, key: step.idempotencyKey)
    } compensate: { _, _, step in
        try await airline.cancel(step.runKey)
    } resolve: { _, step in
        try await airline.find(step.runKey).map { .applied($0) } ?? .notApplied
    }
    let hotel = SagaStep<Journey, String>("book-hotel") { journey, step in
        try await hotels.book(journey.traveller, key: step.idempotencyKey)
    } compensate: { _, _, step in
        try await hotels.cancel(step.runKey)
    } resolve: { _, step in
        try await hotels.find(step.runKey).map { .applied($0) } ?? .notApplied
    }
    let car = SagaStep<Journey, Done>("rent-car") { journey, step in
        _ = try await cars.book(journey.traveller, key: step.idempotencyKey)
    } compensate: { _, step in
        try await cars.cancel(step.runKey)
    } when: { journey, _ in
        journey.euros > 500
    }
    let pay = SagaStep<Journey, String>("pay", isPivot: true) { journey, step in
        try await bank.book("\(journey.euros) for \(step.output(of: flight))", key: step.idempotencyKey)
    } resolve: { _, step in
        try await bank.find(step.runKey).map { .applied($0) } ?? .notApplied
    }
    let confirm = SagaStep<Journey, Done>("confirm") { journey, step in
        try await hotels.confirm(step.output(of: hotel))
    }
    return try SagaDefinition("journeys") {
        flight
        SagaGroup { hotel; car }
        pay
        confirm
    }
}
// end

@Suite(.timeLimit(.minutes(20))) struct WriteASagaExample {
    @Test func theThreeOutcomes() async throws {
        let (airline, hotels) = (BookingSite("flight"), BookingSite("room"))
        let (cars, bank) = (BookingSite("car"), BookingSite("payment"))
        let store = InMemoryStore()
        // example
        let runner = try SagaRunner(journeys(airline, hotels, cars, bank), on: store)

        // Everything is booked and paid.
        let done = try await runner.perform(Journey(traveller: "ann", euros: 900), id: "journey-1")

        // The hotel is full: the car is given back, then the flight.
        hotels.isFull = true
        let undone = try await runner.perform(Journey(traveller: "bob", euros: 900), id: "journey-2")

        // It is paid, and the hotel will not confirm. Nothing is undone behind the pivot: a person has to look.
        hotels.isFull = false
        hotels.confirms = false
        let halted = try await runner.perform(Journey(traveller: "eve", euros: 900), id: "journey-3")

        // The person has called the hotel. Whoever runs `run()` goes on from there.
        hotels.confirms = true
        try await runner.retry("confirm", of: "journey-3", by: "ann", note: "called them")
        // end
        #expect(done == .completed)
        guard case .compensated(let why) = undone, case .needsAttention(let open) = halted else {
            throw StepRefusal("other outcomes: \(undone), \(halted)")
        }
        #expect(why.map(\.code) == ["FULL"] && why.map(\.step) == ["book-hotel"])
        #expect(open.map(\.code) == ["NOT_CONFIRMED"] && open.map(\.step) == ["confirm"])
        #expect([airline, hotels, cars, bank].map(\.count) == [2, 2, 2, 2])
        let worker = Task { await runner.run() }
        #expect(try await runner.result(of: "journey-3") == .completed)
        worker.cancel()
        await worker.value
    }

    @Test func aRefundIsMadeOnce() async throws {
        struct Booking: Codable, Sendable, Equatable { var refund: RefundRequest? }
        struct Provider {
            let site = BookingSite("refund")
            func refund(_ request: RefundRequest, key: String) async throws -> Refund {
                Refund(id: try await site.book(request.transaction, key: key))
            }
            func refund(for key: String) async throws -> Refund? { try await site.find(key).map { Refund(id: $0) } }
        }
        let (store, provider) = (InMemoryStore(), Provider())
        // example
        let refunds = try Refunds(on: store) { request in
            try await provider.refund(request, key: request.idempotencyKey)
        } find: { request in
            try await provider.refund(for: request.idempotencyKey)
        }
        let refund = refunds.step(of: { (booking: Booking) in booking.refund })
        // end
        let runner = try SagaRunner(try SagaDefinition<Booking>("refunds") { refund }, on: store)
        let request = RefundRequest(transaction: "t-1", intent: "cancellation", amount: 20_00, currency: "EUR")
        for id in ["1", "2"] { #expect(try await runner.perform(Booking(refund: request), id: id) == .completed) }
        #expect(provider.site.count == 1)
        #expect(try await runner.output(of: refund, in: "2")?.isDuplicate == true)
    }

    @Test func aWebhookIsTakenOnce() async throws {
        struct BadSignature: Error {}
        let store = InMemoryStore()
        let (body, signature) = (Array("e-1".utf8), "good")
        let settled = Sent<PaymentEvent>()
        let verify = { @Sendable (_: [UInt8], signature: String) in
            guard signature == "good" else { throw BadSignature() }
        }
        let decode = { @Sendable (body: [UInt8]) in PaymentEvent(id: String(decoding: body, as: UTF8.self)) }
        let settle = { @Sendable (event: PaymentEvent) in try await settled.publish(event) }
        let answers = Sent<Int>()
        func respond(_ status: Int) async throws { try await answers.publish(status) }
        // example
        let webhooks = try Webhooks<PaymentEvent>("stripe", on: store) { body, signature in
            try verify(body, signature)  // throws: refused
            return decode(body)
        } id: {
            $0.id
        } handler: { event, attempt in
            try await settle(event)      // throws: tried again, then among the failed operations
        }
        switch try await webhooks.receive(body, signature: signature) {
        case .accepted, .duplicate: try await respond(200)
        case .refused: try await respond(400)
        }
        // end
        #expect(answers.all == [200])
        let worker = Task { await webhooks.run() }
        #expect(await settled.first() == PaymentEvent(id: "e-1"))
        worker.cancel()
        await worker.value
    }
}
