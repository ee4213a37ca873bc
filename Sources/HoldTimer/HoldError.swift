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
