import ErrorClassification
import ResilienceCore

/// Saves rentals, in a database that refuses some.
struct Saving: Sendable {
    let store: any RecordStore
    let weather: Weather

    /// What the database says.
    struct DatabaseError: FailureReporting {
        let code: String
        let message: String

        var failure: Failure { Failure(source: "postgres", code: code, message: message, transmission: .sent) }
    }

    /// Saves a rental; the same one again is saved already.
    func save(_ activation: Activation, for request: RentalRequest, attempt: Int) async throws {
        if let refusal = refusal(of: request.id, attempt: attempt) { throw refusal }
        let rental = Rental(request: request, activation: activation, savedAt: store.clock.now)
        do {
            let put = Spaces.rentals.put(rental, at: request.id, expect: .absent)
            try await store.commitSettling(Batch([put]))
        } catch {
            guard case .conflict = error, let saved = try await saved(for: request.id) else { throw error }
            guard saved.activation == activation else { throw error }
        }
    }

    func saved(for request: String) async throws -> Rental? {
        try await Spaces.rentals.read(request, in: store)?.value
    }

    /// Of 100 rentals 14 cannot be saved, and 8 at the second attempt only.
    private func refusal(of request: String, attempt: Int) -> DatabaseError? {
        var generator = weather.generator("save", request)
        let chance = Int.random(in: 0..<100, using: &generator)
        if chance < 9 {
            return DatabaseError(code: "23503", message: "insert on table \"rentals\" violates foreign key constraint")
        }
        if chance < 14 {
            return DatabaseError(code: "23514", message: "new row for relation \"rentals\" violates check constraint")
        }
        if chance < 22, attempt == 1 { return DatabaseError(code: "40P01", message: "deadlock detected") }
        return nil
    }
}
