/// One versioned record of a store, as it was at one instant.
public struct Record: Sendable {
    /// Where it lives.
    public let key: RecordKey
    /// Which version this is: changes with every write but a renewal, and is never used again.
    public let revision: Revision
    /// How often it was claimed since it was created or since a put cleared the count.
    public let deliveries: Int
    /// When it may be claimed; `nil` for a record that waits for nothing.
    public let due: Timestamp?
    /// Further ordered names under which it is found.
    public let tags: [String]
    /// What it holds.
    public let value: StoredValue

    /// Creates a record, for implementors of stores.
    public init(
        key: RecordKey,
        revision: Revision,
        deliveries: Int,
        due: Timestamp?,
        tags: [String],
        value: StoredValue
    ) {
        self.key = key
        self.revision = revision
        self.deliveries = deliveries
        self.due = due
        self.tags = tags
        self.value = value
    }
}

/// The version of a record: for compare-and-swap, as the epoch of a lease and as fencing token, all in one.
///
/// For one key revisions strictly increase, also across a delete. Each belongs to exactly one commit.
public struct Revision: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number; greater than zero for a record that exists.
    public let rawValue: UInt64

    /// The revision of that number, for implementors of stores.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }

    public var description: String { "r\(rawValue)" }
}

/// The name of one commit, by which it can be handed in again when its outcome is not known.
public struct CommitID: Hashable, Sendable, CustomStringConvertible {
    /// The instance of the store that gave the id, a random number.
    public let origin: UInt64
    /// The number within that instance.
    public let number: UInt64

    /// Creates an id, for implementors of stores.
    public init(origin: UInt64, number: UInt64) {
        self.origin = origin
        self.number = number
    }

    public var description: String { "commit \(String(origin, radix: 16))-\(number)" }
}
