public import ResilienceCore

/// When a ``CircuitBreaker`` opens, for how long, and what makes it close again.
public struct BreakerOptions: Sendable, Hashable {
    /// The calls that its rates are taken over.
    public enum Window: Sendable, Hashable {
        /// The last calls: 1 to 10,000.
        case calls(Int)
        /// The calls of the last time, in ten slices: 100 ms to a day.
        case time(Duration)
    }

    /// Which calls are too slow, and which part of them is too much.
    public struct SlowCalls: Sendable, Hashable {
        /// A call that takes longer is slow.
        public let limit: Duration
        /// The part of slow calls at which the breaker opens: more than 0, at most 1.
        public let rate: Double

        /// Creates a rule; it is checked with the options it becomes part of.
        public init(over limit: Duration, rate: Double) {
            self.limit = limit
            self.rate = rate
        }
    }

    /// The calls that its rates are taken over.
    public let window: Window
    /// The part of failures at which it opens; `nil` to look at none.
    public let failureRate: Double?
    /// Slow calls at which it opens; `nil` to measure none.
    public let slowCalls: SlowCalls?
    /// How many calls there must be in the window before rates mean anything.
    public let minimumCalls: Int
    /// Failures in a row at which it opens, whatever the rates; `nil` to count none.
    public let consecutiveFailures: Int?
    /// How long it lets nothing through.
    public let openFor: Duration
    /// How many calls it then lets through to see whether they succeed.
    public let probes: Int

    /// Half of the last 100 calls, at least 20 of them; open for 30 s; 3 probes.
    public static let standard = BreakerOptions()

    private init() {
        window = .calls(100)
        failureRate = 0.5
        slowCalls = nil
        minimumCalls = 20
        consecutiveFailures = nil
        openFor = .seconds(30)
        probes = 3
    }

    /// Creates options.
    ///
    /// - Throws: `InvalidArgument` for a value out of range, a minimum that the window cannot hold, or options under
    ///   which it would never open.
    public init(
        window: Window = .calls(100),
        failureRate: Double? = 0.5,
        slowCalls: SlowCalls? = nil,
        minimumCalls: Int = 20,
        consecutiveFailures: Int? = nil,
        openFor: Duration = .seconds(30),
        probes: Int = 3
    ) throws(InvalidArgument) {
        switch window {
        case .calls(let count):
            try require((1...10_000).contains(count), "window", count, "1...10000 calls")
            try require(minimumCalls <= count, "minimumCalls", minimumCalls, "at most the \(count) calls of the window")
        case .time(let length):
            let isValid = length >= .milliseconds(100) && length <= .seconds(86_400)
            try require(isValid, "window", length, "100 ms to 1 day")
        }
        if let rate = failureRate { try require(rate > 0 && rate <= 1, "failureRate", rate, "more than 0, at most 1") }
        if let slow = slowCalls {
            try require(slow.limit > .zero, "slowCalls.limit", slow.limit, "more than zero")
            try require(slow.rate > 0 && slow.rate <= 1, "slowCalls.rate", slow.rate, "more than 0, at most 1")
        }
        try require((1...1_000_000).contains(minimumCalls), "minimumCalls", minimumCalls, "1...1000000")
        if let count = consecutiveFailures { try require(count >= 1, "consecutiveFailures", count, "at least 1") }
        let canOpen = failureRate != nil || slowCalls != nil || consecutiveFailures != nil
        try require(canOpen, "failureRate", "nil", "one of failureRate, slowCalls and consecutiveFailures")
        try require(openFor > .zero && openFor <= .seconds(86_400), "openFor", openFor, "more than zero, at most 1 day")
        try require((1...10_000).contains(probes), "probes", probes, "1...10000")
        self.window = window
        self.failureRate = failureRate
        self.slowCalls = slowCalls
        self.minimumCalls = minimumCalls
        self.consecutiveFailures = consecutiveFailures
        self.openFor = openFor
        self.probes = probes
    }
}
