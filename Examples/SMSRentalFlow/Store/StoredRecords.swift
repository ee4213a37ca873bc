import ErrorClassification
import ExampleSupport
import ResilienceCore
import Saga

/// What is in the store at the end of a run, and at the beginning of the next.
enum StoredRecords {
    static func requests(in store: any RecordStore) async throws -> [RentalRequest] {
        try await store.all(in: Spaces.requests.name).map { try $0.value.get() }
    }

    static func rentals(in store: any RecordStore) async throws -> [Rental] {
        try await store.all(in: Spaces.rentals.name).map { try $0.value.get() }
    }

    /// Why requests ended without a number, with how many each time.
    static func refusals(in store: any RecordStore) async throws -> [String: Int] {
        var last: [String: SagaFailure] = [:]
        var ends: [String: SagaState] = [:]
        for record in try await store.all(in: Spaces.log) {
            guard let id = Spaces.sagaOfTrail(record.key) else { continue }
            for event in try record.value.get([SagaEvent].self) {
                if event.kind == .failed { last[id] = event.failure }
                if event.kind == .ended { ends[id] = event.state }
            }
        }
        var counts: [String: Int] = [:]
        for (id, state) in ends where state != .completed {
            guard let failure = last[id] else { continue }
            let reason = failure.code ?? failure.classification?.category.rawValue ?? failure.error
            counts["\(failure.step): \(reason)", default: 0] += 1
        }
        return counts
    }

    /// The latest instant that has passed: of what vendors and sagas noted; `nil` if there is none.
    static func latestInstant(in store: any RecordStore, _ booked: Timestamp?) async throws -> Timestamp? {
        var instants = [booked].compactMap(\.self)
        if let opening = try await Spaces.opening.read("opening", in: store) { instants.append(opening.value.at) }
        for record in try await store.all(in: Spaces.log) where Spaces.sagaOfTrail(record.key) != nil {
            instants += try record.value.get([SagaEvent].self).map(\.at)
        }
        return instants.max()
    }
}
