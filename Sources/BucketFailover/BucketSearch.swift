import ResilienceCore
import RetryOrchestrator
import Synchronization

/// One look through the buckets for one that works: the second pass, and the third, which asks a person.
struct BucketSearch {
    /// What came of it.
    enum Result {
        /// The request and the pool have moved to it.
        case found(BucketCredential)
        /// Nothing works now, but a bucket is free again in a moment.
        case later(Duration)
        case none
    }

    private let session: BucketSession
    private let pool: BucketPool
    private let first: SessionMachine.Held?
    private let trigger: Int?
    private let isForAttempt: Bool
    /// How many logins to all were over when this began.
    private let loginsToAll: Int

    /// A look for what the next attempt may use.
    ///
    /// - Parameter held: Looked at before the others, also if it was tried: its credential may have been renewed.
    init(for session: BucketSession, held: SessionMachine.Held?) {
        (self.session, pool, first, trigger, isForAttempt) = (session, session.pool, held, held?.bucket, true)
        loginsToAll = pool.state.withLock { $0.loginsToAll }
    }

    /// A look for another bucket than the one that failed, which is asked for a login after all others.
    init(for session: BucketSession, insteadOf trigger: Int) {
        (self.session, pool, first, self.trigger, isForAttempt) = (session, session.pool, nil, trigger, false)
        loginsToAll = pool.state.withLock { $0.loginsToAll }
    }

    /// - Parameter limit: How long a person has to log in.
    /// - Throws: `CancellationError`; then nothing has changed.
    func run(_ draft: inout SessionMachine, limit: Duration, mayWait: Bool) async throws -> Result {
        let order = pool.state.withLock { $0.machine.candidates(at: pool.clock.now) }
        if let first, let found = try await offered(first.bucket, &draft) { return .found(found) }
        // A bucket that was called and does not work any more is not come back to; one that was only moved to may be.
        if let first { draft.setTried(first.bucket, first.generation > 0) }
        for bucket in order where bucket != first?.bucket {
            if draft.tried.contains(bucket) {
                draft.note(.skipped, bucket)
            } else if let found = try await offered(bucket, &draft) {
                return .found(found)
            }
        }
        if mayWait, let wait = shortWait() { return .later(wait) }
        if let found = try await loggedIn(order, &draft, limit) { return .found(found) }
        try Task.checkCancellation()
        // Others may have made one work in the meantime.
        for bucket in order where !draft.tried.contains(bucket) {
            if let found = use(bucket, &draft) { return .found(found) }
        }
        giveUp(draft)
        return .none
    }

    /// Moves to a bucket if it has something to offer.
    private func offered(_ bucket: Int, _ draft: inout SessionMachine) async throws -> BucketCredential? {
        let reason: FailoverReason
        if isCooling(bucket) {
            reason = .quotaExhausted
        } else {
            switch try await pool.offer(of: bucket) {
            case .missing: reason = .noToken
            case .expired: reason = .expiredRefreshFailed
            case .valid, .refreshed:
                try Task.checkCancellation()
                if let found = use(bucket, &draft) { return found }
                reason = isCooling(bucket) ? .quotaExhausted : .expiredRefreshFailed
            }
        }
        draft.note(reason, bucket)
        pool.tellReason(reason, of: bucket)
        return nil
    }

    private func isCooling(_ bucket: Int) -> Bool {
        let now = pool.clock.now
        return pool.state.withLock { $0.machine.isCooling(bucket, at: now) }
    }

    private func shortWait() -> Duration? {
        let now = pool.clock.now
        guard let free = session.retryableAt else { return nil }
        let wait = now.duration(to: free)
        return wait <= pool.rules.waitInPlaceBelow ? wait : nil
    }

    private func loggedIn(_ order: [Int], _ draft: inout SessionMachine, _ limit: Duration) async throws
        -> BucketCredential?
    {
        guard let bucket = draft.loginCandidate(of: order, trigger: trigger) else { return nil }
        // What a person does already need not be asked for. Another one may begin while this one is looked at.
        var known = loginsToAll
        for _ in 0..<2 {
            guard try await pool.loginToAllEnded(since: &known) else { break }
            if let found = try await offered(bucket, &draft) { return found }
        }
        guard session.state.withLock({ $0.takePrompt() }) else { return nil }
        if let reason = try await pool.login(bucket, limit: limit) {
            try Task.checkCancellation()
            draft.leave(bucket, reason)
            pool.tellReason(reason, of: bucket)
            return nil
        }
        return try await offered(bucket, &draft)
    }

    /// Moves the request and the pool to a bucket, if it works at this instant.
    private func use(_ bucket: Int, _ draft: inout SessionMachine) -> BucketCredential? {
        let now = pool.clock.now
        let (found, from) = pool.state.withLock { pool -> (BucketCredential?, String?) in
            guard let access = pool.machine.access(bucket, at: now) else { return (nil, nil) }
            let from = pool.machine.current.map { pool.machine.buckets[$0].name }
            for (other, reason) in draft.reasons { pool.machine.note(reason, other, at: now) }
            pool.machine.use(bucket, at: now)
            return (access, from)
        }
        guard let found else { return nil }
        // Who is asked for a failover hands nothing out yet.
        draft.use(bucket, isForAttempt ? found.generation : 0)
        session.state.withLock { $0.take(draft) }
        if from != found.bucket {
            pool.tell(.bucketSwitched, ["from": from ?? "", "to": found.bucket])
            pool.keep()
        }
        return found
    }

    private func giveUp(_ draft: SessionMachine) {
        let now = pool.clock.now
        pool.state.withLock { pool in
            for (bucket, reason) in draft.reasons { pool.machine.note(reason, bucket, at: now) }
        }
        session.state.withLock { $0.take(draft) }
        pool.tell(.bucketsExhausted, pool.named(draft.reasons).mapValues(\.rawValue))
    }
}

extension BucketPool {
    func name(of bucket: Int) -> String { state.withLock { $0.machine.buckets[bucket].name } }

    func named(_ reasons: [Int: FailoverReason]) -> [String: FailoverReason] {
        state.withLock { state in
            Dictionary(uniqueKeysWithValues: reasons.map { (state.machine.buckets[$0.key].name, $0.value) })
        }
    }

    func tellReason(_ reason: FailoverReason, of bucket: Int) {
        guard observer != nil else { return }
        let now = clock.now
        let (name, until) = state.withLock { state in
            (state.machine.buckets[bucket].name, state.machine.limits(of: bucket).blockedUntil)
        }
        var attributes = ["bucket": name, "reason": reason.rawValue]
        if until > now { attributes["until"] = until.description }
        tell(.bucketClassified, attributes)
    }
}
