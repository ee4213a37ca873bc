import ExampleSupport
import HoldTimer
import ResilienceCore

/// What is in the store at the end of a run, and at the beginning of the next.
enum StoredRecords {
    static func day(in store: any RecordStore) async throws -> Day {
        try await Spaces.day.read("day", in: store)?.value ?? Day(opening: store.clock.now, resources: [:])
    }

    static func visits(in store: any RecordStore) async throws -> [Visit] {
        try await store.all(in: Spaces.visits.name).map { try $0.value.get() }
    }

    /// The latest instant that has passed: of what was told, of visits and of holds; `nil` if there is none.
    static func latestInstant(in store: any RecordStore, _ told: Timestamp?) async throws -> Timestamp? {
        var instants = [told].compactMap(\.self)
        instants += try await visits(in: store).map(\.changedAt)
        instants += try await store.all(in: Spaces.holds.name).map { try $0.value.get(Hold.self).createdAt }
        return instants.max()
    }
}
