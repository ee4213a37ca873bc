public import ResilienceCore
import Synchronization

/// Starts operations no faster than a rate: who comes too early waits, or is refused.
///
/// Starts are spread evenly, with a burst after a pause. Who waits has a reserved instant, so order is kept and nobody
/// starves; who would have to wait longer than allowed is refused at once with ``PolicyError/Code/rateLimited`` and
/// told when to come back.
///
/// ```swift
/// let limiter = try RateLimiter(RateLimit(50, per: .seconds(1), burst: 10), waitingAtMost: .seconds(2))
/// let price = try await limiter.run { try await api.price(of: item) }
/// ```
public final class RateLimiter: Sendable {
    /// What its errors call it.
    public let name: String
    private let clock: any WallClock
    private let machine: Mutex<RateMachine>

    /// Creates a limiter from which nothing was taken yet.
    ///
    /// - Parameters:
    ///   - limit: The rate and the burst.
    ///   - wait: How long an operation may be held back: zero, which refuses, to a day.
    ///   - name: What its errors call it.
    ///   - clock: Measures the time, on its monotonic reading.
    /// - Throws: `InvalidArgument` if the wait is out of range.
    public init(
        _ limit: RateLimit,
        waitingAtMost wait: Duration = .zero,
        name: String = "rate limiter",
        clock: any WallClock = .system
    ) throws(InvalidArgument) {
        self.name = name
        self.clock = clock
        machine = Mutex(RateMachine(limit, longestWait: try Self.checked(wait)))
    }

    /// Runs an operation when the rate allows it.
    ///
    /// - Throws: What the operation throws; ``PolicyError`` if it would have to wait too long; `CancellationError` if
    ///   the task is cancelled while it waits, at once.
    public func run<Success>(_ operation: () async throws -> Success) async throws -> Success {
        try await pass()
        return try await operation()
    }

    /// Waits until the rate allows another start.
    ///
    /// - Throws: As ``run(_:)`` does.
    public func pass() async throws {
        try Task.checkCancellation()
        switch machine.withLock({ $0.reserve(at: clock.uptime) }) {
        case .refused(let wait):
            throw PolicyError(.rateLimited, policy: name, retryAfter: wait)
        case .reserved(let wait, let reservation):
            guard wait > .zero else { return }
            do {
                try await clock.pause(for: wait)
            } catch {
                machine.withLock { $0.giveBack(reservation, at: clock.uptime) }
                throw CancellationError()
            }
        }
    }

    /// How it stands.
    public var snapshot: RateLimiterSnapshot {
        let now = clock.uptime
        return machine.withLock { $0.snapshot(at: now) }
    }

    /// Goes on with another rate. What was started counts; those who wait keep their instants.
    ///
    /// - Parameters:
    ///   - limit: The rate and the burst.
    ///   - wait: How long an operation may be held back; `nil` leaves it as it is.
    /// - Throws: `InvalidArgument` if the wait is out of range.
    public func reconfigure(_ limit: RateLimit, waitingAtMost wait: Duration? = nil) throws(InvalidArgument) {
        if let wait { _ = try Self.checked(wait) }
        machine.withLock { $0.reconfigure(limit, longestWait: wait, at: clock.uptime) }
    }

    private static func checked(_ wait: Duration) throws(InvalidArgument) -> Duration {
        let isValid = wait >= .zero && wait <= .seconds(86_400)
        try require(isValid, "waitingAtMost", wait, "zero to 1 day")
        return wait
    }
}

/// How a ``RateLimiter`` stands at one instant.
public struct RateLimiterSnapshot: Sendable, Hashable {
    /// Its rate.
    public let limit: RateLimit
    /// How long the next operation would have to wait.
    public let nextWait: Duration
    /// Operations that it let through, those that still wait included.
    public let started: Int
    /// Operations that it refused.
    public let refused: Int
}
