import ExampleSupport
import Foundation

/// One line of the input as a payment.
struct PaymentLine: Decodable {
    let payment: Payment

    private enum Key: String, CodingKey {
        case id, apiID, fromCurrency, fromNetwork, amount, payinAddress, context
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: Key.self) else { throw NotAnObject() }
        let id = try fields.name(.id)
        let context = try fields.text(.context, or: "instant")
        guard let known = Payment.Context(rawValue: context) else {
            let names = Payment.Context.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldProblem("context", "is \"\(context.prefix(40))\"; it may be one of \(names)")
        }
        payment = Payment(
            id: id,
            apiID: try fields.text(.apiID, or: ""),
            fromCurrency: try fields.text(.fromCurrency, or: "eth"),
            fromNetwork: try fields.text(.fromNetwork, or: "eth"),
            amount: try Self.amount(in: fields),
            payinAddress: try fields.text(.payinAddress, bytes: 1...100),
            context: known
        )
    }

    /// An amount may be a string, or a number, which is read digit by digit and not as a floating-point number.
    private static func amount(in fields: KeyedDecodingContainer<Key>) throws -> Amount {
        guard fields.has(.amount) else { throw FieldProblem("amount", "is missing") }
        if let text = try? fields.decode(String.self, forKey: .amount) { return try Amount(text) }
        guard let number = try? fields.decode(Decimal.self, forKey: .amount) else {
            throw FieldProblem("amount", "is no decimal number")
        }
        return try Amount("\(number)")
    }
}
