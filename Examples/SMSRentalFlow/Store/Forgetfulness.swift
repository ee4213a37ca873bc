import ExampleSupport
import ResilienceCore
import Saga
import Synchronization

/// What a store forgets that keeps no note of what is about to be done until it is done, to show what the note is good for.
final class Forgetfulness: Sendable {
    /// The notes that were held back, by the id of their saga: they go with the process.
    private let held = Mutex<[String: [SagaEvent]]>([:])

    /// The store that forgets so.
    static func store(on base: any RecordStore) -> AlteringStore {
        let forgetfulness = Forgetfulness()
        return AlteringStore(base: base) { write throws(StoreError) in try forgetfulness.alter(&write) }
    }

    private func alter(_ write: inout Write) throws(StoreError) {
        guard let id = Spaces.sagaOfTrail(write.key),
            case .put(let value, let due, let tags, let clearing) = write.effect
        else { return }
        let kept = holdingBack(try value.get([SagaEvent].self), of: id)
        write.effect = .put(StoredValue(kept), due: due, tags: tags, clearingDeliveries: clearing)
    }

    /// The events without the notes at their end; those held back before come first.
    private func holdingBack(_ events: [SagaEvent], of id: String) -> [SagaEvent] {
        let notes = events.reversed().prefix { $0.kind == .began }.reversed()
        return held.withLock { held in
            defer { held[id] = Array(notes) }
            return (held[id] ?? []) + events.dropLast(notes.count)
        }
    }
}
