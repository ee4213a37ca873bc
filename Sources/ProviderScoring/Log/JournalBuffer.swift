import ResilienceCore

/// Entries that wait to be written: bounded, and what does not fit is counted. Pure.
struct JournalBuffer: Sendable {
    /// An entry under the name by which it is written once.
    struct Entry: Sendable {
        let name: String
        let request: LoggedRequest
    }

    private(set) var entries: [LoggedRequest] = []
    /// Numbers the entries of this process.
    private var lastNumber: UInt64 = 0
    /// Dropped since the last time that was told.
    private(set) var untold = 0
    /// Dropped in all.
    private(set) var dropped = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// What became of an entry.
    enum Admission: Hashable {
        /// It waits; whether it is the first one, for which a writer has to be woken.
        case waits(isFirst: Bool)
        /// It does not fit; whether it is the first one since that was told.
        case dropped(isFirst: Bool)
    }

    mutating func append(_ request: LoggedRequest) -> Admission {
        guard entries.count < capacity else {
            dropped += 1
            untold += 1
            return .dropped(isFirst: untold == 1)
        }
        entries.append(request)
        return .waits(isFirst: entries.count == 1)
    }

    /// The oldest entries, no longer here, each with the name under which it is written however often that is tried.
    mutating func take(_ limit: Int, origin: String) -> [Entry] {
        let taken = entries.prefix(limit).map { request in
            lastNumber += 1
            return Entry(name: JournalNames.name(at: request.ended, origin, lastNumber), request: request)
        }
        entries.removeFirst(taken.count)
        return taken
    }

    /// An entry was dropped that the store refuses, and told of.
    mutating func countRefused() { dropped += 1 }

    /// How many were dropped since this was asked last.
    mutating func tellDropped() -> Int {
        defer { untold = 0 }
        return untold
    }
}

/// The names of log entries: by time, then by process, then by number.
enum JournalNames {
    /// The name of an entry.
    static func name(at instant: Timestamp, _ origin: String, _ number: UInt64) -> String {
        "\(prefix(at: instant))-\(origin)-\(padded(String(number, radix: 16), to: 12))"
    }

    /// Less than the name of each entry that ended at that instant or later, and more than those before.
    static func prefix(at instant: Timestamp) -> String { padded("\(max(instant.microseconds, 0))", to: 19) }

    /// The process of a name.
    static func origin(of name: String) -> Substring { name.dropFirst(20).prefix { $0 != "-" } }

    /// A text for a process.
    static func origin(_ number: UInt64) -> String { padded(String(number, radix: 16), to: 16) }

    private static func padded(_ text: String, to length: Int) -> String {
        String(repeating: "0", count: max(0, length - text.utf8.count)) + text
    }
}
