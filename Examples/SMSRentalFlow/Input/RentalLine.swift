import ExampleSupport
import Foundation

/// One line of the input as a request.
struct RentalLine: Decodable {
    let request: RentalRequest

    private typealias Fields = KeyedDecodingContainer<Key>

    private enum Key: String, CodingKey {
        case id, service, country, at, maxPrice
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: Key.self) else { throw NotAnObject() }
        let id = try fields.name(.id, bytes: 1...100)
        guard !id.contains("|") else { throw FieldProblem("id", "holds a |") }
        let service = try fields.name(.service, bytes: 1...20)
        let country = try fields.name(.country, bytes: 1...20)
        guard let at = try Self.number(.at, in: fields, within: 0...86_400) else {
            throw FieldProblem("at", "is missing")
        }
        let maxPrice = try Self.number(.maxPrice, in: fields, within: 1...1_000_000)
        request = RentalRequest(id: id, service: service, country: country, at: at, maxPrice: maxPrice)
    }

    private static func number(_ key: Key, in fields: Fields, within range: ClosedRange<Int>) throws -> Int? {
        guard fields.has(key) else { return nil }
        guard let number = try? fields.decode(Int.self, forKey: key) else {
            throw FieldProblem(key.rawValue, "is not a whole number")
        }
        guard range.contains(number) else {
            throw FieldProblem(key.rawValue, "is \(number); allowed is \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
