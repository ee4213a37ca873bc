import ResilienceCore
import RetryOrchestrator
import Saga
import Synchronization
import Testing

struct Trip: Codable, Sendable, Equatable { var to: String }
struct Ticket: Codable, Sendable, Equatable { var number: String }

/// An airline, a hotel and a car rental that know their bookings by key.
final class TravelAgency: Sendable {
    private let booked = Mutex<[String: Ticket]>([:])

    var bookings: Int { booked.withLock { $0.count } }

    func book(_ trip: Trip, key: String) async throws -> Ticket {
        if trip.to == "Atlantis" {
            // example
            throw StepRefusal("The flight is sold out", code: "SOLD_OUT")
            // end
        }
        return booked.withLock { booked in
            let ticket = booked[key] ?? Ticket(number: "t-\(booked.count + 1)")
            booked[key] = ticket
            return ticket
        }
    }

    func cancel(_ trip: Trip, key: String) async throws { booked.withLock { _ = $0.removeValue(forKey: key) } }

    func ticket(for key: String) async throws -> Ticket? { booked.withLock { $0[key] } }
}

@Suite(.timeLimit(.minutes(20))) struct SagaExamples {
    @Test func aTripIsBookedOrNot() async throws {
        let airline = TravelAgency()
        let store = InMemoryStore()
        // example
        let flight = SagaStep<Trip, Ticket>("book-flight", timeout: .seconds(30)) { trip, step in
            try await airline.book(trip, key: step.idempotencyKey)
        } compensate: { trip, ticket, step in
            try await airline.cancel(trip, key: step.runKey)
        } resolve: { trip, step in
            try await airline.ticket(for: step.runKey).map { .applied($0) } ?? .notApplied
        }
        // end
        let hotel = SagaStep<Trip, Done>("book-hotel") { trip, step in
            _ = try await airline.book(trip, key: step.idempotencyKey)
        }
        let (car, pay) = (SagaStep<Trip, Done>("book-car") { _, _ in }, SagaStep<Trip, Done>("pay") { _, _ in })
        // example
        let trip = try SagaDefinition<Trip>("book-trip") {
            flight
            SagaGroup { hotel; car }
            pay
        }
        // end
        // example
        let runner = try SagaRunner(trip, on: store)
        switch try await runner.perform(Trip(to: "Oslo"), id: "trip-17") {
        case .completed: break
        case .compensated(let failures): print("not booked:", failures)
        case .needsAttention(let failures): print("a person has to look:", failures)
        }
        // end
        // example
        for try await event in runner.trail(of: "trip-17") { print(event.kind, event.step ?? "") }
        // end
        #expect(try await runner.output(of: flight, in: "trip-17") == Ticket(number: "t-1"))
        let refused = try await runner.perform(Trip(to: "Atlantis"), id: "trip-18")
        guard case .compensated(let failures) = refused else { throw StepRefusal("not refused") }
        #expect(failures.map(\.code) == ["SOLD_OUT"])
    }

    @Test func anOperatorHasAStepTriedAgain() async throws {
        let store = InMemoryStore()
        let hotel = BookingSite("room")
        hotel.confirms = false
        let trip = try SagaDefinition<Trip>("book-trip") {
            SagaStep<Trip, Done>("pay", isPivot: true) { _, _ in }
            SagaStep<Trip, Done>("confirm-hotel") { _, _ in
                let room = "room 7"
                try await hotel.confirm(room)
            }
        }
        let runner = try SagaRunner(trip, on: store)
        try await runner.perform(Trip(to: "Oslo"), id: "trip-17")
        hotel.confirms = true
        // example
        let sagas = try SagaOperations("book-trip", on: store)
        for saga in try await sagas.list(.needsAttention) {
            for step in saga.steps where step.needsAttention {
                try await sagas.retry(step.name, of: saga.id, by: "ann", note: "the hotel is back")
            }
        }
        // end
        let worker = Task { await runner.run() }
        #expect(try await runner.result(of: "trip-17") == .completed)
        worker.cancel()
        await worker.value
    }

    @Test func aChangeOfTheStepsIsSaid() throws {
        // example
        let migration = SagaMigration(renamed: ["charge-card": "charge"], added: ["loyalty-points"])
        // end
        let definition = try SagaDefinition<Trip>("book-trip", version: 2, migration: migration) {
            SagaStep<Trip, Done>("charge") { _, _ in }
            SagaStep<Trip, Done>("loyalty-points") { _, _ in }
        }
        #expect(definition.version == 2)
    }
}
