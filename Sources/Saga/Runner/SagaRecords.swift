import ResilienceCore

/// The record of a saga that is claimed: small, since each step writes it.
struct SagaHead: Codable, Sendable, Hashable {
    var state = SagaState.running
    /// The definition that wrote it last.
    var version: Int
    /// How many entries the trail has.
    var entries = 0
    /// Whether nobody holds it: it may be rescheduled without taking it from a worker.
    var isWaiting = false
    /// The claim during which an outcome was recorded last.
    var progressAt = 0
    var startedAt: Timestamp
    var updatedAt: Timestamp
}

/// A wish of someone who does not hold the saga.
struct SagaRequest: Codable, Sendable, Hashable {
    var by: String?
    var at: Timestamp
}

/// The names of the records of one kind of saga.
struct SagaRecords: Sendable {
    let heads: Space<SagaHead>
    /// Events, a list for each commit, numbered within their saga.
    let trail: Space<[SagaEvent]>
    /// The input of a saga and the outputs of its steps.
    let values: String
    let requests: Space<SagaRequest>

    init(_ name: String) {
        heads = Space("saga.\(name)")
        trail = Space("saga.\(name).trail")
        values = "saga.\(name).values"
        requests = Space("saga.\(name).requests")
    }

    func entry(_ number: Int, of id: String) -> String {
        let digits = String(number)
        return "\(id)|" + String(repeating: "0", count: max(10 - digits.utf8.count, 0)) + digits
    }

    func number(ofEntry name: String) -> Int { Int(name.suffix(10)) ?? 0 }

    func input(of id: String) -> RecordKey { RecordKey(values, "\(id)|input") }

    func output(of step: String, of id: String) -> RecordKey { RecordKey(values, "\(id)|output|\(step)") }

    /// The step whose output stands under that name; `nil` if it is the input.
    func step(ofValue name: String, of id: String) -> String? {
        let prefix = "\(id)|output|"
        return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }

    func append(_ events: [SagaEvent], as number: Int, of id: String) -> Write {
        trail.put(events, at: entry(number, of: id), expect: .absent)
    }

    /// By which sagas that await a person, or have ended, are listed.
    func tags(_ state: SagaState, at instant: Timestamp) -> [String] {
        let digits = String(UInt64(bitPattern: instant.microseconds) ^ (1 << 63))
        return ["s=\(state.rawValue)|" + String(repeating: "0", count: 20 - digits.utf8.count) + digits]
    }

    static func checked(_ id: String) throws(InvalidArgument) {
        guard (1...200).contains(id.utf8.count), !id.utf8.contains(0), !id.utf8.contains(UInt8(ascii: "|")) else {
            throw InvalidArgument(field: "id", value: id, allowed: "1...200 bytes without NUL and |")
        }
    }
}

/// A saga as it lies in the store.
struct LoadedSaga<Input: Sendable>: Sendable {
    var input: Input
    var outputs: [String: StoredValue]
    var progress: SagaProgress
    var trail: [SagaEvent]
}
