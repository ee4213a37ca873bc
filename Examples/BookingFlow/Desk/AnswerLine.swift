import ExampleSupport
import ResilienceCore

/// One line of the ledger: what somebody was told, money that changed hands, or a call of a service.
struct AnswerLine: Codable, Sendable, Equatable {
    /// What it tells of.
    enum Kind: String, Codable, Sendable {
        case answer
        case payment
        case refund
        /// Somebody who waits for free places was told that a hold has expired.
        case expiry
        /// A person was told of a cancellation that cannot go on.
        case alert
        /// A service was called and did what it was asked for.
        case effect
        /// A service was called and did not, or was asked a question.
        case call
    }

    var kind: Kind
    var request: String?
    var at: Timestamp
    var answer: String?
    var hold: String?
    /// Until when the hold is good.
    var until: Timestamp?
    /// The key of the payment, or of the call.
    var key: String?
    var cents: Int?
    var service: String?
    var action: String?
    /// The recipient of a message, the payment of a refund, the customer who signs in.
    var to: String?
    var order: CallOrder?

    init(kind: Kind, at: Timestamp) { (self.kind, self.at) = (kind, at) }

    init(_ call: ServiceCall, at now: Timestamp) {
        (kind, at) = (.call, now)
        (request, key, service, action) = (call.request, call.key, call.service, call.action)
        (cents, to, order) = (call.cents, call.to, call.order)
    }

    /// What is said once, however often it is tried.
    fileprivate var identity: [String] {
        [kind.rawValue, request ?? "", answer ?? "", kind == .answer || kind == .expiry ? hold ?? "" : "", key ?? ""]
    }
}

/// What the lines of the ledger add up to.
struct AnswerSum: LedgerSum {
    private struct Name: Hashable {
        let service: String
        let name: String
    }

    private var said: Set<[String]> = []
    /// By the key of a call.
    private var calls: [Name: Int] = [:]
    private var applied: Set<Name> = []
    /// By the request that a call is about.
    private var lastActions: [Name: String] = [:]
    private var newest: [Name: CallOrder] = [:]
    /// Refunds of which the provider has not been heard, by their keys.
    private(set) var unheard: [String: AnswerLine] = [:]
    private(set) var latest: Timestamp?

    init() {}

    mutating func add(_ line: AnswerLine) {
        latest = max(latest ?? line.at, line.at)
        guard let service = line.service else {
            said.insert(line.identity)
            return
        }
        let key = Name(service: service, name: line.key ?? "")
        let subject = Name(service: service, name: line.request ?? "")
        if line.answer != "asked" { calls[key, default: 0] += 1 }
        if let order = line.order { newest[subject] = max(newest[subject] ?? order, order) }
        guard line.kind == .effect else { return }
        if service == PaymentProvider.name { unheard[key.name] = line }
        if service == WebhookSender.name { unheard[key.name] = nil }
        applied.insert(key)
        lastActions[subject] = line.action
    }

    func has(_ line: AnswerLine) -> Bool { said.contains(line.identity) }

    // MARK: Services

    func calls(with key: String, of service: String) -> Int { calls[Name(service: service, name: key)] ?? 0 }

    func hasApplied(_ key: String, by service: String) -> Bool { applied.contains(Name(service: service, name: key)) }

    /// What a service did last about a request.
    func lastAction(of service: String, about request: String) -> String? {
        lastActions[Name(service: service, name: request)]
    }

    /// Whether the service has seen a newer call about the same.
    func isStale(_ call: ServiceCall) -> Bool {
        guard let order = call.order, let newest = newest[Name(service: call.service, name: call.request)] else {
            return false
        }
        return order < newest
    }
}
