import BookingVerify
import ExampleSupport

/// What an input holds: resources, contacts, requests, and the lines that are none of them.
struct DayInput: Sendable {
    private(set) var resources: [String: Resource] = [:]
    private(set) var contacts: [String: Contact] = [:]
    private(set) var requests = InputItems<Request>()
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
        resources = seen.resources.byID
        contacts = seen.contacts.byID
        requests = seen.requests
    }

    /// Takes out requests that are in the store under the same id with other content; gives what is to be said of them.
    mutating func reject(_ ids: Set<String>) -> [InputProblem] {
        let new = requests.reject(ids, in: name)
        problems += new
        return new
    }
}

/// What was read so far.
private struct Seen {
    var resources = InputItems<Resource>(by: "name")
    var contacts = InputItems<Contact>(by: "contact")
    var requests = InputItems<Request>()

    mutating func take(_ line: DayLine, on number: Int) throws {
        switch line {
        case .resource(let resource):
            guard try resources.isNew(resource, resource.name) else { return }
            resources.add(resource, resource.name, on: number)
        case .contact(let contact):
            guard try contacts.isNew(contact, contact.customer) else { return }
            try Self.check(contact)
            contacts.add(contact, contact.customer, on: number)
        case .request(let request):
            guard try requests.isNew(request, request.id) else { return }
            try check(request)
            requests.add(request, request.id, on: number)
        }
    }

    private static func check(_ contact: Contact) throws {
        let tokens = contact.devices + contact.gone.keys
        guard Set(tokens).count == tokens.count else { throw FieldProblem("devices", "name a token twice") }
    }

    private func check(_ request: Request) throws {
        guard let resource = resources[request.resource] else {
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
