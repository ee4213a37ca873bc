public import ErrorClassification
public import ResilienceCore
public import Synchronization

/// Runs operations and tries again what fails in passing.
///
/// One retrier serves any number of tasks at once; each call has its own attempts. The operation runs in the caller's
/// isolation and need not be `Sendable`. A call that succeeds at once reads no clock and allocates nothing.
///
/// ```swift
/// let retrier = Retrier(.apiRequest, classifier: classifier)
/// let invoice = try await retrier.run { attempt in
///     try await api.createInvoice(order, idempotencyKey: attempt.idempotencyKey)
/// }
/// ```
public final class Retrier: Sendable {
    /// How often, how long and after which failures it tries again.
    public let policy: RetryPolicy
    /// The subject of its events.
    public let name: String
    let classifier: ErrorClassifier
    let clock: any WallClock
    /// What its retries draw on; `nil` if they are not limited but by the policy.
    public let budget: RetryBudget?
    let observer: (any Observer)?
    /// What it fails over with.
    let failover: (any FailoverSource)?
    @usableFromInline let nonce: UInt64
    @usableFromInline let calls = Atomic<UInt64>(0)
    @usableFromInline let demands: Demands
    /// Where a task finds out what it is inside of.
    @usableFromInline let context = RetryContext.$current

    /// What a call needs beside the number of its attempts and a budget.
    @usableFromInline
    enum Demands: Sendable {
        case little
        /// To be seen by retriers inside its operation.
        case `guard`
        /// A record, an observer, a limit of time, or attempts to share.
        case more
    }

    /// Creates a retrier.
    ///
    /// - Parameters:
    ///   - name: What its events call it.
    ///   - classifier: Tells failures that pass from those that last; knows all presets unless another one is given.
    ///   - clock: Measures waits and deadlines.
    ///   - budget: What its retries draw on: a budget of its own unless one is shared; `nil` for none.
    ///   - generator: The source of jitter and of the keys of calls; a seeded one makes a run repeatable.
    ///   - observer: Is told of every decision.
    ///   - failover: What it fails over with, such as a pool of credentials; `nil` for nothing.
    public init(
        _ policy: RetryPolicy = .default,
        name: String = "retrier",
        classifier: ErrorClassifier = .standard,
        clock: any WallClock = .system,
        budget: RetryBudget? = RetryBudget(),
        generator: SmallGenerator = .seededBySystem(),
        observer: (any Observer)? = nil,
        failover: (any FailoverSource)? = nil
    ) {
        var generator = generator
        self.policy = policy.allowing(failover?.buckets.count ?? 0)
        self.failover = failover
        self.name = name
        self.classifier = classifier
        self.clock = clock
        self.budget = budget
        self.observer = observer
        nonce = generator.next()
        let isWatched = observer != nil || failover != nil || policy.elapsedLimit != nil || policy.nesting == .sharesAttempts
        demands = isWatched ? .more : policy.nesting == .ignored ? .little : .guard
    }

    /// Runs the operation until it succeeds or the policy gives up.
    ///
    /// - Parameters:
    ///   - idempotencyKey: Handed to each attempt; made for the call if none is given.
    ///   - deadline: No wait begins that would end at or after it, and each attempt is told.
    ///   - retryIf: Whether a result is not good enough yet. When the attempts are used up the last one is given.
    ///   - operation: What to try; runs in the caller's isolation, one attempt at a time.
    /// - Throws: The error of the last attempt, unchanged; `CancellationError` if the task was cancelled, which is seen
    ///   at once during a wait and after each attempt that fails.
    @inlinable
    public func run<Success>(
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        retryIf: (Success) -> Bool = { _ in false },
        _ operation: (Attempt) async throws -> Success
    ) async throws -> Success {
        let key = callKey(idempotencyKey)
        let needsLittle: Bool
        var shown = RetryContext.alone
        switch demands {
        case .little: needsLittle = true
        case .guard:
            needsLittle = context.get() == .alone
            shown = .inside
        case .more: needsLittle = false
        }
        var call =
            needsLittle
            ? RetryCall(
                key: key,
                deadline: deadline,
                shown: shown,
                attemptsLeft: policy.attempts - 1,
                usesBudget: budget != nil
            )
            : begin(key, deadline: deadline, isRecorded: false)
        return try await attempts(&call, retryIf: retryIf, operation)
    }

    /// Runs the operation as ``run(idempotencyKey:deadline:retryIf:_:)`` does, and tells how it went; never throws.
    ///
    /// Reads the clock twice for each attempt and allocates the record.
    public func outcome<Success>(
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        retryIf: (Success) -> Bool = { _ in false },
        of operation: (Attempt) async throws -> Success
    ) async -> RetryOutcome<Success> {
        var call = begin(callKey(idempotencyKey), deadline: deadline, isRecorded: true)
        let result: Result<Success, any Error>
        do {
            result = .success(try await attempts(&call, retryIf: retryIf, operation))
        } catch {
            result = .failure(error)
        }
        let watch = call.watch
        return RetryOutcome(
            result: result,
            attempts: watch?.trail ?? [],
            stop: watch?.stop,
            retryableAt: watch?.retryableAt
        )
    }

    @inlinable
    func callKey(_ own: String?) -> CallKey {
        CallKey(own: own, nonce: nonce, number: calls.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// The loop. Inlined where it is called, because a generic entry of another module costs more than the rest of it.
    @inlinable
    func attempts<Success>(
        _ call: inout RetryCall,
        retryIf: (Success) -> Bool,
        _ operation: (Attempt) async throws -> Success
    ) async throws -> Success {
        while true {
            let result: Success
            do {
                let attempt = call.attempt
                switch call.shown {
                case _ where call.failover != nil: result = try await inSession(call) { try await operation(attempt) }
                case .alone: result = try await operation(attempt)
                case .inside: result = try await context.withValue(.inside) { try await operation(attempt) }
                case .sharing: result = try await sharing(call) { try await operation(attempt) }
                }
            } catch {
                let delay =
                    call.failover == nil ? try next(&call, after: error) : try await nextBucket(&call, after: error)
                if let delay { try await wait(delay, call) }
                continue
            }
            guard retryIf(result), let delay = nextAfterRejection(&call) else {
                if call.usesBudget, let budget { budget.succeeded(call.token) }
                if let watch = call.watch { succeeded(call, watch) }
                call.failover?.succeeded()
                return result
            }
            try await wait(delay, call)
        }
    }
}
