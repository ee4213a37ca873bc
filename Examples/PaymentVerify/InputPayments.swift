internal import Foundation
public import VerifyFiles

/// The payments that a file, or a program, asked for.
public struct InputPayments: Sendable {
    /// One payment, as far as the check goes by it.
    public struct Payment: Sendable, Hashable {
        /// Its identity.
        public let id: String
        /// How much.
        public let amount: DecimalText
        /// To whom.
        public let address: String

        /// A payment; `nil` if the amount is no decimal number.
        public init?(id: String, amount: String, address: String) {
            guard let amount = DecimalText(amount) else { return nil }
            self.id = id
            self.amount = amount
            self.address = address
        }
    }

    /// By id.
    ///
    /// Of lines with the same id the first counts.
    public private(set) var payments: [String: Payment] = [:]
    /// How many lines were left out, since they are no valid payment or repeat an id with other content.
    public private(set) var badLines = 0

    /// Takes payments that the caller has read.
    public init(_ list: [Payment]) {
        for payment in list where payments[payment.id] == nil { payments[payment.id] = payment }
    }

    /// Reads a file of one JSON object a line.
    ///
    /// - Throws: ``VerifyError`` if the file cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        var whole: [String: Line] = [:]
        badLines = Lines.refused(of: try Lines(path).filled) { (line: Line) in
            guard let payment = line.payment else { return false }
            if let earlier = whole[line.id] { return earlier == line }
            whole[line.id] = line
            payments[line.id] = payment
            return true
        }
    }
}

/// One line of the input with every field that makes it what it is.
private struct Line: Decodable, Equatable {
    let id: String
    let texts: [String: String]
    let amount: DecimalText

    private enum Key: String, CodingKey, CaseIterable {
        case id, apiID, fromCurrency, fromNetwork, amount, payinAddress, context
    }

    private static let usual: [Key: String] = [
        .apiID: "", .fromCurrency: "eth", .fromNetwork: "eth", .context: "instant",
    ]

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        var texts: [String: String] = [:]
        for key in Key.allCases where key != .amount {
            texts[key.rawValue] = try fields.decodeIfPresent(String.self, forKey: key) ?? Self.usual[key]
        }
        id = texts["id"] ?? ""
        self.texts = texts
        let text = try? fields.decode(String.self, forKey: .amount)
        let written = try text ?? "\(fields.decode(Decimal.self, forKey: .amount))"
        guard let amount = DecimalText(written) else { throw NotAPayment() }
        self.amount = amount
    }

    var payment: InputPayments.Payment? {
        guard amount.isPayable, let address = texts["payinAddress"], (1...100).contains(address.utf8.count),
            (1...256).contains(id.utf8.count),
            !id.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }),
            ["instant", "threshold", "batch"].contains(texts["context"]),
            texts.values.allSatisfy({ $0.utf8.count <= 256 })
        else { return nil }
        return InputPayments.Payment(id: id, amount: amount, address: address)
    }
}

private struct NotAPayment: Error {}

extension InputPayments.Payment {
    fileprivate init(id: String, amount: DecimalText, address: String) {
        self.id = id
        self.amount = amount
        self.address = address
    }
}
