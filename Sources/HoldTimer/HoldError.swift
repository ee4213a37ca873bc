public import ResilienceCore

/// Why a hold was not given, or cannot be changed.
public enum HoldError: Error, Sendable, Hashable {
    /// It is taken. Says by what, never by whom; at most ten.
    case slotUnavailable([HoldBlocker])
    /// The hold's deadline has passed.
    case holdExpired(String)
    /// The hold was released, or its booking cancelled.
    case alreadyReleased(String)
    /// The hold was confirmed: cancel the booking instead.
    case alreadyConfirmed(String)
    /// There is no hold of that id, or it was purged.
    case notFound(String)
    /// Empty, reversed, past, or longer than ``HoldSpan/longest``.
    case invalidInterval(from: Timestamp, until: Timestamp)
    /// The holder has as many live holds as are allowed.
    case tooManyHolds(limit: Int)
    /// The entry of the waitlist has no offer yet.
    case notOffered(String)
    /// Others were faster a thousand times in a row, or records of the desk were damaged. Nothing was done.
    case contended
}

/// What stands in the way of a hold.
public struct HoldBlocker: Sendable, Hashable {
    /// The resource.
    public let resource: String
    /// When it is taken.
    public let span: HoldSpan
    /// When the hold ends unless it is confirmed or extended; `nil` for a booking.
    public let until: Timestamp?

    /// Creates a blocker.
    public init(resource: String, span: HoldSpan, until: Timestamp?) {
        self.resource = resource
        self.span = span
        self.until = until
    }
}

// MARK: - In words

extension HoldError: CustomStringConvertible {
    /// What happened, in words; without whose hold it was.
    public var description: String {
        switch self {
        case .slotUnavailable(let blockers):
            blockers.isEmpty ? "not available" : "not available: \(blockers.map(\.description).joined(separator: ", "))"
        case .holdExpired(let id): "the hold \(id) has expired"
        case .alreadyReleased(let id): "the hold \(id) was given back"
        case .alreadyConfirmed(let id): "the hold \(id) is a booking"
        case .notFound(let id): "there is no hold \(id), or it was purged"
        case .invalidInterval(let start, let end): "not an interval to be held: from \(start) until \(end)"
        case .tooManyHolds(let limit): "the holder has \(limit) live holds, which is as many as are allowed"
        case .notOffered(let id): "the entry \(id) was made no offer"
        case .contended: "others were faster each time; nothing was done"
        }
    }
}

extension HoldBlocker: CustomStringConvertible {
    /// What is taken, when, and until when it is held or that it is booked.
    public var description: String {
        let taken = until.map { "held until \($0)" } ?? "booked"
        switch span {
        case .whole: return "\(resource) is \(taken)"
        case .interval(let start, let end): return "\(resource) from \(start) until \(end) is \(taken)"
        }
    }
}
