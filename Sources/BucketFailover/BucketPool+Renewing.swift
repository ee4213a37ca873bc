import ResilienceCore
import RetryOrchestrator
import Synchronization

// Reading, refreshing and logging in: each at most once at a time for a bucket, shared by all who wait.

extension BucketPool {
    /// What a bucket has to offer once it was asked.
    enum Offer {
        /// Valid, and nothing had to be done.
        case valid
        /// Valid since it was refreshed.
        case refreshed
        case missing
        case expired
    }

    /// Has a bucket's credential read or refreshed where that is needed.
    ///
    /// - Throws: `CancellationError`; the work goes on for the others.
    func offer(of bucket: Int) async throws -> Offer {
        guard let flight = renewal(of: bucket, isProactive: false) else { return .valid }
        switch try await flight.outcome() {
        case .finished(.credential(_, let isRefreshed)): return isRefreshed ? .refreshed : .valid
        case .finished(.missing): return .missing
        case .finished(.notRefreshed), .failed, .timedOut, .cancelled: return .expired
        }
    }

    /// The read or refresh that is under way, or a new one; `nil` if none is needed.
    func renewal(of bucket: Int, isProactive: Bool) -> Flight<Fetched>? {
        let now = clock.now
        let (flight, begun, name) = state.withLock { state -> (Flight<Fetched>?, BucketSlot?, String) in
            let slot = state.machine.slots[bucket]
            let name = state.machine.buckets[bucket].name
            if let flight = slot.renewal { return (flight, nil, name) }
            if !isProactive, state.machine.isUsable(bucket, at: now) { return (nil, nil, name) }
            let generation = slot.generation
            let flight = Flight<Fetched> { outcome in
                self.settle(bucket, outcome, from: generation, isProactive: isProactive)
            }
            state.machine.slots[bucket].renewal = flight
            return (flight, slot, name)
        }
        if let flight, let slot = begun {
            flight.start(limit: options.refreshTimeout, on: clock) {
                await self.fetch(bucket, name, slot, isProactive: isProactive)
            }
        }
        return flight
    }

    private func fetch(_ index: Int, _ bucket: String, _ slot: BucketSlot, isProactive: Bool) async -> Fetched {
        func saw(_ credential: Credential) { state.withLock { $0.machine.slots[index].saw(credential) } }
        let stored: Credential?
        do {
            stored = try await source.credential(of: bucket)
        } catch {
            tell(.bucketRefreshFailed, ["bucket": bucket, "error": "\(type(of: error))"])
            return .missing
        }
        guard let stored else { return .missing }
        saw(stored)
        let isSpent = stored == slot.credential && (isProactive || slot.rejected == slot.generation)
        if stored.isValid(at: clock.now), !isSpent { return .credential(stored, isRefreshed: false) }
        do {
            if let fresh = try await source.refresh(bucket, stored) {
                saw(fresh)
                if fresh.isValid(at: clock.now) { return .credential(fresh, isRefreshed: true) }
            }
            tell(.bucketRefreshFailed, ["bucket": bucket, "error": "none"])
        } catch {
            tell(.bucketRefreshFailed, ["bucket": bucket, "error": "\(type(of: error))"])
        }
        return .notRefreshed
    }

    /// Takes over what came in time. What belongs to an older generation changes no credential.
    private func settle(_ bucket: Int, _ outcome: TimeLimited<Fetched>, from generation: UInt64, isProactive: Bool) {
        let now = clock.now
        let (name, renewed) = state.withLock { state -> (String, UInt64?) in
            let name = state.machine.buckets[bucket].name
            state.machine.slots[bucket].renewal = nil
            guard case .finished(.credential(let credential, let isRefreshed)) = outcome else {
                if isProactive { state.machine.slots[bucket].schedule.failed(at: now, using: &state.generator) }
                return (name, nil)
            }
            guard state.machine.install(credential, bucket, from: generation) else {
                // A renewal that gave the same again is no success.
                if isProactive, state.machine.slots[bucket].generation == generation {
                    state.machine.slots[bucket].schedule.failed(at: now, using: &state.generator)
                }
                return (name, nil)
            }
            state.machine.slots[bucket].schedule.installed(credential, at: now, using: &state.generator)
            return (name, isRefreshed ? generation + 1 : nil)
        }
        if case .timedOut = outcome { tell(.bucketRefreshFailed, ["bucket": name, "error": "timeout"]) }
        if let renewed { tell(.bucketRefreshed, ["bucket": name, "generation": "\(renewed)"]) }
        bell.ring()
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
        let name = state.withLock { state in
            state.machine.slots[bucket].login = nil
            if case .finished(.credential(let credential, _)) = outcome {
                if state.machine.install(credential, bucket, from: generation) {
                    state.machine.slots[bucket].schedule.installed(credential, at: now, using: &state.generator)
                } else if state.machine.slots[bucket].generation == generation {
                    // The same credential again, but a person has vouched for it.
                    state.machine.slots[bucket].rejected = nil
                }
            }
            return state.machine.buckets[bucket].name
        }
        switch outcome {
        case .finished(.credential): tell(.bucketReauthenticated, ["bucket": name, "generation": "\(generation + 1)"])
        case .finished, .cancelled: tell(.bucketReauthFailed, ["bucket": name, "error": "none"])
        case .timedOut: tell(.bucketReauthFailed, ["bucket": name, "error": "timeout"])
        case .failed(let error): tell(.bucketReauthFailed, ["bucket": name, "error": "\(type(of: error))"])
        }
        bell.ring()
    }

    /// Renews credentials at 80 % of their life, until the task is cancelled: for a task of its own beside the service.
    ///
    /// Three failures in a row end that for a bucket, until its credential comes from elsewhere. Sets no timer while
    /// nothing is due.
    public func run() async {
        while !Task.isCancelled {
            let now = clock.now
            let (due, next) = state.withLock { state -> ([Int], Timestamp?) in
                let slots = state.machine.slots
                let next = slots.compactMap { $0.renewal == nil ? $0.schedule.due : nil }.min()
                return (
                    slots.indices.filter {
                        slots[$0].renewal == nil && slots[$0].schedule.due ?? .distantFuture <= now
                    }, next
                )
            }
            guard !due.isEmpty else {
                await bell.wait(until: next, on: clock)
                continue
            }
            let flights = due.compactMap { renewal(of: $0, isProactive: true) }
            for flight in flights { _ = try? await flight.outcome() }
        }
    }
}
