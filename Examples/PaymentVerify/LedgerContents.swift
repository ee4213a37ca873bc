public import VerifyFiles

/// What a gateway's ledger says: payments that were made, and answers to calls and questions about others.
public struct LedgerContents: Sendable {
    struct Payment: Sendable {
        let amount: String
        let to: String
    }

    /// What the gateway answered where it did not pay.
    private struct Trace {
        var lastAttempt = 0
        var answer = ""
        var refusedForGood = false
    }

    private(set) var payments: [String: [Payment]] = [:]
    private(set) var damagedLines = 0
    private var traces: [String: Trace] = [:]

    /// How often the flow tries a payment.
    private static let attempts = 3

    /// Reads a file of one JSON object a line.
    ///
    /// - Throws: ``VerifyError`` if there is no such file, or it cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        damagedLines = Lines.refused(of: try Lines.ofLedger(path)) { (line: Line) in
            add(line)
            return true
        }
    }

    private mutating func add(_ line: Line) {
        switch line.kind {
        case "payment":
            payments[line.id, default: []].append(Payment(amount: line.amount ?? "", to: line.to ?? ""))
        default:
            var trace = traces[line.id] ?? Trace()
            trace.lastAttempt = max(trace.lastAttempt, line.attempt ?? 0)
            trace.answer = line.answer ?? trace.answer
            trace.refusedForGood = trace.refusedForGood || line.final == true
            traces[line.id] = trace
        }
    }

    /// Why a payment was not made, as far as the gateway knows; `nil` if it cannot tell.
    func reason(for id: String) -> String? {
        guard let trace = traces[id], trace.refusedForGood || trace.lastAttempt >= Self.attempts else { return nil }
        return trace.answer
    }
}

private struct Line: Decodable {
    let kind: String
    let id: String
    let amount: String?
    let to: String?
    let attempt: Int?
    let answer: String?
    let final: Bool?
}
