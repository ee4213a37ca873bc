public import ResilienceCore

extension Retrier {
    /// Runs an operation that delivers its output bit by bit, and tries it again only while nothing was delivered.
    ///
    /// ```swift
    /// let firstToken = try Timeout(.seconds(5))
    /// try await retrier.stream(firstOutputWithin: firstToken) { attempt, output in
    ///     for try await token in try await model.answer(to: prompt, key: attempt.idempotencyKey) {
    ///         output.begin()
    ///         try await client.send(token)
    ///     }
    /// }
    /// ```
    ///
    /// An attempt that began to deliver too late is tried again only if the policy says that the operation is idempotent.
    /// A retrier around this one does not see what was delivered here. Where there is one, it must be the one that streams.
    ///
    /// - Parameters:
    ///   - timeout: In what time each attempt must begin to deliver; from then on it takes as long as it takes.
    ///   - idempotencyKey: Handed to each attempt; made for the call if none is given.
    ///   - deadline: No wait begins that would end at or after it, and each attempt is told.
    ///   - operation: What to run. It says when it begins to deliver.
    /// - Throws: The operation's own error, unchanged; ``PolicyError`` if nothing came in time; `CancellationError`.
    public func stream<Success: Sendable>(
        firstOutputWithin timeout: Timeout,
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        _ operation: @escaping @Sendable (Attempt, StreamOutput) async throws -> Success
    ) async throws -> Success {
        try await stream(idempotencyKey: idempotencyKey, deadline: deadline) { attempt, output in
            let call = TimedCall(timeout)
            let limited = StreamOutput {
                output.begin()
                call.liftLimit()
            }
            return try await call.run { try await operation(attempt, limited) }
        }
    }

    /// Runs an operation that delivers its output bit by bit, and tries it again only while nothing was delivered.
    ///
    /// The operation runs in the caller's isolation and need not be `Sendable`.
    ///
    /// - Throws: The operation's own error, unchanged; `CancellationError` if the task was cancelled.
    public func stream<Success>(
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        _ operation: (Attempt, StreamOutput) async throws -> Success
    ) async throws -> Success {
        do {
            return try await run(idempotencyKey: idempotencyKey, deadline: deadline) { attempt in
                let output = StreamOutput {}
                do {
                    return try await operation(attempt, output)
                } catch let error where output.hasBegun && !(error is CancellationError) {
                    throw AfterOutput(error: error)
                }
            }
        } catch let wrapped as AfterOutput {
            throw wrapped.error
        }
    }
}
