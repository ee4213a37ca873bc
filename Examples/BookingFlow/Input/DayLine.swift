import ExampleSupport
import Foundation

/// One line of the input: a resource, or a request.
enum DayLine: Decodable {
    case resource(Resource)
    case request(Request)

    private typealias Fields = KeyedDecodingContainer<Key>

    private enum Key: String, CodingKey {
        case id, name, units, pooled, customer, resource, with, from, until, quantity, at, plan, after, extend, cents
        case payments
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: Key.self) else { throw NotAnObject() }
        if !fields.has(.id), fields.has(.name) {
            self = .resource(try Self.resource(fields))
        } else {
            self = .request(try Self.request(fields))
        }
    }

    private static func resource(_ fields: Fields) throws -> Resource {
        let units = try number(.units, in: fields, within: 1...100)
        let pooled = try number(.pooled, in: fields, within: 1...10_000)
        guard units == nil || pooled == nil else { throw FieldProblem("pooled", "stands beside units; one is allowed") }
        return Resource(name: try fields.name(.name, bytes: 1...100), units: units, pooled: pooled)
    }

    private static func request(_ fields: Fields) throws -> Request {
        let id = try fields.name(.id, bytes: 1...100)
        let (from, until) = (try minutes(.from, in: fields), try minutes(.until, in: fields))
        guard from < until else { throw FieldProblem("until", "is not after from") }
        let plan = try fields.text(.plan)
        guard let known = Request.Plan(rawValue: plan) else {
            let names = Request.Plan.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldProblem("plan", "is \"\(plan.prefix(40))\"; it may be one of \(names)")
        }
        guard let at = try number(.at, in: fields, within: 0...86_400) else { throw FieldProblem("at", "is missing") }
        return Request(
            id: id,
            customer: try fields.name(.customer, bytes: 1...100),
            resource: try fields.name(.resource, bytes: 1...100),
            with: try others(fields),
            from: from,
            until: until,
            quantity: try number(.quantity, in: fields, within: 1...10_000) ?? 1,
            at: at,
            plan: known,
            after: try number(.after, in: fields, within: 1...86_400),
            extend: try number(.extend, in: fields, within: 1...900),
            cents: try number(.cents, in: fields, within: 1...10_000_000) ?? 2_000,
            payments: try number(.payments, in: fields, within: 1...2) ?? 1
        )
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

    private static func others(_ fields: Fields) throws -> [String] {
        guard fields.has(.with) else { return [] }
        guard let names = try? fields.decode([String].self, forKey: .with) else {
            throw FieldProblem("with", "is not a list of names of resources")
        }
        guard names.count <= 6 else { throw FieldProblem("with", "has more than 6 names") }
        return names
    }

    /// `08:30` as minutes of the day; 24:00 is its end.
    private static func minutes(_ key: Key, in fields: Fields) throws -> Int {
        let text = try fields.text(key)
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.count == 2 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
        }
        guard parts.count == 2, numbers.count == 2, numbers[1] < 60, numbers[0] * 60 + numbers[1] <= 1_440 else {
            throw FieldProblem(key.rawValue, "is no time of the day like 08:30: \"\(text.prefix(40))\"")
        }
        return numbers[0] * 60 + numbers[1]
    }
}
