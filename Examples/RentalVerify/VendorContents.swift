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

    /// Reads a file of one JSON object a line.
    ///
    /// - Throws: ``VerifyError`` if there is no such file, or it cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        damagedLines = Lines.refused(of: try Lines.ofLedger(path)) { (line: Line) in add(line) }
    }

    /// What an activation may cost, in cents: so little that all lines can be summed up.
    private static let prices = 0...1_000_000_000

    private mutating func add(_ line: Line) -> Bool {
        guard line.kind != "refusal" else { return true }
        guard let activation = line.activation, let cents = line.cents, Self.prices.contains(cents) else {
            return false
        }
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

    /// What was bought for a request carries its id between the name of the saga and that of the step, with slashes and
    /// percent signs escaped.
    private static func request(_ reference: String) -> String {
        let parts = reference.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard parts.count == 3, parts[0] == "rent", parts[2] == "buy" else { return reference }
        return parts[1].removingPercentEncoding ?? reference
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
