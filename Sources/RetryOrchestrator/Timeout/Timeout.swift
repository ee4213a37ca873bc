public import ResilienceCore

/// Ends operations that take too long.
///
/// When the limit passes the operation is cancelled and waited for, up to the grace time, so that it is over when the
/// caller goes on. What it still gives is ignored; the caller gets ``PolicyError/Code/timedOut``, which is ambiguous:
/// the operation may have taken effect. One that ignores its cancellation is abandoned after the grace time
/// (``PolicyError/Code/attemptAbandoned``), and no retrier tries it again. The limit never passes early.
///
/// ```swift
/// let timeout = try Timeout(.seconds(2))
/// let quote = try await timeout.run { try await api.quote(for: item) }
/// ```
///
/// All timeouts on the system's clock share one sleeping task. The operation runs in a task of its own, to which the
/// caller's cancellation is passed on. It begins on the caller's thread, which has it as far as its first suspension: one
/// that blocks its thread instead of suspending cannot be left before that.
public struct Timeout: Sendable {
    /// How long an operation may take.
    public let limit: Duration
    /// How long an operation is waited for after it was cancelled.
    public let cancellationGrace: Duration
    /// What its errors call it.
    public let name: String
    let timers: TimerQueue

    /// 100 years.
    static let longest = Duration.seconds(100 * 365 * 86_400)

    /// Creates a timeout.
    ///
    /// - Parameters:
    ///   - limit: More than zero, at most 100 years.
    ///   - cancellationGrace: Zero to an hour.
    ///   - name: What its errors call it.
    ///   - clock: Measures the time, on its monotonic reading.
    /// - Throws: `InvalidArgument` for a value out of range.
    public init(
        _ limit: Duration,
        cancellationGrace: Duration = .seconds(1),
        name: String = "timeout",
        clock: any WallClock = .system
    ) throws(InvalidArgument) {
        try self.init(limit, cancellationGrace: cancellationGrace, name: name, timers: .shared(on: clock))
    }

    private init(
        _ limit: Duration,
        cancellationGrace: Duration,
        name: String,
        timers: TimerQueue
    ) throws(InvalidArgument) {
        try require(limit > .zero && limit <= Self.longest, "limit", limit, "more than zero, at most 100 years")
        try require(
            cancellationGrace >= .zero && cancellationGrace <= .seconds(3600),
            "cancellationGrace",
            cancellationGrace,
            "zero to one hour"
        )
        self.limit = limit
        self.cancellationGrace = cancellationGrace
        self.name = name
        self.timers = timers
    }

    /// A timeout that shares the sleeping task of another one, for clocks other than the system's.
    ///
    /// - Throws: `InvalidArgument` for a value out of range.
    public init(
        _ limit: Duration,
        cancellationGrace: Duration = .seconds(1),
        name: String = "timeout",
        sharing other: Timeout
    ) throws(InvalidArgument) {
        try self.init(limit, cancellationGrace: cancellationGrace, name: name, timers: other.timers)
    }

    /// Runs an operation, no longer than the limit.
    ///
    /// Costs a task, and between one and two µs.
    ///
    /// - Throws: What the operation throws; ``PolicyError`` if it took too long; `CancellationError` if the caller was
    ///   cancelled and the operation did not end within the grace time.
    @inlinable
    public func run<Success: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        try await TimedCall(self).run(operation)
    }

    @usableFromInline
    func error(_ ending: TimedMachine.Ending) -> any Error {
        switch ending {
        case .itsOwn, .timedOut: PolicyError(.timedOut, policy: name)
        case .abandoned: PolicyError(.attemptAbandoned, policy: name)
        case .cancelled: CancellationError()
        }
    }
}

extension Retrier {
    /// Runs the operation as ``run(idempotencyKey:deadline:retryIf:_:)`` does, each attempt no longer than a timeout.
    ///
    /// An attempt that took too long has ended before the next one begins; one that does not end ends the call. It may
    /// have taken effect, so it is tried again only if the policy says that the operation is idempotent.
    ///
    /// - Throws: The error of the last attempt, unchanged; ``PolicyError`` if it was ended by the timeout;
    ///   `CancellationError` if the task was cancelled.
    public func run<Success: Sendable>(
        attemptTimeout timeout: Timeout,
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        retryIf: (Success) -> Bool = { _ in false },
        _ operation: @escaping @Sendable (Attempt) async throws -> Success
    ) async throws -> Success {
        try await run(idempotencyKey: idempotencyKey, deadline: deadline, retryIf: retryIf) { attempt in
            try await timeout.run { try await operation(attempt) }
        }
    }

    /// Runs the operation as ``run(attemptTimeout:idempotencyKey:deadline:retryIf:_:)`` does, and tells how it went.
    public func outcome<Success: Sendable>(
        attemptTimeout timeout: Timeout,
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        retryIf: (Success) -> Bool = { _ in false },
        of operation: @escaping @Sendable (Attempt) async throws -> Success
    ) async -> RetryOutcome<Success> {
        await outcome(idempotencyKey: idempotencyKey, deadline: deadline, retryIf: retryIf) { attempt in
            try await timeout.run { try await operation(attempt) }
        }
    }
}
