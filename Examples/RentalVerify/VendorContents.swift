internal import Foundation
public import VerifyFiles

/// What the vendors' books say: activations that were sold, and money that was paid back.
public struct VendorContents: Sendable {
    struct Sale: Sendable {
        /// The vendor and its number of the activation.
        let name: String
        let request: String
        let phone: String
        let service: String
        let country: String
        let cents: Int
        /// What was paid back, once for each cancellation.
        var refunds: [Int] = []
    }

    /// By vendor and activation.
    private(set) var sales: [String: Sale] = [:]
    /// Activations that stand twice, and cancellations of what was never sold.
    private(set) var oddLines: [String] = []
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
        guard line.kind != "refusal" else { return true }
        guard let activation = line.activation, let cents = line.cents else { return false }
        let name = "\(line.vendor) \(activation)"
        switch line.kind {
        case "sale":
            guard sales[name] == nil else {
                oddLines.append(name)
                return true
            }
            sales[name] = Sale(
                name: name,
                request: Self.request(line.reference ?? ""),
                phone: line.phone ?? "",
                service: line.service ?? "",
                country: line.country ?? "",
                cents: cents
            )
        case "cancellation":
            guard sales[name] != nil else {
                oddLines.append(name)
                return true
            }
            sales[name]?.refunds.append(cents)
        default: return false
        }
        return true
    }

    /// What was bought for a request carries its id between the name of the saga and that of the step.
    private static func request(_ reference: String) -> String {
        guard reference.hasPrefix("rent/"), reference.hasSuffix("/buy") else { return reference }
        return String(reference.dropFirst(5).dropLast(4))
    }
}

private struct Line: Decodable {
    let kind: String
    let vendor: String
    let reference: String?
    let activation: String?
    let phone: String?
    let service: String?
    let country: String?
    let cents: Int?
}
