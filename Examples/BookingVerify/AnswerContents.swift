internal import Foundation
public import VerifyFiles

/// What the ledger says: answers that customers were given, and money that was taken and given back.
public struct AnswerContents: Sendable {
    struct Payment: Sendable {
        let request: String
        let cents: Int
        var taken = 0
        var returned = 0
    }

    /// The answers of a request, in order, with the hold that each concerns.
    private(set) var answers: [String: [(answer: String, hold: String)]] = [:]
    /// Until when each hold is good, as its customer was told last.
    private(set) var deadlines: [String: Int64] = [:]
    /// Payments by their key.
    private(set) var payments: [String: Payment] = [:]
    /// The holds of whose expiry somebody was told.
    private(set) var expiries: Set<String> = []
    private(set) var damagedLines = 0

    /// Reads a file of one JSON object a line; one that does not exist is empty.
    ///
    /// - Throws: ``VerifyError`` if the file is there and cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        // What follows the last line feed was cut off while it was written, before anybody was told of it.
        let lines = FileManager.default.fileExists(atPath: path) ? try Lines(path).complete : []
        let decoder = JSONDecoder()
        for bytes in lines {
            guard let line = try? decoder.decode(Line.self, from: bytes), add(line) else {
                damagedLines += 1
                continue
            }
        }
    }

    private mutating func add(_ line: Line) -> Bool {
        let (request, hold, key) = (line.request ?? "", line.hold ?? "", line.key ?? "")
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
}
