import ResilienceCore

/// A number that a vendor has sold.
struct Activation: Codable, Sendable, Equatable {
    let vendor: String
    let id: String
    let phone: String
    let cents: Int

    init(_ line: VendorLine) {
        vendor = line.vendor
        id = line.activation ?? ""
        phone = line.phone ?? ""
        cents = line.cents ?? 0
    }
}

/// A number that somebody has rented, as the service keeps it.
struct Rental: Codable, Sendable, Equatable {
    let request: RentalRequest
    let activation: Activation
    let savedAt: Timestamp
}

/// When the run began: requests come so long after it.
struct Opening: Codable, Sendable, Equatable {
    let at: Timestamp
}

/// What the example keeps in its store, beside the sagas and the router's journal.
enum Spaces {
    static let rentals = Space<Rental>("sms.rentals")
    static let requests = Space<RentalRequest>("sms.requests")
    static let opening = Space<Opening>("sms.opening")
    static let saga = "rent"
    static let sagas = "saga.rent"
    static let log = "saga.rent.log"
    static let journal = "numbers"

    /// The saga whose trail a record belongs to; `nil` if it is another record.
    static func sagaOfTrail(_ key: RecordKey) -> String? {
        let parts = key.name.split(separator: "|")
        guard key.space == log, parts.count == 2, Int(parts[1]) != nil else { return nil }
        return String(parts[0])
    }
}
