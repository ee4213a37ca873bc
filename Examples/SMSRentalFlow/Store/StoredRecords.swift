import ErrorClassification
import ExampleSupport
import RentalVerify
import ResilienceCore
import ResilienceFoundation
import Saga

/// What is in the store at the end of a run, and at the beginning of the next.
enum StoredRecords {
    static func requests(in store: any RecordStore) async throws -> [RentalRequest] {
        try await all(Spaces.requests.name, store).map { try $0.value.get() }
    }

    static func rentals(in store: any RecordStore) async throws -> [Rental] {
        try await all(Spaces.rentals.name, store).map { try $0.value.get() }
    }

    /// Why requests ended without a number, with how many each time.
    static func refusals(in store: any RecordStore) async throws -> [String: Int] {
        var last: [String: SagaFailure] = [:]
        var ends: [String: SagaState] = [:]
        for record in try await all(Spaces.trail, store) {
            let id = String(record.key.name.prefix { $0 != "|" })
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

    /// The records that the check goes by, as JSON.
    static func raw(in store: any RecordStore) async throws -> [String: [(name: String, value: [UInt8])]] {
        var records: [String: [(name: String, value: [UInt8])]] = [:]
        for space in StoredRentals.spaces {
            records[space] = try await all(space, store).map { ($0.key.name, try $0.value.encoded(by: JSONCoder())) }
        }
        return records
    }

    /// The latest instant that has passed: of what vendors and sagas noted; `nil` if there is none.
    static func latestInstant(in store: any RecordStore, _ booked: Timestamp?) async throws -> Timestamp? {
        var instants = [booked].compactMap(\.self)
        if let opening = try await Spaces.opening.read("opening", in: store) { instants.append(opening.value.at) }
        for record in try await all(Spaces.trail, store) { instants += try record.value.get([SagaEvent].self).map(\.at) }
        return instants.max()
    }

    private static func all(_ space: String, _ store: any RecordStore) async throws -> [Record] {
        var records: [Record] = []
        var next: Scan? = Scan(space)
        while let scan = next {
            let page = try await store.scan(scan)
            records += page
            next = scan.following(page)
        }
        return records
    }
}
