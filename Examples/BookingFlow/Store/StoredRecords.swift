import BookingVerify
import ExampleSupport
import HoldTimer
import ResilienceCore
import ResilienceFoundation

/// What is in the store at the end of a run, and at the beginning of the next.
enum StoredRecords {
    static func day(in store: any RecordStore) async throws -> Day {
        try await Spaces.day.read("day", in: store)?.value ?? Day(opening: store.clock.now, resources: [:])
    }

    static func visits(in store: any RecordStore) async throws -> [Visit] {
        try await all(Spaces.visits.name, store).map { try $0.value.get() }
    }

    /// The records that the check goes by, as JSON.
    static func raw(in store: any RecordStore) async throws -> [String: [(name: String, value: [UInt8])]] {
        var records: [String: [(name: String, value: [UInt8])]] = [:]
        for space in StoredDay.spaces {
            records[space] = try await all(space, store).map { ($0.key.name, try $0.value.encoded(by: JSONCoder())) }
        }
        return records
    }

    /// The latest instant that has passed: of what was told, of visits and of holds; `nil` if there is none.
    static func latestInstant(in store: any RecordStore, _ told: Timestamp?) async throws -> Timestamp? {
        var instants = [told].compactMap(\.self)
        instants += try await visits(in: store).map(\.changedAt)
        instants += try await all(Spaces.holds.name, store).map { try $0.value.get(Hold.self).createdAt }
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
