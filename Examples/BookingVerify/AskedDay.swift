public import VerifyFiles

/// What was asked for: the resources of a day, and the requests for them.
public struct AskedDay: Sendable {
    /// One resource.
    public struct Resource: Sendable, Hashable {
        /// How much of it there is.
        public let most: Int
        /// Whether it has distinct units, rather than a quantity that is counted.
        public let hasUnits: Bool

        /// Takes what the caller has read.
        public init(most: Int, hasUnits: Bool) {
            self.most = most
            self.hasUnits = hasUnits
        }
    }

    /// One request, as far as the check goes by it.
    public struct Request: Sendable, Hashable {
        /// Who asks.
        public let customer: String
        /// How much of what: the resource itself, and what goes with it.
        public let items: [String: Int]
        /// From when until when, in minutes of the day.
        public let from: Int
        public let until: Int
        /// What the customer means to do.
        public let plan: Plan
        /// What is to be paid, in cents; in each of how many payments.
        public let cents: Int
        public let payments: Int
        /// Whether the customer cancels the booking, with what note.
        public let cancels: Bool
        public let note: String?
        /// Whether a trainer comes with it.
        public let hasTrainer: Bool

        /// Takes what the caller has read.
        public init(
            customer: String,
            items: [String: Int],
            from: Int,
            until: Int,
            plan: Plan,
            cents: Int,
            payments: Int,
            cancels: Bool = false,
            note: String? = nil,
            hasTrainer: Bool = false
        ) {
            self.customer = customer
            self.items = items
            self.from = from
            self.until = until
            self.plan = plan
            self.cents = cents
            self.payments = payments
            self.cancels = cancels
            self.note = note
            self.hasTrainer = hasTrainer
        }
    }

    /// Where a customer can be reached.
    public struct Contact: Sendable, Hashable {
        /// The address.
        public let mail: String?
        /// The tokens of devices.
        public let devices: Set<String>
        /// Those that were found to be gone, how many days before.
        public let gone: [String: Int]

        /// Takes what the caller has read.
        public init(mail: String?, devices: Set<String>, gone: [String: Int]) {
            self.mail = mail
            self.devices = devices
            self.gone = gone
        }
    }

    /// What a customer means to do with a hold.
    public enum Plan: String, Sendable {
        case confirm
        case pay
        case payAtDesk
        case release
        case leave

        /// Whether the booking is paid for.
        var isPaid: Bool { self == .pay || self == .payAtDesk }
    }

    /// By name.
    public private(set) var resources: [String: Resource]
    /// By customer.
    public private(set) var contacts: [String: Contact]
    /// By id; of lines with the same id the first counts.
    public private(set) var requests: [String: Request]
    /// How many lines were left out.
    public private(set) var badLines = 0

    /// Takes what the caller has read.
    public init(resources: [String: Resource], contacts: [String: Contact] = [:], requests: [String: Request]) {
        self.resources = resources
        self.contacts = contacts
        self.requests = requests
    }

    /// Reads a file of one JSON object a line.
    ///
    /// - Throws: ``VerifyError`` if the file cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        self.init(resources: [:], requests: [:])
        var seen: [String: AskedLine] = [:]
        badLines = Lines.refused(of: try Lines(path).filled) { take($0, &seen) }
    }

    private mutating func take(_ line: AskedLine, _ seen: inout [String: AskedLine]) -> Bool {
        let kind = line.id != nil ? "request" : line.name != nil ? "resource" : "contact"
        let name = line.id ?? line.name ?? line.contact ?? ""
        guard AskedLine.isName(name) else { return false }
        if let earlier = seen["\(kind) \(name)"] { return earlier == line }
        switch kind {
        case "resource":
            guard let resource = line.resourceMeant else { return false }
            resources[name] = resource
        case "contact":
            guard let contact = line.contactMeant else { return false }
            contacts[name] = contact
        default:
            guard let request = line.requestMeant(of: resources) else { return false }
            requests[name] = request
        }
        seen["\(kind) \(name)"] = line
        return true
    }
}
