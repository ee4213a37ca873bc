public import VerifyFiles

/// What the ledger says: answers that customers were given, money that was taken and given back, what services did.
public struct AnswerContents: Sendable {
    struct Payment: Sendable {
        let request: String
        let cents: Int
        var taken = 0
        var returned = 0
    }

    /// Something that a service did, or said.
    struct Deed: Sendable {
        let service: String
        let action: String
        let request: String
        let to: String
        let key: String
        let cents: Int
        /// What it answered, where it did nothing.
        let answer: String
        let at: Int64
    }

    /// The answers of a request, in order, with the hold that each concerns.
    private(set) var answers: [String: [(answer: String, hold: String)]] = [:]
    /// Until when each hold is good, as its customer was told last.
    private(set) var deadlines: [String: Int64] = [:]
    /// Payments by their key.
    private(set) var payments: [String: Payment] = [:]
    /// The holds of whose expiry somebody was told.
    private(set) var expiries: Set<String> = []
    /// What services did.
    private(set) var effects: [Deed] = []
    /// How services answered where they did nothing.
    private(set) var calls: [Deed] = []
    /// The requests for whose cancellation a person was called.
    private(set) var alerts: [String: String] = [:]
    /// When the last line was written.
    private(set) var latest: Int64 = 0
    private(set) var damagedLines = 0

    /// Reads a file of one JSON object a line.
    ///
    /// - Throws: ``VerifyError`` if there is no such file, or it cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        damagedLines = Lines.refused(of: try Lines.ofLedger(path)) { (line: Line) in add(line) }
    }

    private mutating func add(_ line: Line) -> Bool {
        let (request, hold, key) = (line.request ?? "", line.hold ?? "", line.key ?? "")
        latest = max(latest, line.at ?? 0)
        switch line.kind {
        case "answer":
            guard let answer = line.answer else { return false }
            answers[request, default: []].append((answer, hold))
            if let until = line.until { deadlines[hold] = until }
        case "payment":
            payments[key, default: Payment(request: request, cents: line.cents ?? 0)].taken += 1
        case "refund":
            guard payments[key] != nil else { return false }
            payments[key]?.returned += 1
        case "expiry":
            expiries.insert(hold)
        case "alert": alerts[request] = line.answer ?? "unknown"
        case "effect", "call":
            guard let service = line.service, let action = line.action else { return false }
            let deed = Deed(
                service: service,
                action: action,
                request: request,
                to: line.to ?? "",
                key: key,
                cents: line.cents ?? 0,
                answer: line.answer ?? "",
                at: line.at ?? 0
            )
            if line.kind == "effect" { effects.append(deed) } else { calls.append(deed) }
        default: return false
        }
        return true
    }
}

private struct Line: Decodable {
    let kind: String
    let request: String?
    let answer: String?
    let hold: String?
    let until: Int64?
    let key: String?
    let cents: Int?
    let at: Int64?
    let service: String?
    let action: String?
    let to: String?
}
