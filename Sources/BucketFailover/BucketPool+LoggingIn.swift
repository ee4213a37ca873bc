import ResilienceCore
import RetryOrchestrator
import Synchronization

// Logging in: at most once at a time for a bucket, and once for all of them, shared by all who wait.

extension BucketPool {
    /// Has a person log in to all buckets that need it, in one go: before the first request, so that none has to wait.
    ///
    /// Concurrent callers share one run; a request that would ask for a login waits for it first. With one bucket or none
    /// nothing is done. A person has the time of a login for each bucket.
    ///
    /// - Parameter metadata: Handed to the source as it is.
    /// - Throws: What the source throws; ``LoginUnavailable`` if it took too long; `CancellationError`, while the login
    ///   goes on for the others.
    public func authenticateAll(metadata: [String: String] = [:]) async throws {
        switch try await loginToAll(metadata)?.outcome() {
        case .finished, nil: return
        case .failed(let error): throw error
        case .timedOut, .cancelled: throw LoginUnavailable()
        }
    }

    /// The login to all that is under way, or a new one; `nil` if there are not several buckets.
    @discardableResult
    func loginToAll(_ metadata: [String: String] = [:]) -> Flight<Void>? {
        let names = buckets
        guard names.count > 1 else { return nil }
        let (flight, isNew) = state.withLock { state -> (Flight<Void>, Bool) in
            if let flight = state.loginToAll { return (flight, false) }
            let flight = Flight<Void> { self.settleLoginToAll($0) }
            state.loginToAll = flight
            return (flight, true)
        }
        guard isNew else { return flight }
        let source = source
        // A time-out without end must not overflow.
        let each = min(rules.authRetryTimeout, .seconds(1_000_000_000_000))
        flight.start(limit: each * names.count, on: clock) {
            try await source.authenticateAll(names, metadata: metadata)
        }
        return flight
    }

    private func settleLoginToAll(_ outcome: TimeLimited<Void>) {
        state.withLock { state in
            state.loginToAll = nil
            state.loginsToAll += 1
        }
        switch outcome {
        // A source that cannot do that need not say so each time.
        case .finished, .cancelled, .failed(is LoginUnavailable): break
        case .failed(let error): tell(.bucketReauthFailed, ["error": "\(type(of: error))"])
        case .timedOut: tell(.bucketReauthFailed, ["error": "timeout"])
        }
    }

    /// Whether a login to all has ended, once the one that is under way has.
    ///
    /// - Parameter known: How many were over when the caller last looked.
    /// - Throws: `CancellationError`; the login goes on for the others.
    func loginToAllEnded(since known: inout Int) async throws -> Bool {
        if let flight = state.withLock({ $0.loginToAll }) { _ = try await flight.outcome() }
        let count = state.withLock { $0.loginsToAll }
        defer { known = count }
        return count != known
    }

    /// Has a person log in, if nobody is at it already.
    ///
    /// - Returns: `nil` if the bucket works now; else why not.
    /// - Throws: `CancellationError`; the login goes on for the others.
    func login(_ bucket: Int, limit: Duration) async throws -> FailoverReason? {
        let now = clock.now
        let (flight, isNew, name) = state.withLock { state -> (Flight<Fetched>?, Bool, String) in
            let slot = state.machine.slots[bucket]
            let name = state.machine.buckets[bucket].name
            if let flight = slot.login { return (flight, false, name) }
            if state.machine.isUsable(bucket, at: now) { return (nil, false, name) }
            let generation = slot.generation
            let flight = Flight<Fetched> { outcome in self.settleLogin(bucket, outcome, from: generation) }
            state.machine.slots[bucket].login = flight
            return (flight, true, name)
        }
        guard let flight else { return nil }
        if isNew {
            tell(.bucketLoginStarted, ["bucket": name])
            let source = source
            flight.start(limit: limit, on: clock) {
                try await source.authenticate(name)
                return try await source.credential(of: name).map { .credential($0, isRefreshed: true) } ?? .missing
            }
        }
        switch try await flight.outcome() {
        case .finished(.credential): return nil
        case .timedOut: return .reauthTimeout
        case .finished, .failed, .cancelled: return .reauthFailed
        }
    }

    private func settleLogin(_ bucket: Int, _ outcome: TimeLimited<Fetched>, from generation: UInt64) {
        let now = clock.now
        let (name, present) = state.withLock { state in
            state.machine.slots[bucket].login = nil
            if case .finished(.credential(let credential, _)) = outcome {
                if state.machine.install(credential, bucket, from: generation) {
                    state.machine.slots[bucket].schedule.installed(credential, at: now, using: &state.generator)
                } else if state.machine.slots[bucket].generation == generation {
                    // The same credential again, but a person has vouched for it.
                    state.machine.slots[bucket].rejected = nil
                }
            }
            return (state.machine.buckets[bucket].name, state.machine.slots[bucket].generation)
        }
        switch outcome {
        case .finished(.credential):
            tell(.bucketReauthenticated, ["bucket": name, "generation": "\(present)"])
            // Who has just logged in may be there for the others too.
            loginToAll()
        case .finished, .cancelled: tell(.bucketReauthFailed, ["bucket": name, "error": "none"])
        case .timedOut: tell(.bucketReauthFailed, ["bucket": name, "error": "timeout"])
        case .failed(let error): tell(.bucketReauthFailed, ["bucket": name, "error": "\(type(of: error))"])
        }
        ring()
    }
}
