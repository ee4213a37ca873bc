public import VerifyFiles

/// What the store holds of a day, read as the plain JSON that its records are.
public struct StoredDay: Sendable {
    /// A hold, or the booking that it became.
    public struct Hold: Sendable {
        /// Its identity.
        public let id: String
        /// Whose it is.
        public let holder: String
        /// As it is recorded: active, confirmed, expired, released.
        public let state: String
        /// What it takes.
        public let items: [Item]
        let expiresAt: Int64
    }

    /// A resource that is taken, from when until when in minutes of the day.
    public struct Item: Sendable, Hashable {
        /// The resource.
        public let resource: String
        /// Which unit of it; `nil` of a quantity that is counted.
        public let unit: Int?
        /// How much.
        public let quantity: Int
        /// From when.
        public let from: Int
        /// Until when, excluded.
        public let until: Int
    }

    /// What the desk noted of a booking, in the commit that made it.
    struct Note: Decodable, Sendable {
        let hold: String
        let askedAt: Int64
        let isLate: Bool
        /// Whether it is booked, is being cancelled, or was cancelled.
        let status: String?
    }

    /// A cancellation: how far it is, who asked for it, and what was made of the note.
    struct Cancellation: Sendable {
        var state: String
        var session: Session?
        var text: String?
        /// Why the text is the note itself.
        var reason: String?
    }

    /// How it was known who asked.
    struct Session: Decodable, Sendable {
        let customer: String
        let verifiedAt: Int64
        let isCached: Bool
    }

    /// A refund that was booked when the provider told of it.
    struct Settlement: Decodable, Sendable, Hashable {
        let key: String
        let request: String
        let cents: Int
    }

    /// Where a customer can be reached: the devices that are there, and since when the others are gone.
    struct Contact: Sendable {
        var isMailGone = false
        var devices: Set<String> = []
        var gone: [String: Int64] = [:]
    }

    /// By id.
    public private(set) var holds: [String: Hold] = [:]
    /// Notes of bookings by the request.
    private(set) var notes: [String: Note] = [:]
    /// The slips of the payments at the desk, by the request.
    private(set) var slips: [String: [String]] = [:]
    /// Requests that are not at their end.
    private(set) var unfinished: Set<String> = []
    /// By the request.
    private(set) var cancellations: [String: Cancellation] = [:]
    /// By the customer.
    private(set) var contacts: [String: Contact] = [:]
    /// What was booked, by the name of the entry.
    private(set) var settlements: [String: Settlement] = [:]
    /// The names of messages that were given up, by the service that should have carried them.
    private(set) var undelivered: [String: Set<String>] = [:]
    /// Records that could not be read.
    private(set) var damaged: [String] = []

    /// The spaces that are read.
    public static let spaces = [
        "booking.day", "hold.facility", "booking.notes", "booking.slips", "booking.visits", "booking.contacts",
        "saga.cancellation", "saga.cancellation.log", "failed.mail", "failed.push",
        "failed.refund-events", "booking.settlements",
    ]

    /// Takes the records of ``spaces``, each with its name and its JSON.
    public init(_ records: SpaceContents) {
        var records = records
        // Beside the values lies the trail, whose entries have numbers.
        records["saga.cancellation.log"]?.removeAll { $0.name.split(separator: "|").last.map { Int($0) != nil } ?? true }
        var reader = RecordReader(records)
        let day: [(String, Day)] = reader.read("booking.day")
        let midnight = day.first?.1.midnight ?? 0
        for (name, raw) in reader.read("hold.facility") as [(String, RawHold)] {
            holds[name] = raw.hold(midnight: midnight)
        }
        notes = Dictionary(reader.read("booking.notes")) { first, _ in first }
        for (name, raw) in reader.read("booking.slips") as [(String, Slips)] { slips[name] = raw.entries.map(\.slip) }
        for (name, raw) in reader.read("booking.visits") as [(String, Visit)] where raw.outcome == nil {
            unfinished.insert(name)
        }
        for (name, raw) in reader.read("saga.cancellation") as [(String, SagaHead)] {
            cancellations[name] = Cancellation(state: raw.state)
        }
        for (name, raw) in reader.read("saga.cancellation.log") as [(String, SagaValue)] {
            let parts = name.split(separator: "|").map(String.init)
            guard let id = parts.first, cancellations[id] != nil else { continue }
            if parts.dropFirst() == ["input"] { cancellations[id]?.session = raw.session }
            guard parts.dropFirst() == ["output", "describe"] else { continue }
            cancellations[id]?.text = raw.text
            cancellations[id]?.reason = raw.reason
        }
        for (name, raw) in reader.read("booking.contacts") as [(String, RawContact)] { contacts[name] = raw.contact }
        settlements = Dictionary(reader.read("booking.settlements")) { first, _ in first }
        for service in ["mail", "push", "refund-events"] {
            undelivered[service] = Set((records["failed.\(service)"] ?? []).map(\.name))
        }
        damaged = reader.damaged
    }

    /// Reads a store's file with plain SQL.
    ///
    /// - Throws: ``VerifyError`` if it is no such file.
    public init(contentsOf path: String) throws(VerifyError) {
        self.init(try StoreFile.contents(of: path, Self.spaces))
    }
}

// MARK: The JSON of the records

private struct Day: Decodable {
    let midnight: Int64
}

private struct Visit: Decodable {
    let outcome: String?
}

private struct SagaHead: Decodable {
    let state: String
}

/// The input of a cancellation, or what one of its steps gave.
private struct SagaValue: Decodable {
    let session: StoredDay.Session?
    let text: String?
    let reason: String?
}

private struct RawContact: Decodable {
    let mailGoneAt: Int64?
    let devices: [String: Int64?]

    var contact: StoredDay.Contact {
        StoredDay.Contact(
            isMailGone: mailGoneAt != nil,
            devices: Set(devices.filter { $0.value == nil }.keys),
            gone: devices.compactMapValues { $0 }
        )
    }
}

private struct Slips: Decodable {
    struct Entry: Decodable {
        let slip: String
    }
    let entries: [Entry]
}

private struct RawHold: Decodable {
    struct Item: Decodable {
        struct Span: Decodable {
            struct Interval: Decodable {
                let from: Int64
                let until: Int64
            }
            let interval: Interval
        }
        let resource: String
        let span: Span
        let quantity: Int
        let unit: Int?
    }
    let id: String
    let holder: String
    let state: String
    let items: [Item]
    let expiresAt: Int64

    func hold(midnight: Int64) -> StoredDay.Hold {
        let items = items.map {
            StoredDay.Item(
                resource: $0.resource,
                unit: $0.unit,
                quantity: $0.quantity,
                from: Self.minutes($0.span.interval.from, midnight),
                until: Self.minutes($0.span.interval.until, midnight)
            )
        }
        return StoredDay.Hold(id: id, holder: holder, state: state, items: items, expiresAt: expiresAt)
    }

    private static func minutes(_ microseconds: Int64, _ midnight: Int64) -> Int {
        Int((microseconds - midnight) / 60_000_000)
    }
}
