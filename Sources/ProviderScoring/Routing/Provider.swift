public import ResilienceCore

/// One of several that can do the same: a vendor, a gateway, a region.
///
/// ```swift
/// let providers: [Provider] = ["sms-activate", try Provider("5sim", inFlightLimit: 8, price: 19)]
/// ```
public struct Provider: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Its name, by which everything speaks of it. What is known of a provider stays with its name.
    public let name: String
    /// How many calls at once it is given at most; `nil` for no limit.
    public let inFlightLimit: Int?
    /// What a call costs, in the unit of the caller's; `nil` if that is not known.
    public let price: Double?
    /// Whether it is used at all.
    public let isOn: Bool

    /// Creates a provider.
    ///
    /// - Throws: `InvalidArgument` if the limit is less than one, or the price is negative or not finite.
    public init(
        _ name: String,
        inFlightLimit: Int? = nil,
        price: Double? = nil,
        isOn: Bool = true
    ) throws(InvalidArgument) {
        if let inFlightLimit, inFlightLimit < 1 {
            throw InvalidArgument(field: "inFlightLimit", value: inFlightLimit, allowed: "at least 1")
        }
        if let price { try Self.check(price: price) }
        self.name = name
        self.inFlightLimit = inFlightLimit
        self.price = price
        self.isOn = isOn
    }

    /// A provider without limits and of unknown price.
    public init(stringLiteral name: String) {
        self.name = name
        (inFlightLimit, price, isOn) = (nil, nil, true)
    }

    static func check(price: Double) throws(InvalidArgument) {
        guard price >= 0, price.isFinite else {
            throw InvalidArgument(field: "price", value: price, allowed: "zero or more")
        }
    }
}
