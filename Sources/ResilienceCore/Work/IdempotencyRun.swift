extension Idempotency {
    /// The outcome of a key, and whether it was there before.
    public struct Answer: Sendable {
        /// The outcome.
        public let outcome: Outcome
        /// Whether the work had been done by an earlier call and was not done by this one.
        public let replayed: Bool
    }

    /// An outcome together with writes that are to stand or fall with it.
    public struct Completion: Sendable {
        /// The outcome.
        public var outcome: Outcome
        /// The effect: further writes of the same commit.
        public var writes: [Write]

        /// Creates a completion.
        public init(_ outcome: Outcome, also writes: [Write]) {
            self.outcome = outcome
            self.writes = writes
        }
    }

    /// Does the work of a key and records its outcome, or gives the outcome that was recorded.
    ///
    /// The lease is renewed as long as the work runs. If the work throws, the key is freed and the error thrown on; work
    /// whose failure is ambiguous finds out before it throws, or uses ``begin(_:fingerprint:retention:)``. A caller that
    /// is cancelled cancels the work, not the recording of its outcome.
    ///
    /// - Throws: the error of `operation`; ``IdempotencyError``; ``StoreError``, where `indeterminate` and `unavailable`
    ///   after the work leave the key to its lease; `CancellationError`; `InvalidArgument`.
    public func run(
        _ key: String,
        fingerprint: String,
        retention: Duration? = nil,
        operation: (Ticket) async throws -> Outcome
    ) async throws -> Answer {
        try await run(key, fingerprint: fingerprint, retention: retention) { ticket in
            Completion(try await operation(ticket), also: [])
        }
    }

    /// Does the work of a key and records its outcome in one commit with further writes, or gives the recorded outcome.
    ///
    /// As the form without writes. If the commit conflicts at one of the
    /// further writes, nothing is written, the key is freed and the conflict thrown.
    public func run(
        _ key: String,
        fingerprint: String,
        retention: Duration? = nil,
        operation: (Ticket) async throws -> Completion
    ) async throws -> Answer {
        switch try await begin(key, fingerprint: fingerprint, retention: retention) {
        case .replay(let outcome): return Answer(outcome: outcome, replayed: true)
        case .inProgress(let until): throw IdempotencyError.inProgress(key: key, until: until)
        case .mismatch: throw IdempotencyError.mismatch(key: key)
        case .proceed(let ticket):
            let completion: Completion
            do {
                completion = try await renewing(ticket, operation)
            } catch {
                await free(ticket)
                throw error
            }
            try await complete(ticket, completion)
            return Answer(outcome: completion.outcome, replayed: false)
        }
    }

    private func complete(_ ticket: Ticket, _ completion: Completion) async throws {
        do {
            try await ticket.complete(with: completion.outcome, also: completion.writes)
        } catch {
            switch error as? StoreError {
            case .conflict, .late, .invalid: await free(ticket)
            case .indeterminate, .unavailable, .cancelled, nil: break
            }
            throw error
        }
    }

    private func free(_ ticket: Ticket) async {
        do {
            try await ticket.abandon()
        } catch {
            note(.idempotencyAbandonFailed, ticket, error)
        }
    }

    /// Runs the work and renews the lease beside it; when this returns, no renewal is under way any more.
    private func renewing(
        _ ticket: Ticket,
        _ operation: (Ticket) async throws -> Completion
    ) async throws -> Completion {
        async let _ = keep(ticket)
        return try await operation(ticket)
    }

    private func keep(_ ticket: Ticket) async {
        var ticket = ticket
        while !Task.isCancelled {
            do {
                try await store.clock.pause(for: lease / 3)
                try await ticket.renew()
            } catch is CancellationError {
                return
            } catch let error as IdempotencyError {
                return note(.idempotencyRenewalFailed, ticket, error)
            } catch {
                // Cancelling the renewal of finished work may leave it undecided, and that is no failure.
                guard !Task.isCancelled else { return }
                note(.idempotencyRenewalFailed, ticket, error)
            }
        }
    }
}
