import ResilienceCore

/// The record of a saga that is claimed: small, and written when the saga is taken up, given back or ends. In between each
/// commit only requires that it is still held.
struct SagaHead: Codable, Sendable, Hashable {
    var state = SagaState.running
    /// The definition that wrote it last.
    var version: Int
    /// Whether nobody holds it: it may be rescheduled without taking it from a worker.
    var isWaiting = false
    /// The claim during which an outcome was recorded last.
    var progressAt = 0
    var startedAt: Timestamp
    /// When it was written.
    var updatedAt: Timestamp

    /// Whether it says the same as another one, though at another time.
    func says(asIn other: SagaHead) -> Bool {
        var copy = self
        copy.updatedAt = other.updatedAt
        return copy == other
    }
}

/// A wish of someone who does not hold the saga.
struct SagaRequest: Codable, Sendable, Hashable {
    var by: String?
    var at: Timestamp
}

/// The names of the records of one kind of saga.
struct SagaRecords: Sendable {
    let heads: Space<SagaHead>
    /// The input of a saga, the outputs of its steps, and its trail: a list of events for each commit, numbered. One space, so
    /// that what a step writes lies together.
    let log: String
    let requests: Space<SagaRequest>

    init(_ name: String) {
        heads = Space("saga.\(name)")
        log = "saga.\(name).log"
        requests = Space("saga.\(name).requests")
    }

    func entry(_ number: Int, of id: String) -> String {
        let digits = String(number)
        return "\(id)|" + String(repeating: "0", count: max(10 - digits.utf8.count, 0)) + digits
    }

    /// The entries of the trail: their names go on with a digit.
    func trail(of id: String) -> Scan { Scan(log, from: "\(id)|0", until: "\(id)|:") }

    func input(of id: String) -> RecordKey { RecordKey(log, "\(id)|input") }

    func output(of step: String, of id: String) -> RecordKey { RecordKey(log, "\(id)|output|\(step)") }

    func append(_ events: [SagaEvent], as number: Int, of id: String) -> Write {
        .put(RecordKey(log, entry(number, of: id)), events, expect: .absent)
    }

    /// By which sagas that await a person, or have ended, are listed.
    func tags(_ state: SagaState, at instant: Timestamp) -> [String] {
        let digits = String(UInt64(bitPattern: instant.microseconds) ^ (1 << 63))
        return ["s=\(state.rawValue)|" + String(repeating: "0", count: 20 - digits.utf8.count) + digits]
    }

    /// Names of definitions do not end like this: a space of one definition would be that of another.
    static func check(definition name: String) throws(InvalidArgument) {
        guard !name.hasSuffix(".log"), !name.hasSuffix(".requests") else {
            throw InvalidArgument(field: "name", value: name, allowed: "not ending in .log or .requests")
        }
    }

    static func checked(_ id: String) throws(InvalidArgument) {
        guard (1...200).contains(id.utf8.count), !id.utf8.contains(0), !id.utf8.contains(UInt8(ascii: "|")) else {
            throw InvalidArgument(field: "id", value: id, allowed: "1...200 bytes without NUL and |")
        }
    }
}

/// What lies in the log of a saga.
struct SagaLog: Sendable {
    /// The trail, the oldest event first.
    private(set) var events: [SagaEvent] = []
    /// How many entries they came in.
    private(set) var entries = 0
    private(set) var input: StoredValue?
    /// By the names of the steps, as they were when they were recorded.
    private(set) var outputs: [String: StoredValue] = [:]

    /// Takes in a record of the saga.
    mutating func add(_ record: Record, of id: String) throws(StoreError) {
        let part = record.key.name.utf8.dropFirst(id.utf8.count + 1)
        let output = "output|".utf8
        if part.elementsEqual("input".utf8) {
            input = record.value
        } else if part.starts(with: output) {
            outputs[String(decoding: part.dropFirst(output.count), as: UTF8.self)] = record.value
        } else {
            events += try record.value.get([SagaEvent].self)
            entries += 1
        }
    }
}

/// A saga as it lies in the store.
struct LoadedSaga<Input: Sendable>: Sendable {
    var input: Input
    var outputs: [String: StoredValue]
    var progress: SagaProgress
    var log: SagaLog
}
