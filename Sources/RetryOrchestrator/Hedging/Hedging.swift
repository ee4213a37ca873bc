public import ResilienceCore
import Synchronization

/// Asks a second time while the first answer is late, and takes whichever comes first.
///
/// It cuts the long tail of latencies, for the price of some extra load, which a budget bounds. Several attempts are
/// under way at once, so it is only for operations that may run twice at the same time without harm: reads. The name
/// of the argument says so at each call.
///
/// ```swift
/// let hedging = try Hedging(.quantile(0.95, until: .milliseconds(200)), extraLoad: 0.05)
/// let page = try await hedging.run(safeToRunTwice: { _ in try await replica.read(key) })
/// ```
///
/// Attempts that lose are cancelled and not waited for.
public final class Hedging: Sendable {
    /// How long an answer may take before another attempt begins.
    public enum Delay: Sendable, Hashable {
        /// Always that long.
        case fixed(Duration)
        /// As long as that part of the last 256 successful calls took; `until` enough of them are known, that long.
        case quantile(Double, until: Duration)
    }

    /// What it is called, for whoever shows its snapshots.
    public let name: String
    let timers: TimerQueue
    private let clock: any WallClock
    private let state: Mutex<State>

    fileprivate struct State {
        var options: Options
        var latencies: LatencyWindow
        var budget: BudgetMachine
        var calls = 0
        var hedges = 0
    }

    fileprivate struct Options: Sendable {
        let delay: Delay
        let attempts: Int
        let budget: RetryBudgetOptions
    }

    /// Creates a hedging policy.
    ///
    /// - Parameters:
    ///   - delay: How long an answer may take before another attempt begins: a quantile between 0 and 1, and durations
    ///     of more than zero, at most a day.
    ///   - attempts: How many may be under way at once: 2 to 10.
    ///   - extraLoad: How many further attempts there may be for each call, on average: 0 to 1. Up to 10 are saved up.
    ///   - name: What it is called, for whoever shows its snapshots.
    ///   - clock: Measures latencies and delays.
    /// - Throws: `InvalidArgument` for a value out of range.
    public init(
        _ delay: Delay,
        attempts: Int = 2,
        extraLoad: Double = 0.05,
        name: String = "hedging",
        clock: any WallClock = .system
    ) throws(InvalidArgument) {
        let options = try Self.options(delay, attempts, extraLoad)
        self.name = name
        self.clock = clock
        timers = .shared(on: clock)
        state = Mutex(
            State(options: options, latencies: Self.latencies(delay), budget: BudgetMachine(options.budget))
        )
    }

    /// Runs an operation, and again while it is late; gives the first result.
    ///
    /// - Parameter operation: What to run, with the number of the attempt; several run at once.
    /// - Throws: The error of the last attempt to end, if none gave a result; `CancellationError` if the caller is
    ///   cancelled, at once, while the attempts are told to end.
    public func run<Success: Sendable>(
        safeToRunTwice operation: @escaping @Sendable (_ attempt: Int) async throws -> Success
    ) async throws -> Success {
        try Task.checkCancellation()
        let (delay, attempts) = state.withLock { state in
            state.calls += 1
            // Each call pays for its part of a further attempt, whatever becomes of it.
            state.budget.succeeded()
            return (state.delay, state.options.attempts)
        }
        return try await HedgedCall(self, operation, attempts: attempts, delay: delay).run()
    }

    /// Goes on with other options; the latencies that are known and the extra load that is saved up stay.
    ///
    /// - Parameters:
    ///   - delay: How long an answer may take before another attempt begins.
    ///   - attempts: How many may be under way at once; `nil` leaves it as it is.
    ///   - extraLoad: How many further attempts there may be for each call; `nil` leaves it as it is.
    /// - Throws: `InvalidArgument` for a value out of range.
    public func reconfigure(
        _ delay: Delay,
        attempts: Int? = nil,
        extraLoad: Double? = nil
    ) throws(InvalidArgument) {
        let present = state.withLock { $0.options }
        let options = try Self.options(delay, attempts ?? present.attempts, extraLoad ?? present.budget.perSuccess)
        state.withLock { state in
            if case .quantile(let quantile, _) = delay { state.latencies.follow(quantile: quantile) }
            state.options = options
            state.budget.reconfigure(options.budget)
        }
    }

    /// How it stands.
    public var snapshot: HedgingSnapshot {
        state.withLock { HedgingSnapshot(delay: $0.delay, calls: $0.calls, hedges: $0.hedges) }
    }

    /// Whether the extra load allows a further attempt now; takes it if so.
    func takeHedge() -> Bool {
        let now = clock.uptime
        return state.withLock { state in
            guard state.budget.take(at: now) != nil else { return false }
            state.hedges += 1
            return true
        }
    }

    var uptime: Duration { clock.uptime }

    func note(latency: Duration) { state.withLock { $0.latencies.add(latency) } }

    private static func latencies(_ delay: Delay) -> LatencyWindow {
        if case .quantile(let quantile, _) = delay { return LatencyWindow(quantile: quantile) }
        return LatencyWindow(quantile: 0.95)
    }

    private static func options(
        _ delay: Delay,
        _ attempts: Int,
        _ extraLoad: Double
    ) throws(InvalidArgument) -> Options {
        let wait: Duration
        switch delay {
        case .fixed(let fixed): wait = fixed
        case .quantile(let quantile, let until):
            try require(quantile > 0 && quantile < 1, "delay.quantile", quantile, "between 0 and 1")
            wait = until
        }
        try require(wait > .zero && wait <= .seconds(86_400), "delay", wait, "more than zero, at most 1 day")
        try require((2...10).contains(attempts), "attempts", attempts, "2...10")
        try require((0...1).contains(extraLoad), "extraLoad", extraLoad, "0...1")
        let budget = try RetryBudgetOptions(perSuccess: extraLoad, floor: 0, capacity: 10)
        return Options(delay: delay, attempts: attempts, budget: budget)
    }
}

extension Hedging.State {
    fileprivate var delay: Duration {
        switch options.delay {
        case .fixed(let delay): delay
        case .quantile(_, let until): latencies.value ?? until
        }
    }
}

/// How a ``Hedging`` stands at one instant.
public struct HedgingSnapshot: Sendable, Hashable {
    /// How long an answer may take at present before another attempt begins.
    public let delay: Duration
    /// Calls so far.
    public let calls: Int
    /// Further attempts so far.
    public let hedges: Int
}
