public import VerifyFiles

/// What the check of rentals found.
///
/// It holds only if every list of violations is empty.
public struct RentalFindings: CheckFindings, Sendable {
    /// How many requests there were, and of those that got a number, and that ended without one.
    public var requests = 0
    public var rented = 0
    public var refused = 0
    /// How many activations were sold, and of those cancelled.
    public var sold = 0
    public var cancelled = 0
    /// What was paid and not paid back, in cents.
    public var cents = 0

    /// Requests for which more than one activation was bought.
    public var boughtTwice: [String] = []
    /// Activations that were paid for and neither saved nor cancelled.
    public var astray: [String] = []
    /// Activations that were paid back more than once, or not what they cost.
    public var refundedWrongly: [String] = []
    /// Rentals whose activation was cancelled.
    public var savedAndCancelled: [String] = []
    /// Rentals that no vendor has sold, and what is not as it was asked for.
    public var different: [String] = []
    /// Activations of requests that nobody made.
    public var unknown: [String] = []
    /// Requests whose work came to a halt, for a person to look at.
    public var halted: [String] = []
    /// Requests without an end.
    public var unfinished: [String] = []
    /// Records of the store and lines of the ledger that cannot be read, or make no sense.
    public var damaged: [String] = []
    /// Lines of the input that were left out.
    public var badLines = 0

    /// The violations with their names, in the order in which they are printed.
    public var violations: [(name: String, field: String, found: [String])] {
        [
            ("bought twice", "boughtTwice", boughtTwice),
            ("paid for and neither saved nor cancelled", "astray", astray),
            ("cancelled and not paid back exactly once", "refundedWrongly", refundedWrongly),
            ("saved though cancelled", "savedAndCancelled", savedAndCancelled),
            ("not what was asked for or sold", "different", different), ("nobody asked for", "unknown", unknown),
            ("halted", "halted", halted), ("unfinished", "unfinished", unfinished),
            ("unreadable", "damaged", damaged),
        ]
    }

    /// Whether nothing was found.
    public var holds: Bool { violations.allSatisfy(\.found.isEmpty) }

    /// The check as lines for people, the violations with some of what was found.
    public var lines: [String] {
        var lines = ["asked for \(requests), rented \(rented), activations \(sold), cancelled \(cancelled)"]
        lines += violations.map { Self.line($0.name, $0.found) }
        if badLines > 0 { lines.append("lines of the input that were left out: \(badLines)") }
        lines.append(verdict)
        return lines
    }

    /// The check as the fields of a JSON object.
    public var fields: [String: Any] {
        var fields: [String: Any] = [
            "ok": holds, "requests": requests, "rented": rented, "refused": refused, "sold": sold,
            "cancelled": cancelled, "cents": cents, "badLines": badLines,
        ]
        for (_, field, found) in violations { fields[field] = found.count }
        return fields
    }
}
