public import VerifyFiles

/// What the check of a day found.
///
/// It holds only if every list of violations is empty.
public struct BookingFindings: CheckFindings, Sendable {
    /// How many requests there were, and of those that became bookings.
    public var requests = 0
    public var bookings = 0
    /// How many requests ended with each answer.
    public var answers: [String: Int] = [:]
    /// Payments taken, and of those the ones given back.
    public var payments = 0
    public var refunds = 0
    /// How many cancellations there were, by where they are: completed, compensated, needsAttention, running.
    public var cancellations: [String: Int] = [:]
    /// The requests whose cancellation needs a person, each with why.
    public var inReview: [String: String] = [:]
    /// How many steps of cancellations were undone, how many notes were left as they are since no summary came in time,
    /// and how many customers were let in by memory.
    public var undone = 0
    public var rawNotes = 0
    public var cachedSessions = 0
    /// How many messages were delivered, were given up, and had a recipient who is gone.
    public var messages = 0
    public var undelivered = 0
    public var goneRecipients = 0

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
    /// Refunds of cancelled bookings that are missing, were made twice, or are of another amount.
    public var refundsAstray: [String] = []
    /// Refunds that were made and not booked, booked twice, or booked and not made.
    public var settlementsAstray: [String] = []
    /// Bookings that are neither as they were nor cancelled in every part, and await nobody.
    public var halfCancelled: [String] = []
    /// Steps of cancellations that took effect twice, or were undone twice.
    public var doneTwice: [String] = []
    /// Cancellations by customers who were not let in, or by a memory that was too old.
    public var strangers: [String] = []
    /// Messages that were delivered twice, or neither delivered nor given up.
    public var messagesAstray: [String] = []
    /// Recipients who are gone and not marked so, or were marked and purged too early or not at all.
    public var recipientsAstray: [String] = []
    /// Notes that were neither summarised nor left as they are, with the reason.
    public var notesAstray: [String] = []
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
            ("refunds of cancelled bookings missing, or twice", "refundsAstray", refundsAstray),
            ("refunds not booked, or twice", "settlementsAstray", settlementsAstray),
            ("half cancelled", "halfCancelled", halfCancelled),
            ("steps done or undone twice", "doneTwice", doneTwice),
            ("cancelled by strangers", "strangers", strangers),
            ("messages lost, or twice", "messagesAstray", messagesAstray),
            ("recipients not marked as gone", "recipientsAstray", recipientsAstray),
            ("notes without a text", "notesAstray", notesAstray),
            ("unfinished", "unfinished", unfinished), ("unreadable", "damaged", damaged),
        ]
    }

    /// Whether nothing was found.
    public var holds: Bool { violations.allSatisfy(\.found.isEmpty) }

    /// The check as lines for people, the violations with some of what was found.
    public var lines: [String] {
        var lines = ["asked for \(requests), booked \(bookings), payments \(payments), given back \(refunds)"]
        let states = cancellations.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        lines.append("cancellations: " + (states.isEmpty ? "none" : states.joined(separator: ", ")))
        lines.append(
            "messages delivered \(messages), given up \(undelivered), to recipients who are gone \(goneRecipients)"
        )
        lines += violations.map { Self.line($0.name, $0.found) }
        if badLines > 0 { lines.append("lines of the input that were left out: \(badLines)") }
        lines.append(verdict)
        return lines
    }

    /// The check as the fields of a JSON object.
    public var fields: [String: Any] {
        var fields: [String: Any] = [
            "ok": holds, "requests": requests, "bookings": bookings, "payments": payments, "refunds": refunds,
            "answers": answers, "badLines": badLines, "cancellations": cancellations, "inReview": inReview,
            "undone": undone, "rawNotes": rawNotes, "cachedSessions": cachedSessions, "messages": messages,
            "undelivered": undelivered, "goneRecipients": goneRecipients,
        ]
        for (_, field, found) in violations { fields[field] = found.count }
        return fields
    }
}
