import ExampleSupport
import Foundation

/// One line of the input: a resource, a contact, or a request.
enum DayLine: Decodable {
    case resource(Resource)
    case contact(Contact)
    case request(Request)

    private typealias Fields = KeyedDecodingContainer<Key>

    private enum Key: String, CodingKey {
        case id, name, units, pooled, customer, resource, with, from, until, quantity, at, plan, after, extend, cents
        case payments, cancel, keep, note, trainer, contact, mail, devices, gone
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: Key.self) else { throw NotAnObject() }
        if !fields.has(.id), fields.has(.name) {
            self = .resource(try Self.resource(fields))
        } else if !fields.has(.id), fields.has(.contact) {
            self = .contact(try Self.contact(fields))
        } else {
            self = .request(try Self.request(fields))
        }
    }

    private static func resource(_ fields: Fields) throws -> Resource {
        let units = try fields.number(.units, within: 1...100)
        let pooled = try fields.number(.pooled, within: 1...10_000)
        guard units == nil || pooled == nil else { throw FieldProblem("pooled", "stands beside units; one is allowed") }
        return Resource(name: try fields.name(.name, bytes: 1...100), units: units, pooled: pooled)
    }

    private static func contact(_ fields: Fields) throws -> Contact {
        Contact(
            customer: try fields.name(.contact, bytes: 1...100),
            mail: fields.has(.mail) ? try fields.name(.mail, bytes: 3...100) : nil,
            devices: try names(.devices, in: fields, atMost: 10),
            gone: try days(fields)
        )
    }

    private static func days(_ fields: Fields) throws -> [String: Int] {
        guard fields.has(.gone) else { return [:] }
        guard let days = try? fields.decode([String: Int].self, forKey: .gone), days.count <= 20,
            days.allSatisfy({ (1...100).contains($0.key.utf8.count) && (0...365).contains($0.value) })
        else { throw FieldProblem("gone", "is no object of at most 20 tokens with 0 to 365 days each") }
        return days
    }

    private static func request(_ fields: Fields) throws -> Request {
        let id = try fields.name(.id, bytes: 1...100)
        guard !id.utf8.contains(UInt8(ascii: "|")) else { throw FieldProblem("id", "holds a |") }
        let (from, until) = (try minutes(.from, in: fields), try minutes(.until, in: fields))
        guard from < until else { throw FieldProblem("until", "is not after from") }
        let plan = try fields.text(.plan)
        guard let known = Request.Plan(rawValue: plan) else {
            let names = Request.Plan.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldProblem("plan", "is \"\(plan.prefix(40))\"; it may be one of \(names)")
        }
        guard let at = try fields.number(.at, within: 0...86_400) else { throw FieldProblem("at", "is missing") }
        let (cancel, keep) = (try seconds(.cancel, in: fields), try seconds(.keep, in: fields))
        guard keep == nil || cancel != nil else { throw FieldProblem("keep", "stands without cancel") }
        return Request(
            id: id,
            customer: try fields.name(.customer, bytes: 1...100),
            resource: try fields.name(.resource, bytes: 1...100),
            with: try names(.with, in: fields, atMost: 6),
            from: from,
            until: until,
            quantity: try fields.number(.quantity, within: 1...10_000) ?? 1,
            at: at,
            plan: known,
            after: try seconds(.after, in: fields),
            extend: try fields.number(.extend, within: 1...900),
            cents: try fields.number(.cents, within: 1...10_000_000) ?? 2_000,
            payments: try fields.number(.payments, within: 1...2) ?? 1,
            cancel: cancel,
            keep: keep,
            note: fields.has(.note) ? try fields.name(.note, bytes: 1...200) : nil,
            trainer: try flag(.trainer, in: fields)
        )
    }

    private static func seconds(_ key: Key, in fields: Fields) throws -> Int? {
        try fields.number(key, within: 1...86_400)
    }

    private static func flag(_ key: Key, in fields: Fields) throws -> Bool {
        guard fields.has(key) else { return false }
        guard let flag = try? fields.decode(Bool.self, forKey: key) else {
            throw FieldProblem(key.rawValue, "is neither true nor false")
        }
        return flag
    }

    private static func names(_ key: Key, in fields: Fields, atMost limit: Int) throws -> [String] {
        guard fields.has(key) else { return [] }
        guard let names = try? fields.decode([String].self, forKey: key) else {
            throw FieldProblem(key.rawValue, "is not a list of names")
        }
        guard names.count <= limit else { throw FieldProblem(key.rawValue, "has more than \(limit) names") }
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
