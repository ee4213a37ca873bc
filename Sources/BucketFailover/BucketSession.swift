import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Synchronization

/// One request's way through the buckets of a pool: three passes, of which the last asks a person.
final class BucketSession: FailoverHandler {
    private let pool: BucketPool
    private let state: Mutex<SessionMachine>

    init(_ pool: BucketPool) {
        self.pool = pool
        state = Mutex(SessionMachine(prompts: pool.options.promptsPerRequest))
    }

    var buckets: [String] { pool.buckets }

    var lastFailoverReasons: [String: FailoverReason] {
        let names = pool.buckets
        return state.withLock { state in
            Dictionary(uniqueKeysWithValues: state.reasons.map { (names[$0.key], $0.value) })
        }
    }

    var retryableAt: Timestamp? {
        let now = pool.clock.now
        return pool.state.withLock { $0.machine.nextFree(after: now) }
    }

    func redacted(_ text: String) -> String {
        let tokens = pool.state.withLock { $0.machine.slots.compactMap { $0.credential?.token } }
        return tokens.filter { !$0.isEmpty }.sorted { $0.count > $1.count }.reduce(text) { $0.masking($1) }
    }

    func resetSession() { state.withLock { $0.resetTried() } }

    func authenticationFailed(_ context: FailoverContext) async {
        let names = pool.buckets
        let held = state.withLock { $0.held }
        await pool.refused(
            BucketRefusal(
                providerName: pool.providerName,
                bucket: held.map { names[$0.bucket] },
                generation: held?.generation ?? 0,
                status: context.triggeringStatus
            )
        )
    }

    /// What the next attempt uses: the bucket that the request has, else the best that there is.
    func credential() async throws -> BucketCredential {
        for isFirst in [true, false] {
            var draft = state.withLock { $0 }
            let now = pool.clock.now
            let ready = pool.state.withLock { pool -> BucketCredential? in
                guard let bucket = draft.held?.bucket ?? pool.machine.first(at: now) else { return nil }
                if draft.held == nil { draft.held = SessionMachine.Held(bucket: bucket, generation: 0) }
                guard let access = pool.machine.access(bucket, at: now) else { return nil }
                draft.held?.generation = access.generation
                return access
            }
            if let ready {
                state.withLock { $0.held = draft.held }
                return ready
            }
            draft.begin()
            let preferred = draft.held?.bucket
            if let found = try await search(&draft, first: preferred, trigger: nil, limit: pool.rules.authRetryTimeout) {
                state.withLock { $0.take(draft) }
                return found
            }
            // A bucket that is free again in a moment is worth the wait.
            let later = pool.clock.now
            if isFirst, let free = retryableAt, later.duration(to: free) <= pool.rules.waitInPlaceBelow {
                try await pool.clock.pause(for: later.duration(to: free))
                continue
            }
            try Task.checkCancellation()
            state.withLock { $0.take(draft) }
            break
        }
        throw AllBucketsExhaustedError(
            providerName: pool.providerName,
            attemptedBuckets: pool.buckets,
            lastError: nil,
            bucketFailureReasons: lastFailoverReasons,
            retryAfter: retryableAt
        )
    }

    func tryFailover(_ context: FailoverContext) async throws -> Bool {
        try Task.checkCancellation()
        var draft = state.withLock { $0 }
        draft.begin()
        guard let trigger = draft.held?.bucket ?? pool.state.withLock({ $0.machine.current }) else {
            state.withLock { $0.take(draft) }
            return false
        }
        // Pass 1: what is wrong with the bucket that failed.
        if try await isMended(trigger, &draft, context) {
            try Task.checkCancellation()
            state.withLock { $0.take(draft) }
            return true
        }
        let found = try await search(&draft, first: nil, trigger: trigger, limit: context.authRetryTimeout)
        try Task.checkCancellation()
        state.withLock { $0.take(draft) }
        return found != nil
    }

    private func isMended(_ trigger: Int, _ draft: inout SessionMachine, _ context: FailoverContext) async throws
        -> Bool
    {
        guard !context.isQuota else {
            rest(trigger, context)
            leave(trigger, .quotaExhausted, &draft)
            return false
        }
        let used = draft.held
        let offer = try await pool.offer(of: trigger)
        try Task.checkCancellation()
        let isNewer = pool.state.withLock { pool in
            guard let used, used.bucket == trigger, used.generation > 0 else { return false }
            return pool.machine.slots[trigger].generation > used.generation
        }
        switch offer {
        case .refreshed: return true
        case .valid where context.isAuthentication && isNewer: return true
        case .valid where context.isAuthentication:
            pool.state.withLock { pool in pool.machine.slots[trigger].rejected = pool.machine.slots[trigger].generation
            }
            leave(trigger, .expiredRefreshFailed, &draft)
        case .valid: leave(trigger, .skipped, &draft)
        case .missing: leave(trigger, .noToken, &draft)
        case .expired: leave(trigger, .expiredRefreshFailed, &draft)
        }
        return false
    }

    /// Lets the bucket rest for as long as the reply says.
    private func rest(_ bucket: Int, _ context: FailoverContext) {
        let now = pool.clock.now
        let windows = LimitWindow.read(context.headers, now: now)
        pool.state.withLock { pool in
            pool.machine.note(windows, bucket)
            if let wait = context.classification?.retryAfter {
                pool.machine.coolDown(bucket, until: now.advanced(by: wait))
            }
        }
    }

    private func leave(_ bucket: Int, _ reason: FailoverReason, _ draft: inout SessionMachine) {
        draft.tried(bucket)
        note(reason, bucket, &draft)
    }

    private func note(_ reason: FailoverReason, _ bucket: Int, _ draft: inout SessionMachine) {
        draft.note(reason, bucket)
        let now = pool.clock.now
        let (name, until) = pool.state.withLock { pool -> (String, Timestamp?) in
            pool.machine.note(reason, bucket, at: now)
            let isCooling = pool.machine.isCooling(bucket, at: now)
            return (pool.machine.buckets[bucket].name, isCooling ? pool.machine.limits(of: bucket).blockedUntil : nil)
        }
        pool.tell(.bucketClassified, ["bucket": name, "reason": reason.rawValue].adding("until", until))
    }

    /// Passes 2 and 3: another bucket that works, or one that a person makes work.
    ///
    /// - Parameter first: Looked at before the others, also if it was tried: its credential may have been renewed.
    private func search(
        _ draft: inout SessionMachine,
        first: Int?,
        trigger: Int?,
        limit: Duration
    ) async throws -> BucketCredential? {
        let order = pool.state.withLock { $0.machine.candidates(at: pool.clock.now) }
        for bucket in (first.map { [$0] } ?? []) + order.filter({ $0 != first }) {
            if bucket != first, draft.tried.contains(bucket) {
                draft.note(.skipped, bucket)
                continue
            }
            if pool.state.withLock({ $0.machine.isCooling(bucket, at: pool.clock.now) }) {
                note(.quotaExhausted, bucket, &draft)
                continue
            }
            switch try await pool.offer(of: bucket) {
            case .missing: note(.noToken, bucket, &draft)
            case .expired: note(.expiredRefreshFailed, bucket, &draft)
            case .valid, .refreshed: if let found = try await use(bucket, &draft) { return found }
            }
        }
        return try await loggedIn(&draft, order, trigger: trigger ?? first, limit: limit)
    }

    private func loggedIn(
        _ draft: inout SessionMachine,
        _ order: [Int],
        trigger: Int?,
        limit: Duration
    ) async throws -> BucketCredential? {
        if let bucket = draft.loginCandidate(of: order, trigger: trigger) {
            draft.promptsLeft -= 1
            if let reason = try await pool.login(bucket, limit: limit) {
                try Task.checkCancellation()
                leave(bucket, reason, &draft)
            } else if let found = try await use(bucket, &draft) {
                return found
            }
        }
        let names = pool.buckets
        let reasons = draft.reasons
        pool.tell(
            .bucketsExhausted,
            Dictionary(uniqueKeysWithValues: reasons.map { (names[$0.key], $0.value.rawValue) })
        )
        return nil
    }

    /// Moves the request and the pool to a bucket, if it still works at this instant.
    private func use(_ bucket: Int, _ draft: inout SessionMachine) async throws -> BucketCredential? {
        try Task.checkCancellation()
        let now = pool.clock.now
        let (found, from) = pool.state.withLock { pool -> (BucketCredential?, String?) in
            guard let access = pool.machine.access(bucket, at: now) else { return (nil, nil) }
            let from = pool.machine.current.map { pool.machine.buckets[$0].name }
            pool.machine.use(bucket)
            return (access, from)
        }
        guard let found else {
            let isCooling = pool.state.withLock { $0.machine.isCooling(bucket, at: now) }
            note(isCooling ? .quotaExhausted : .expiredRefreshFailed, bucket, &draft)
            return nil
        }
        draft.use(bucket, found.generation)
        if from != found.bucket {
            pool.tell(.bucketSwitched, ["from": from ?? "", "to": found.bucket])
            await pool.keepChoice(found.bucket)
        }
        return found
    }
}

extension [String: String] {
    fileprivate func adding(_ name: String, _ instant: Timestamp?) -> [String: String] {
        guard let instant else { return self }
        return merging([name: instant.description]) { $1 }
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
