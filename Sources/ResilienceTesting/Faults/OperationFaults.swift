public import ResilienceCore
import Synchronization

/// Makes an operation misbehave at random, for tests of what stands around it.
///
/// Each call meets at most one error or false result, and may take longer besides. The same seed and the same order of
/// calls give the same faults.
///
/// ```swift
/// let faults = try OperationFaults<Quote>(seed: 7, clock: clock)
///     .delaying(0.2, by: .milliseconds(100) ... .seconds(3))
///     .throwing(0.1) { GatewayError(status: 503) }
///     .returning(0.01) { .outOfDate }
/// let quote = try await retrier.run { _ in try await faults.run { try await api.quote() } }
/// ```
public struct OperationFaults<Value>: Sendable {
    private let source: Source
    private let clock: any WallClock
    private var latencies: [(rate: Double, range: ClosedRange<Duration>)] = []
    private var outcomes: [(rate: Double, outcome: Outcome)] = []

    private enum Outcome: Sendable {
        case failure(isLate: Bool, @Sendable () -> any Error)
        case result(@Sendable () -> Value)
    }

    /// Faults of none yet.
    ///
    /// - Parameters:
    ///   - seed: From which the faults follow.
    ///   - clock: On which calls are delayed.
    public init(seed: UInt64, clock: any WallClock) {
        source = Source(seed: seed)
        self.clock = clock
    }

    /// These faults, and that part of the calls takes longer before anything else happens, by a length from a range.
    ///
    /// - Throws: `InvalidArgument` for a rate that is not 0 to 1, or a negative length.
    public func delaying(
        _ rate: Double,
        by range: ClosedRange<Duration>
    ) throws(InvalidArgument) -> OperationFaults {
        try Self.check(rate)
        guard range.lowerBound >= .zero else {
            throw InvalidArgument(field: "range", value: range, allowed: "at least zero")
        }
        var faults = self
        faults.latencies.append((rate, range))
        return faults
    }

    /// These faults, and that part of the calls throws an error.
    ///
    /// - Parameters:
    ///   - afterwards: Whether the operation runs before, so that it took effect although the caller is told it failed.
    ///   - error: Makes the error.
    /// - Throws: `InvalidArgument` for a rate that is not 0 to 1, or rates of more than 1 together.
    public func throwing(
        _ rate: Double,
        afterwards: Bool = false,
        _ error: @escaping @Sendable () -> any Error
    ) throws(InvalidArgument) -> OperationFaults {
        try adding(rate, .failure(isLate: afterwards, error))
    }

    /// These faults, and that part of the calls gives a result of the test's own; the operation is not run.
    ///
    /// - Throws: `InvalidArgument` for a rate that is not 0 to 1, or rates of more than 1 together.
    public func returning(
        _ rate: Double,
        _ result: @escaping @Sendable () -> Value
    ) throws(InvalidArgument) -> OperationFaults {
        try adding(rate, .result(result))
    }

    /// Runs an operation, with what the dice say.
    ///
    /// - Throws: What the operation throws, or an injected error; `CancellationError` if the task is cancelled during a
    ///   delay.
    public func run(_ operation: () async throws -> Value) async throws -> Value {
        let (delay, outcome) = draw()
        if delay > .zero { try await clock.pause(for: delay) }
        switch outcome {
        case nil: return try await operation()
        case .result(let make): return make()
        case .failure(let isLate, let make):
            if isLate { _ = try await operation() }
            throw make()
        }
    }

    private func draw() -> (Duration, Outcome?) {
        source.draw { generator in
            var delay = Duration.zero
            for (rate, range) in latencies where Double.random(in: 0..<1, using: &generator) < rate {
                let bounds = range.lowerBound.wholeMicroseconds...range.upperBound.wholeMicroseconds
                delay += .microseconds(Int64.random(in: bounds, using: &generator))
            }
            var left = Double.random(in: 0..<1, using: &generator)
            for (rate, outcome) in outcomes {
                left -= rate
                if left < 0 { return (delay, outcome) }
            }
            return (delay, nil)
        }
    }

    private func adding(_ rate: Double, _ outcome: Outcome) throws(InvalidArgument) -> OperationFaults {
        try Self.check(rate)
        let total = outcomes.reduce(rate) { $0 + $1.rate }
        // Rates that make 1 on paper may make a little more in binary.
        guard total <= 1 + 1e-9 else { throw InvalidArgument(field: "rate", value: total, allowed: "a sum of at most 1") }
        var faults = self
        faults.outcomes.append((rate, outcome))
        return faults
    }

    private static func check(_ rate: Double) throws(InvalidArgument) {
        guard (0...1).contains(rate) else { throw InvalidArgument(field: "rate", value: rate, allowed: "0...1") }
    }
}

/// The dice, which all copies of some faults share.
private final class Source: Sendable {
    private let generator: Mutex<SmallGenerator>

    init(seed: UInt64) { generator = Mutex(SmallGenerator(seed: seed)) }

    func draw<Result: Sendable>(_ body: (inout SmallGenerator) -> Result) -> Result {
        generator.withLock { body(&$0) }
    }
}
