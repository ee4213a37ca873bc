/// A resource of the facility.
struct Resource: Codable, Sendable, Equatable {
    let name: String
    /// How many distinct units it has, each of which is given to one; `nil` if it has none.
    let units: Int?
    /// How much there is of it, where it is a quantity that is counted; `nil` if it is not.
    let pooled: Int?

    /// How much can be taken of it at once.
    var most: Int { units ?? pooled ?? 1 }
}

/// What a customer asks for, and means to do with it.
struct Request: Codable, Sendable, Equatable {
    /// Its identity: the same id is booked once.
    let id: String
    let customer: String
    let resource: String
    /// Other resources for the same time; all or none.
    let with: [String]
    /// From when until when, in minutes of the day.
    let from: Int
    let until: Int
    let quantity: Int
    /// When the customer asks, in seconds after the desk opens.
    let at: Int
    let plan: Plan
    /// When the customer acts, in seconds after being given the hold; `nil` if the seed says.
    let after: Int?
    /// By how many seconds the customer extends the hold before acting; `nil` for not at all.
    let extend: Int?
    /// What is paid, in cents.
    let cents: Int
    /// How often that is paid at the desk.
    let payments: Int
    /// When the customer cancels the booking, in seconds after being told of it; `nil` for never.
    var cancel: Int?
    /// When the customer wants to keep it after all, in seconds after cancelling; `nil` for never.
    var keep: Int?
    /// What the customer writes with the cancellation.
    var note: String?
    /// Whether a trainer comes with it.
    var trainer = false

    /// What the customer means to do with the hold.
    enum Plan: String, Codable, Sendable, CaseIterable {
        /// Confirm it; nothing is to be paid.
        case confirm
        /// Pay by card, and have it as long as it is free, also if the payment comes late.
        case pay
        /// Be given a longer hold, and pay in cash.
        case payAtDesk
        /// Give it back.
        case release
        /// Walk away without a word.
        case leave
    }
}

/// Where a customer can be reached.
struct Contact: Codable, Sendable, Equatable {
    let customer: String
    let mail: String?
    /// Devices that take push messages, by their tokens.
    let devices: [String]
    /// Devices that were found to be gone, how many days before the desk opens.
    let gone: [String: Int]
}
