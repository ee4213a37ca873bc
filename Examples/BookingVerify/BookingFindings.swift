/// What the check of a day found.
///
/// It holds only if every list of violations is empty.
public struct BookingFindings: Sendable {
    /// How many requests there were, and of those that became bookings.
    public var requests = 0
    public var bookings = 0
    /// How many requests ended with each answer.
    public var answers: [String: Int] = [:]
    /// Payments taken, and of those the ones given back.
    public var payments = 0
    public var refunds = 0

    /// Resources of which more is booked at an instant than there is.
    public var doubleBookings: [String] = []
    /// Requests that were answered "confirmed" and are no booking in the store.
    public var lostConfirmations: [String] = []
    /// Holds that are active although the run is over, and bookings of holds that were confirmed too late.
    public var holdsPastDeadline: [String] = []
    /// Payments that are neither of a booking nor given back, or both, or were taken or given back twice.
    public var paymentsAstray: [String] = []
    /// Bookings that were to be paid and were not, or not as often.
    public var unpaid: [String] = []
    /// Bookings of something else than was asked for, or that nobody asked for.
    public var different: [String] = []
    /// Expiries and bookings of which nobody was told.
    public var untold: [String] = []
    /// Requests without an end.
    public var unfinished: [String] = []
    /// Records of the store and lines of the ledger that cannot be read.
    public var damaged: [String] = []
    /// Lines of the input that were left out.
    public var badLines = 0

    /// The violations with their names, in the order in which they are printed.
    public var violations: [(name: String, field: String, found: [String])] {
        [
            ("double bookings", "doubleBookings", doubleBookings),
            ("lost confirmations", "lostConfirmations", lostConfirmations),
            ("holds past their deadline", "holdsPastDeadline", holdsPastDeadline),
            ("payments neither booked nor returned, or twice", "paymentsAstray", paymentsAstray),
            ("bookings not paid as agreed", "unpaid", unpaid),
            ("not what was asked for", "different", different), ("untold expiries and bookings", "untold", untold),
            ("unfinished", "unfinished", unfinished), ("unreadable", "damaged", damaged),
        ]
    }

    /// Whether nothing was found.
    public var holds: Bool { violations.allSatisfy(\.found.isEmpty) }

    /// The check as lines for people, the violations with some of what was found.
    public var lines: [String] {
        var lines = ["asked for \(requests), booked \(bookings), payments \(payments), given back \(refunds)"]
        lines += violations.map { name, _, found in
            "\(name) \(found.count)" + (found.isEmpty ? "" : ": " + Self.some(found))
        }
        if badLines > 0 { lines.append("lines of the input that were left out: \(badLines)") }
        lines.append(holds ? "the check holds" : "THE CHECK DOES NOT HOLD")
        return lines
    }

    private static func some(_ found: [String]) -> String {
        found.prefix(5).joined(separator: ", ") + (found.count > 5 ? ", ..." : "")
    }

    /// The check as the fields of a JSON object.
    public var fields: [String: Any] {
        var fields: [String: Any] = [
            "ok": holds, "requests": requests, "bookings": bookings, "payments": payments, "refunds": refunds,
            "answers": answers, "badLines": badLines,
        ]
        for (_, field, found) in violations { fields[field] = found.count }
        return fields
    }
}
