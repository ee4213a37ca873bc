import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Synchronization

/// One request's way through the buckets of a pool.
///
/// What a reply said of a bucket is told to the pool at once. What a call finds out itself is kept in a draft until its end,
/// so that a cancelled one changes nothing.
final class BucketSession: FailoverHandler {
    let pool: BucketPool
    let state: Mutex<SessionMachine>

    init(_ pool: BucketPool) {
        self.pool = pool
        state = Mutex(SessionMachine(prompts: pool.options.promptsPerRequest))
    }

    var buckets: [String] { pool.buckets }

    var lastFailoverReasons: [String: FailoverReason] { pool.named(state.withLock { $0.reasons }) }

    var retryableAt: Timestamp? {
        let now = pool.clock.now
        return pool.state.withLock { $0.machine.nextFree(after: now) }
    }

    func redacted(_ text: String) -> String {
        let tokens = pool.state.withLock { $0.machine.slots.flatMap(\.tokens) }
        let forms = tokens.flatMap(TokenForms.all)
        return forms.sorted { $0.utf8.count > $1.utf8.count }.reduce(text) { $0.masking($1) }
    }

    func resetSession() { state.withLock { $0.resetTried() } }

    func limitReached(_ context: FailoverContext) {
        guard let bucket = heldBucket else { return }
        rest(bucket, context)
    }

    func authenticationFailed(_ context: FailoverContext) async {
        let held = state.withLock { $0.held }
        await pool.refused(
            BucketRefusal(
                providerName: pool.providerName,
                bucket: held.map { pool.name(of: $0.bucket) },
                generation: held?.generation ?? 0,
                status: context.triggeringStatus
            )
        )
    }

    /// What the next attempt uses: the bucket that the request has, else the best that there is.
    func credential() async throws -> BucketCredential {
        try await pool.introduce()
        for mayWait in [true, false] {
            if let ready = ready() { return ready }
            var draft = state.withLock { $0 }
            draft.begin()
            let search = BucketSearch(for: self, held: draft.held)
            switch try await search.run(&draft, limit: pool.rules.authRetryTimeout, mayWait: mayWait) {
            case .found(let credential): return credential
            case .later(let wait): try await pool.clock.pause(for: wait)
            case .none: throw exhausted()
            }
        }
        throw exhausted()
    }

    private func exhausted() -> AllBucketsExhaustedError {
        AllBucketsExhaustedError(
            providerName: pool.providerName,
            attemptedBuckets: pool.buckets,
            lastError: nil,
            bucketFailureReasons: lastFailoverReasons,
            retryAfter: retryableAt
        )
    }

    /// The credential of the request's bucket, or of the one that requests begin with, where nothing has to be done.
    private func ready() -> BucketCredential? {
        let now = pool.clock.now
        pool.lookAround(at: now)
        return state.withLock { state in
            pool.state.withLock { pool in
                guard let bucket = state.held?.bucket ?? pool.machine.first(at: now) else { return nil }
                let access = pool.machine.access(bucket, at: now)
                // Generation 0: nothing was called with it yet.
                state.held = SessionMachine.Held(
                    bucket: bucket,
                    generation: access?.generation ?? state.held?.generation ?? 0
                )
                return access
            }
        }
    }

    func tryFailover(_ context: FailoverContext) async throws -> Bool {
        try Task.checkCancellation()
        var draft = state.withLock { $0 }
        draft.begin()
        guard let trigger = heldBucket else {
            state.withLock { $0.take(draft) }
            return false
        }
        if try await isMended(trigger, &draft, context) {
            try Task.checkCancellation()
            state.withLock { $0.take(draft) }
            return true
        }
        let search = BucketSearch(for: self, insteadOf: trigger)
        guard case .found = try await search.run(&draft, limit: context.authRetryTimeout, mayWait: false) else {
            return false
        }
        return true
    }

    /// The bucket of the last attempt; that of the pool if the attempt did not ask for one.
    private var heldBucket: Int? { state.withLock { $0.held?.bucket } ?? pool.state.withLock { $0.machine.current } }

    /// The first pass: what is wrong with the bucket that failed, and whether that is mended already.
    private func isMended(_ trigger: Int, _ draft: inout SessionMachine, _ context: FailoverContext) async throws
        -> Bool
    {
        guard !context.isQuota else {
            rest(trigger, context)
            draft.leave(trigger, .quotaExhausted)
            pool.tellReason(.quotaExhausted, of: trigger)
            return false
        }
        let offer = try await pool.offer(of: trigger)
        try Task.checkCancellation()
        let used = draft.held
        let isOlder = pool.state.withLock { pool in
            guard let used, used.bucket == trigger, used.generation > 0 else { return false }
            return pool.machine.slots[trigger].generation > used.generation
        }
        let reason: FailoverReason
        switch offer {
        case .refreshed: return true
        case .valid where context.isAuthentication && isOlder: return true
        case .valid where context.isAuthentication:
            pool.state.withLock { $0.machine.reject(trigger) }
            reason = .expiredRefreshFailed
        case .valid: reason = .skipped
        case .missing: reason = .noToken
        case .expired: reason = .expiredRefreshFailed
        }
        draft.leave(trigger, reason)
        pool.tellReason(reason, of: trigger)
        return false
    }

    /// Lets the bucket rest for as long as the reply says.
    private func rest(_ bucket: Int, _ context: FailoverContext) {
        let now = pool.clock.now
        let windows = LimitWindow.read(context.headers, now: now)
        let until = context.classification?.retryAfter.map { now.advanced(by: $0) }
        pool.state.withLock { pool in
            pool.machine.note(windows, bucket, at: now)
            if let until { pool.machine.coolDown(bucket, until: until, at: now) }
        }
        pool.tellOthers()
    }
}

extension String {
    /// The text with every occurrence of a secret replaced.
    fileprivate func masking(_ secret: String) -> String {
        var (result, rest) = (String.UnicodeScalarView(), unicodeScalars[...])
        let wanted = Array(secret.unicodeScalars)
        while !rest.isEmpty {
            if rest.starts(with: wanted) {
                result.append(contentsOf: "***".unicodeScalars)
                rest.removeFirst(wanted.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return String(result)
    }
}
