public import ResilienceCore

/// How many operations a ``Bulkhead`` lets run, and how many wait.
public struct BulkheadOptions: Sendable, Hashable {
    /// Operations at once.
    public let permits: Int
    /// Those that may wait for a permit.
    public let queueLimit: Int
    /// How long one may wait; `nil` for as long as it takes.
    public let longestWait: Duration?

    /// Creates options.
    ///
    /// - Parameters:
    ///   - permits: 1 to 1,000,000.
    ///   - queueLimit: 0 to 100,000; zero refuses at once.
    ///   - longestWait: More than zero, at most a day.
    /// - Throws: `InvalidArgument` for a value out of range.
    public init(
        permits: Int,
        queueLimit: Int = 0,
        longestWait: Duration? = nil
    ) throws(InvalidArgument) {
        try require((1...1_000_000).contains(permits), "permits", permits, "1...1000000")
        try require((0...100_000).contains(queueLimit), "queueLimit", queueLimit, "0...100000")
        if let wait = longestWait {
            let isValid = wait > .zero && wait <= .seconds(86_400)
            try require(isValid, "longestWait", wait, "more than zero, at most 1 day")
        }
        self.permits = permits
        self.queueLimit = queueLimit
        self.longestWait = longestWait
    }
}

/// How a ``Bulkhead`` stands at one instant.
public struct BulkheadSnapshot: Sendable, Hashable {
    /// Its options.
    public let options: BulkheadOptions
    /// Operations that run.
    public let inUse: Int
    /// Those that wait.
    public let waiting: Int
    /// Those that were refused since it was made, or waited in vain.
    public let refused: Int
}
