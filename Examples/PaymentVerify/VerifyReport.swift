import VerifyFiles

extension Findings {
    /// The check as lines for people, the violations with some of their payments.
    public var lines: [String] {
        var lines = ["asked for \(expected), paid \(paid), not made \(notMade.count)"]
        lines += violations.filter {
            !["unfinished", "amounts of batches in the wrong state"].contains($0.name) || knowsStore
        }.map { Self.line($0.name, $0.payments) }
        if damagedLines > 0 { lines.append("unreadable lines in the ledger \(damagedLines)") }
        if paidAndInReview > 0 {
            lines.append("paid, and stored as ambiguous for a person to look at: \(paidAndInReview)")
        }
        if badLines > 0 { lines.append("lines of the input that are no payment: \(badLines)") }
        lines += reasons
        if !knowsStore {
            lines.append("without the store: a payment counts as not made, and not as lost, if the ledger shows why")
        }
        lines.append(verdict)
        return lines
    }

    /// How many payments were not made, by reason.
    public var reasonCounts: [String: Int] {
        notMade.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    private var reasons: [String] {
        reasonCounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "  not made, \($0.key): \($0.value)" }
    }

    /// The check as the fields of a JSON object.
    public var fields: [String: Any] {
        [
            "ok": holds, "expected": expected, "paid": paid, "paidTwice": paidTwice.count, "lost": lost.count,
            "different": different.count, "notAskedFor": unknown.count, "paidThoughGivenUp": paidAndGivenUp.count,
            "unfinished": unfinished.count, "damagedLines": damagedLines, "wrongBatches": wrongBatches.count,
            "notMade": notMade.count,
            "paidAndInReview": paidAndInReview, "badLines": badLines, "reasons": reasonCounts,
        ]
    }
}
