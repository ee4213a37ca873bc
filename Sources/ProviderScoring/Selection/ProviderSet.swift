/// A set of providers by their numbers. Up to 64 providers it allocates nothing.
///
/// ```swift
/// var tried = ProviderSet()
/// tried.insert(3)
/// print(tried.contains(3), tried.count)
/// ```
public struct ProviderSet: Sendable, Hashable {
    private var low: UInt64 = 0
    /// The bits from 64 on.
    private var high: [UInt64] = []
    /// How many providers are in it.
    public private(set) var count = 0

    /// An empty set.
    public init() {}

    /// Whether there is none in it.
    public var isEmpty: Bool { count == 0 }

    /// Whether that provider is in it.
    public func contains(_ provider: Int) -> Bool {
        if provider < 64 { return provider >= 0 && low & (1 << UInt64(provider)) != 0 }
        let place = provider / 64 - 1
        return place < high.count && high[place] & (1 << UInt64(provider % 64)) != 0
    }

    /// Puts a provider in; nothing happens if it is in already, or negative.
    public mutating func insert(_ provider: Int) {
        guard provider >= 0, !contains(provider) else { return }
        count += 1
        if provider < 64 {
            low |= 1 << UInt64(provider)
        } else {
            let place = provider / 64 - 1
            while high.count <= place { high.append(0) }
            high[place] |= 1 << UInt64(provider % 64)
        }
    }

    /// Takes a provider out; nothing happens if it is not in.
    public mutating func remove(_ provider: Int) {
        guard contains(provider) else { return }
        count -= 1
        if provider < 64 {
            low &= ~(1 << UInt64(provider))
        } else {
            high[provider / 64 - 1] &= ~(1 << UInt64(provider % 64))
            while high.last == 0 { high.removeLast() }
        }
    }

    /// Puts in whoever is in the other one. Allocates where there are more than 64 providers.
    public mutating func formUnion(_ other: ProviderSet) {
        low |= other.low
        while high.count < other.high.count { high.append(0) }
        for place in other.high.indices { high[place] |= other.high[place] }
        count = low.nonzeroBitCount + high.reduce(0) { $0 + $1.nonzeroBitCount }
    }
}
