import ExampleSupport
import ResilienceCore

/// One line of the vendors' books.
struct VendorLine: Codable, Sendable, Equatable {
    /// What it tells of.
    enum Kind: String, Codable, Sendable {
        /// An activation was sold and paid for.
        case sale
        /// One was cancelled, and the money paid back.
        case cancellation
        /// Something was asked for and not done.
        case refusal
    }

    var kind: Kind
    var vendor: String
    /// When the vendor was called.
    var calledAt: Timestamp
    /// From when on it counts: a request may arrive after its caller has given up on it.
    var at: Timestamp
    /// The caller's word for what it is for.
    var reference: String?
    var activation: String?
    var phone: String?
    var service: String?
    var country: String?
    /// What was paid, or paid back.
    var cents: Int?
    /// What the caller was told.
    var answer: String?
}

/// What the vendors' books add up to.
struct VendorSum: LedgerSum {
    /// An activation.
    struct Sale: Sendable {
        let line: VendorLine
        var isCancelled = false
    }

    private var sales: [String: Sale] = [:]
    private var byReference: [String: [String]] = [:]
    private(set) var latest: Timestamp?

    init() {}

    mutating func add(_ line: VendorLine) {
        latest = max(latest ?? line.calledAt, line.calledAt)
        guard let activation = line.activation else { return }
        let name = Self.name(activation, line.vendor)
        switch line.kind {
        case .sale:
            sales[name] = Sale(line: line)
            byReference[Self.name(line.reference ?? "", line.vendor), default: []].append(name)
        case .cancellation: sales[name]?.isCancelled = true
        case .refusal: break
        }
    }

    /// How many activations were sold.
    var sold: Int { sales.count }

    func sale(_ activation: String, of vendor: String) -> Sale? { sales[Self.name(activation, vendor)] }

    /// The activation of a vendor that stands at an instant for that reference.
    func standing(for reference: String, at vendor: String, now: Timestamp) -> Sale? {
        let names = byReference[Self.name(reference, vendor)] ?? []
        return names.lazy.compactMap { sales[$0] }.first { !$0.isCancelled && $0.line.at <= now }
    }

    private static func name(_ id: String, _ vendor: String) -> String { "\(vendor)/\(id)" }
}
