public import ErrorClassification
public import ResilienceCore
import Synchronization

/// Runs operations and tries again what fails in passing.
///
/// One retrier serves any number of tasks at once; each call has its own attempts. The operation runs in the caller's
/// isolation and need not be `Sendable`. The way of a call that succeeds at once costs no allocation of its own besides
/// what ``RetryNesting`` costs, and reads no clock.
///
/// ```swift
/// let retrier = Retrier(.apiRequest)
/// let invoice = try await retrier.run { attempt in
///     try await api.createInvoice(order, idempotencyKey: attempt.idempotencyKey)
/// }
/// ```
public final class Retrier: Sendable {
    /// How often, how long and after which failures it tries again.
    public let policy: RetryPolicy
    /// The subject of its events.
    public let name: String
    private let classifier: ErrorClassifier
    private let clock: any WallClock
    private let observer: (any Observer)?
    private let nonce: UInt64
    private let calls = Atomic<UInt64>(0)

    /// Creates a retrier.
    ///
    /// - Parameters:
    ///   - name: What its events call it.
    ///   - clock: Measures waits and deadlines.
    ///   - generator: The source of jitter and of the keys of calls; a seeded one makes a run repeatable.
    ///   - observer: Is told of every decision.
    public init(
        _ policy: RetryPolicy = .default,
        name: String = "retrier",
        classifier: ErrorClassifier,
        clock: any WallClock = .system,
        generator: SmallGenerator = .seededBySystem(),
        observer: (any Observer)? = nil
    ) {
        var generator = generator
        self.policy = policy
        self.name = name
        self.classifier = classifier
        self.clock = clock
        self.observer = observer
        nonce = generator.next()
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
        var call = begin(idempotencyKey: idempotencyKey, deadline: deadline, isRecorded: false)
        return try await attempts(&call, retryIf: retryIf, operation)
    }

    /// Runs the operation as ``run(idempotencyKey:deadline:retryIf:_:)`` does, and tells how it went instead of throwing.
    ///
    /// Reads the clock twice for each attempt and allocates the record.
    public func outcome<Success>(
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        retryIf: (Success) -> Bool = { _ in false },
        of operation: (Attempt) async throws -> Success
    ) async -> RetryOutcome<Success> {
        var call = begin(idempotencyKey: idempotencyKey, deadline: deadline, isRecorded: true)
        let result: Result<Success, any Error>
        do {
            result = .success(try await attempts(&call, retryIf: retryIf, operation))
        } catch {
            result = .failure(error)
        }
        return RetryOutcome(result: result, attempts: call.trail, stop: call.stop, retryableAt: call.retryableAt)
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
                if let scope = call.scope {
                    result = try await AttemptScope.binding.withValue(scope) { try await operation(attempt) }
                } else {
                    result = try await operation(attempt)
                }
            } catch {
                let delay = try next(&call, after: error)
                if delay > .zero { try await wait(delay, &call) }
                continue
            }
            guard retryIf(result), let delay = nextAfterRejection(&call) else {
                if call.isWatched { succeeded(&call) }
                return result
            }
            try await wait(delay, &call)
        }
    }
}

// MARK: - The steps of a call, out of line

extension Retrier {
    @usableFromInline
    func begin(idempotencyKey: String?, deadline: Timestamp?, isRecorded: Bool) -> RetryCall {
        let outer = policy.nesting == .ignored ? nil : AttemptScope.current
        let leavesRetrying = outer != nil && policy.nesting == .oneAttempt
        let retries = leavesRetrying ? 0 : policy.attempts - 1
        let isWatched = isRecorded || observer != nil
        let began = isWatched || policy.elapsedLimit != nil ? clock.now : nil
        return RetryCall(
            key: CallKey(own: idempotencyKey, nonce: nonce, number: calls.wrappingAdd(1, ordering: .relaxed).newValue),
            deadline: [deadline, policy.elapsedLimit.flatMap { began?.advanced(by: $0) }].compactMap { $0 }.min(),
            scope: outer ?? (retries > 0 && policy.nesting != .ignored ? AttemptScope(retries: retries) : nil),
            leavesRetrying: leavesRetrying,
            attemptsLeft: retries,
            isWatched: isWatched,
            attemptBegan: began
        )
    }

    /// What to do after a failure: gives the wait before the next attempt, or throws what the call throws.
    @usableFromInline
    @inline(never)
    func next(_ call: inout RetryCall, after error: any Error) throws -> Duration {
        guard type(of: error) != CancellationError.self, !Task.isCancelled else {
            settle(&call, .stop(.cancelled, retryableAt: nil), nil)
            throw CancellationError()
        }
        let classification = classifier.classify(error)
        var generator = generator(for: call)
        let decision = policy.decision(
            after: error, classification, state: call.state, now: clock.now, using: &generator)
        guard let delay = settle(&call, decision, classification) else { throw error }
        return delay
    }

    /// The wait before the next attempt after a result that was not accepted; `nil` if there is no next one.
    @usableFromInline
    @inline(never)
    func nextAfterRejection(_ call: inout RetryCall) -> Duration? {
        var generator = generator(for: call)
        let decision = policy.decisionAfterRejectedResult(state: call.state, now: clock.now, using: &generator)
        return settle(&call, decision, nil)
    }

    /// Waits, and begins the next attempt.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, before or during the wait.
    @usableFromInline
    @inline(never)
    func wait(_ delay: Duration, _ call: inout RetryCall) async throws {
        do {
            try await clock.pause(for: delay)
        } catch {
            call.stop = .cancelled
            if let observer { observer.observe(.retryStopped(.cancelled, nil, nil, call, name, at: clock.now)) }
            throw CancellationError()
        }
        if call.isWatched { call.attemptBegan = clock.now }
    }

    @usableFromInline
    @inline(never)
    func succeeded(_ call: inout RetryCall) {
        let now = clock.now
        if call.stop == nil { record(&call, nil, nil, at: now) }
        observer?.observe(.retrySucceeded(call, name, at: now))
    }
}

extension Retrier {
    /// A generator of the call's own for this decision: no lock, and the same draws for the same calls.
    private func generator(for call: RetryCall) -> SmallGenerator {
        var mixed = SmallGenerator(seed: nonce ^ call.key.number)
        return SmallGenerator(seed: mixed.next() &+ UInt64(truncatingIfNeeded: call.number))
    }

    /// Takes note of a decision after the limits that calls share had their say; gives the wait, or `nil` to stop.
    @discardableResult
    private func settle(
        _ call: inout RetryCall, _ decision: RetryDecision, _ classification: Classification?
    ) -> Duration? {
        let decision = restricted(decision, call)
        if call.isWatched { report(decision, classification, &call) }
        switch decision {
        case .retry(let delay, _):
            call.number += 1
            call.attemptsLeft = min(policy.attempts - call.number, call.scope?.retries ?? .max)
            call.previous = classification
            call.previousDelay = delay
            return delay
        case .stop(let reason, let instant):
            call.stop = reason
            call.retryableAt = instant
            return nil
        }
    }

    /// The decision, once the retriers around and inside this call were asked.
    private func restricted(_ decision: RetryDecision, _ call: RetryCall) -> RetryDecision {
        guard case .retry(let delay, _) = decision, let scope = call.scope else { return decision }
        if call.leavesRetrying {
            return .stop(.insideAnotherRetrier, retryableAt: clock.now.advanced(by: delay))
        }
        return scope.takeRetry() ? decision : .stop(.sharedAttemptsUsedUp, retryableAt: clock.now.advanced(by: delay))
    }

    private func report(_ decision: RetryDecision, _ classification: Classification?, _ call: inout RetryCall) {
        let now = clock.now
        record(&call, decision, classification, at: now)
        guard let observer else { return }
        switch decision {
        case .retry(let delay, let reason):
            observer.observe(.retryScheduled(after: delay, reason, classification, call, name, at: now))
        case .stop(let reason, let instant):
            observer.observe(.retryStopped(reason, instant, classification, call, name, at: now))
        }
    }

    private func record(
        _ call: inout RetryCall, _ decision: RetryDecision?, _ classification: Classification?, at now: Timestamp
    ) {
        call.trail.append(
            AttemptRecord(
                number: call.number, began: call.attemptBegan ?? now, ended: now, classification: classification,
                decision: decision
            )
        )
        call.attemptBegan = now
    }
}
