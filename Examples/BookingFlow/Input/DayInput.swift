import BookingVerify
import ExampleSupport

/// What an input holds: resources, contacts, requests, and the lines that are none of them.
struct DayInput: Sendable {
    private(set) var resources: [String: Resource] = [:]
    private(set) var contacts: [String: Contact] = [:]
    /// Each with the line on which it stands.
    private(set) var requests: [(line: Int, request: Request)] = []
    private(set) var problems: [InputProblem] = []
    let name: String

    /// Reads a file, or the standard input for `-`.
    static func read(_ path: String) throws(ExitError) -> DayInput { DayInput(try InputFile(path)) }

    /// The file that ships with the example.
    static func bundled() throws(ExitError) -> String {
        try InputFile.bundled("requests.jsonl", of: "BookingFlow", beside: #filePath)
    }

    init(_ file: InputFile) {
        name = file.name
        var seen = Seen()
        problems = file.problems(reading: DayLine.self) { try seen.take($1, on: $0) }
        resources = seen.resources.mapValues(\.resource)
        contacts = seen.contacts.mapValues(\.contact)
        requests = seen.order.compactMap { seen.requests[$0] }
    }

    /// Takes out a request that is in the store under the same id with other content.
    mutating func reject(_ ids: Set<String>) {
        for (line, request) in requests where ids.contains(request.id) {
            let reason = "\"\(request.id)\" is in the store with other content; that one counts"
            problems.append(InputProblem(file: name, line: line, field: "id", reason: reason))
        }
        requests.removeAll { ids.contains($0.request.id) }
    }
}

/// What was read so far. Of lines with the same id the first counts.
private struct Seen {
    var resources: [String: (line: Int, resource: Resource)] = [:]
    var contacts: [String: (line: Int, contact: Contact)] = [:]
    var requests: [String: (line: Int, request: Request)] = [:]
    var order: [String] = []

    mutating func take(_ line: DayLine, on number: Int) throws {
        switch line {
        case .resource(let resource):
            guard let earlier = resources[resource.name] else {
                resources[resource.name] = (number, resource)
                return
            }
            if earlier.resource != resource { throw Self.repeated("name", resource.name, earlier.line) }
        case .contact(let contact):
            guard let earlier = contacts[contact.customer] else {
                try Self.check(contact)
                contacts[contact.customer] = (number, contact)
                return
            }
            if earlier.contact != contact { throw Self.repeated("contact", contact.customer, earlier.line) }
        case .request(let request):
            if let earlier = requests[request.id] {
                if earlier.request != request { throw Self.repeated("id", request.id, earlier.line) }
                return
            }
            try check(request)
            requests[request.id] = (number, request)
            order.append(request.id)
        }
    }

    private static func check(_ contact: Contact) throws {
        let tokens = contact.devices + contact.gone.keys
        guard Set(tokens).count == tokens.count else { throw FieldProblem("devices", "name a token twice") }
    }

    private func check(_ request: Request) throws {
        guard let resource = resources[request.resource]?.resource else {
            throw FieldProblem("resource", "\"\(request.resource)\" stands on no line before this one")
        }
        guard request.quantity <= resource.most else {
            throw FieldProblem("quantity", "is \(request.quantity); of \(resource.name) there are \(resource.most)")
        }
        for (index, other) in request.with.enumerated() {
            guard resources[other] != nil, other != request.resource, !request.with[..<index].contains(other) else {
                throw FieldProblem("with", "\"\(other.prefix(40))\" is unknown or named twice")
            }
        }
    }

    private static func repeated(_ field: String, _ name: String, _ line: Int) -> FieldProblem {
        FieldProblem(field, "\"\(name)\" stands on line \(line) with other content; that one counts")
    }
}

extension DayInput {
    /// What was asked for, as the check takes it.
    static func asked(
        _ resources: some Sequence<Resource>,
        _ contacts: some Sequence<Contact>,
        _ requests: some Sequence<Request>
    ) -> AskedDay {
        let known = resources.map { ($0.name, AskedDay.Resource(most: $0.most, hasUnits: $0.units != nil)) }
        let asked = requests.compactMap { request -> (String, AskedDay.Request)? in
            guard let plan = AskedDay.Plan(rawValue: request.plan.rawValue) else { return nil }
            var items = [request.resource: request.quantity]
            for other in request.with { items[other] = 1 }
            let meant = AskedDay.Request(
                customer: request.customer,
                items: items,
                from: request.from,
                until: request.until,
                plan: plan,
                cents: request.cents,
                payments: plan == .payAtDesk ? request.payments : 1,
                cancels: request.cancel != nil,
                note: request.note,
                hasTrainer: request.trainer
            )
            return (request.id, meant)
        }
        let reached = contacts.map { contact in
            (contact.customer, AskedDay.Contact(mail: contact.mail, devices: Set(contact.devices), gone: contact.gone))
        }
        return AskedDay(
            resources: Dictionary(known) { first, _ in first },
            contacts: Dictionary(reached) { first, _ in first },
            requests: Dictionary(asked) { first, _ in first }
        )
    }
}
