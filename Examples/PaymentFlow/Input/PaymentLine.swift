import Foundation

/// One line of the input as a payment.
struct PaymentLine: Decodable {
    let payment: Payment

    private enum Key: String, CodingKey {
        case id, apiID, fromCurrency, fromNetwork, amount, payinAddress, context
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: Key.self) else { throw NotAnObject() }
        let id = try Self.text(.id, in: fields, bytes: 1...256)
        guard !id.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw FieldProblem("id", "holds a control character")
        }
        let context = try Self.text(.context, in: fields, or: "instant")
        guard let known = Payment.Context(rawValue: context) else {
            let names = Payment.Context.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldProblem("context", "is \"\(context.prefix(40))\"; it may be one of \(names)")
        }
        payment = Payment(
            id: id,
            apiID: try Self.text(.apiID, in: fields, or: ""),
            fromCurrency: try Self.text(.fromCurrency, in: fields, or: "eth"),
            fromNetwork: try Self.text(.fromNetwork, in: fields, or: "eth"),
            amount: try Self.amount(in: fields),
            payinAddress: try Self.text(.payinAddress, in: fields, bytes: 1...100),
            context: known
        )
    }

    /// An amount may be a string, or a number, which is read digit by digit and not as a floating-point number.
    private static func amount(in fields: KeyedDecodingContainer<Key>) throws -> Amount {
        guard fields.contains(.amount), !((try? fields.decodeNil(forKey: .amount)) ?? false) else {
            throw FieldProblem("amount", "is missing")
        }
        if let text = try? fields.decode(String.self, forKey: .amount) { return try Amount(text) }
        guard let number = try? fields.decode(Decimal.self, forKey: .amount) else {
            throw FieldProblem("amount", "is no decimal number")
        }
        return try Amount("\(number)")
    }

    private static func text(
        _ key: Key,
        in fields: KeyedDecodingContainer<Key>,
        or usual: String? = nil,
        bytes: ClosedRange<Int> = 0...256
    ) throws -> String {
        guard fields.contains(key), !((try? fields.decodeNil(forKey: key)) ?? false) else {
            guard let usual else { throw FieldProblem(key.rawValue, "is missing") }
            return usual
        }
        guard let text = try? fields.decode(String.self, forKey: key) else {
            throw FieldProblem(key.rawValue, "is not a string")
        }
        guard bytes.contains(text.utf8.count) else {
            let reason = text.isEmpty ? "is empty" : "has more than \(bytes.upperBound) bytes"
            throw FieldProblem(key.rawValue, reason)
        }
        return text
    }
}

/// The line is JSON, but no object.
struct NotAnObject: Error {}
