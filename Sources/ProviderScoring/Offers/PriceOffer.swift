public import ResilienceCore

/// One price at which a provider offers something, and how much of it there is.
public struct PriceOffer: Sendable, Hashable, Codable {
    /// The price, in the unit that the caller uses.
    public let price: Double
    /// How much of it there is at that price.
    public let count: Int
    /// How much less than the regular price that is, in percent, rounded.
    public let savingsPercent: Int

    /// How good it is, in three words.
    public enum Badge: String, Sendable, Hashable, Codable {
        /// 15 % or more.
        case great
        /// 10 % or more.
        case good
        /// Less.
        case minimal
    }

    /// How good it is.
    public var badge: Badge { savingsPercent >= 15 ? .great : savingsPercent >= 10 ? .good : .minimal }
}

/// All prices at which a provider offers one thing.
///
/// ```swift
/// let offers = try PriceOffers(regularPrice: 20, stockByPrice: [15: 100, 18: 50])
/// let best = offers.recommended  // 15, which saves 25 %
/// let affordable = offers.choose(maximumPrice: 14)  // nil: there is none
/// ```
public struct PriceOffers: Sendable, Hashable {
    /// What it costs without an offer.
    public let regularPrice: Double
    /// The offers, the cheapest first.
    public let options: [PriceOffer]

    /// Creates the list of offers; an empty one says that there are none.
    ///
    /// - Throws: `InvalidArgument` if the regular price is not more than zero and finite, or a price or a count below zero.
    public init(regularPrice: Double, stockByPrice: [Double: Int]) throws(InvalidArgument) {
        guard regularPrice > 0, regularPrice.isFinite else {
            throw InvalidArgument(field: "regularPrice", value: regularPrice, allowed: "more than zero")
        }
        for (price, count) in stockByPrice {
            guard price >= 0, price.isFinite, count >= 0 else {
                throw InvalidArgument(field: "stockByPrice", value: "\(price): \(count)", allowed: "zero or more")
            }
        }
        self.regularPrice = regularPrice
        options = stockByPrice.sorted { $0.key < $1.key }.map { price, count in
            let savings = (regularPrice - price) / regularPrice * 100
            // A price far above the regular one would not fit an integer.
            return PriceOffer(price: price, count: count, savingsPercent: Int(max(savings, -1_000_000).rounded()))
        }
    }

    /// The cheapest of which there are ten or more, else the cheapest; `nil` if there is none.
    public var recommended: PriceOffer? { options.first { $0.count >= 10 } ?? options.first }
    /// How much there is at all prices.
    public var totalStock: Int { options.reduce(0) { $0.saturatingAdd($1.count) } }
    /// The most that can be saved, in percent.
    public var greatestSavings: Int { options.map(\.savingsPercent).max() ?? 0 }

    /// The offer to take.
    ///
    /// - Parameters:
    ///   - maximumPrice: The highest price that is accepted; `nil`, zero or less for any.
    ///   - prefersPrice: Whether the cheapest is taken; else that of which there is most.
    ///   - minimumStock: How much there has to be.
    /// - Returns: `nil` if none is left.
    public func choose(
        maximumPrice: Double? = nil,
        prefersPrice: Bool = true,
        minimumStock: Int = 5
    ) -> PriceOffer? {
        let limit = maximumPrice.map { $0 <= 0 ? .infinity : $0 } ?? .infinity
        let eligible = options.filter { $0.price <= limit && $0.count >= minimumStock }
        guard !prefersPrice else { return eligible.first }
        // Of those with equal stock the cheapest, which comes first.
        return eligible.reduce(nil) { best, next in
            best.map { $0.count >= next.count ? $0 : next } ?? next
        }
    }
}

extension Int {
    fileprivate func saturatingAdd(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
