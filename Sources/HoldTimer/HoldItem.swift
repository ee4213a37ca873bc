public import ResilienceCore

/// When a resource is taken: for as long as it is held, or in an interval of time.
///
/// One resource is always held the one way or the other.
public enum HoldSpan: Sendable, Hashable, Codable {
    /// The resource itself, whatever the time: a seat, a voucher, a piece of stock.
    case whole
    /// From the first instant until the second one, which is not part of it: intervals that touch do not conflict.
    case interval(from: Timestamp, until: Timestamp)

    /// The longest interval that is accepted: 10 years.
    ///
    /// Of a resource of which there is more than one, each look goes back from the interval asked for by as much as the longest
    /// ever held: one that is far longer than the rest makes all others cost more. Refuse such where you know better.
    public static let longest = Duration.seconds(10 * 366 * 86_400)
}

/// How much of a resource there is. Every caller says the same of one resource.
public enum HoldCapacity: Sendable, Hashable, Codable {
    /// A quantity that is counted: accepted if at no instant more than this is taken. At least 1.
    case pooled(Int)
    /// Distinct units, 1 to 100: who holds one is told which, and keeps it.
    case units(Int)

    /// One of it.
    public static let single = HoldCapacity.pooled(1)

    var most: Int {
        switch self {
        case .pooled(let number), .units(let number): number
        }
    }
}

/// One resource that is asked for.
public struct HoldItem: Sendable, Hashable, Codable {
    /// Its name: 1 to 200 bytes, without control characters. Names that differ in a byte are different resources.
    public var resource: String
    /// When it is wanted.
    public var span: HoldSpan
    /// How much of it, 1 to the capacity.
    public var quantity: Int
    /// How much of it there is.
    public var capacity: HoldCapacity

    /// Creates an item; it is checked by the desk.
    public init(_ resource: String, _ span: HoldSpan, quantity: Int = 1, of capacity: HoldCapacity = .single) {
        self.resource = resource
        self.span = span
        self.quantity = quantity
        self.capacity = capacity
    }

    /// Whether both ask for the same: of a resource whose name has the same bytes, as in the store.
    public static func == (left: HoldItem, right: HoldItem) -> Bool {
        Bytes.equal(left.resource, right.resource) && left.span == right.span && left.quantity == right.quantity
            && left.capacity == right.capacity
    }

    /// Feeds the bytes of the name, and the rest.
    public func hash(into hasher: inout Hasher) {
        Bytes.hash(resource, into: &hasher)
        hasher.combine(span)
        hasher.combine(quantity)
        hasher.combine(capacity)
    }

    func validate(at now: Timestamp) throws {
        try HoldName.check(resource, field: "resource")
        guard capacity.most >= 1 else {
            throw InvalidArgument(field: "capacity", value: capacity.most, allowed: "at least 1")
        }
        if case .units(let count) = capacity, count > 100 {
            throw InvalidArgument(field: "capacity", value: count, allowed: "1...100 units")
        }
        guard (1...capacity.most).contains(quantity) else {
            throw InvalidArgument(field: "quantity", value: quantity, allowed: "1...\(capacity.most)")
        }
        guard case .interval(let start, let end) = span else { return }
        guard start < end, end > now, start.duration(to: end) <= HoldSpan.longest else {
            throw HoldError.invalidInterval(from: start, until: end)
        }
    }
}

enum HoldName {
    /// Of ASCII, so that ids which are equal as strings have the same bytes. The longest name made of one, that of a slot,
    /// has 222 bytes more.
    static func check(id: String) throws(InvalidArgument) {
        guard (1...200).contains(id.utf8.count), id.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            throw InvalidArgument(field: "id", value: id, allowed: "1...200 printable characters of ASCII")
        }
    }

    /// Control characters are kept out, since names of records use one to part their fields.
    static func check(_ name: String, field: String) throws(InvalidArgument) {
        guard (1...200).contains(name.utf8.count), !name.utf8.contains(where: { $0 < 0x20 }) else {
            throw InvalidArgument(field: field, value: name, allowed: "1...200 bytes without control characters")
        }
    }
}
