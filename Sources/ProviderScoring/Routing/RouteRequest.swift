public import ResilienceCore

/// What a call of a router is about: for its log, and for those who choose.
///
/// ```swift
/// var request = RouteRequest("purchase", reference: rental.id, tags: ["country": "us", "service": "wa"])
/// request.maximumPrice = 20
/// ```
public struct RouteRequest: Sendable {
    /// What is done: `purchase`, `cancel`. The log and its reports speak of it.
    public var operation: String
    /// What it is done for, such as the id of an order: in the log only, the first 512 characters.
    public var reference: String?
    /// Further facts, such as the country: in the log, 32 at most, and for an ``OfferSource``. No secrets.
    public var tags: [String: String]
    /// Requests of the same affinity prefer the same provider, where the policy knows affinity.
    public var affinity: UInt64?
    /// The highest price of an offer that is taken; `nil` for any.
    public var maximumPrice: Double?
    /// Whether the offer source of the router is asked first.
    public var usesOffers: Bool
    /// Providers that are not to be tried, by name.
    public var excluding: [String]
    /// No wait begins that would end at or after it, and each attempt is told.
    public var deadline: Timestamp?
    /// Handed to each attempt; made for the call if none is given.
    public var idempotencyKey: String?

    /// Creates a request.
    public init(
        _ operation: String = "request",
        reference: String? = nil,
        tags: [String: String] = [:],
        affinity: UInt64? = nil,
        maximumPrice: Double? = nil,
        usesOffers: Bool = true,
        excluding: [String] = [],
        deadline: Timestamp? = nil,
        idempotencyKey: String? = nil
    ) {
        self.operation = operation
        self.reference = reference
        self.tags = tags
        self.affinity = affinity
        self.maximumPrice = maximumPrice
        self.usesOffers = usesOffers
        self.excluding = excluding
        self.deadline = deadline
        self.idempotencyKey = idempotencyKey
    }
}
