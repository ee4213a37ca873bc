internal import Foundation
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
    /// A file that does not exist is a gateway that did nothing.
    ///
    /// - Throws: ``VerifyError`` if the file is there and cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        // What follows the last line feed was cut off while it was written, before anybody was told of it.
        self.init(lines: FileManager.default.fileExists(atPath: path) ? try Lines(path).complete : [])
    }

    init(lines: [Data]) {
        let decoder = JSONDecoder()
        for bytes in lines {
            guard let line = try? decoder.decode(Line.self, from: bytes) else {
                damagedLines += 1
                continue
            }
            add(line)
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
