import ExampleSupport
import Foundation

/// One line of the input as a request.
struct RentalLine: Decodable {
    let request: RentalRequest

    private enum Key: String, CodingKey {
        case id, service, country, at, maxPrice
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: Key.self) else { throw NotAnObject() }
        let id = try fields.name(.id, bytes: 1...100)
        guard !id.utf8.contains(UInt8(ascii: "|")) else { throw FieldProblem("id", "holds a |") }
        let service = try fields.name(.service, bytes: 1...20)
        let country = try fields.name(.country, bytes: 1...20)
        guard let at = try fields.number(.at, within: 0...86_400) else {
            throw FieldProblem("at", "is missing")
        }
        let maxPrice = try fields.number(.maxPrice, within: 1...1_000_000)
        request = RentalRequest(id: id, service: service, country: country, at: at, maxPrice: maxPrice)
    }
}
