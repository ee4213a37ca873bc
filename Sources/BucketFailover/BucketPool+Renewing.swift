import ResilienceCore
import RetryOrchestrator
import Synchronization

// Reading and refreshing: at most once at a time for a bucket, shared by all who wait.

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
        func isSpent(_ stored: Credential) -> Bool {
            guard stored.isValid(at: clock.now) else { return true }
            return stored == slot.credential && (isProactive || slot.rejected == slot.generation)
        }
        guard let stored = await read(index, bucket) else { return .missing }
        guard isSpent(stored) else { return .credential(stored, isRefreshed: false) }
        guard stored.isRefreshable else { return .notRefreshed }
        let lock: RefreshLock
        do {
            lock = try await source.lockRefresh(of: bucket, waitingAtMost: .seconds(10))
        } catch {
            return failed(bucket, "\(type(of: error))")
        }
        guard lock != .notNeeded else { return await refresh(index, bucket, stored) }
        // Another process may have been faster.
        let again = await read(index, bucket)
        let result: Fetched =
            if let again, !isSpent(again) {
                .credential(again, isRefreshed: false)
            } else if lock == .taken {
                failed(bucket, "locked")
            } else if let again, again.isRefreshable {
                await refresh(index, bucket, again)
            } else {
                again == nil ? .missing : .notRefreshed
            }
        if lock == .held { await source.unlockRefresh(of: bucket) }
        return result
    }

    private func read(_ index: Int, _ bucket: String) async -> Credential? {
        do {
            let stored = try await source.credential(of: bucket)
            if let stored { saw(stored, index) }
            return stored
        } catch {
            tell(.bucketRefreshFailed, ["bucket": bucket, "error": "\(type(of: error))"])
            return nil
        }
    }

    private func refresh(_ index: Int, _ bucket: String, _ ended: Credential) async -> Fetched {
        do {
            // Nobody waits any more, and another refresh may be under way.
            try Task.checkCancellation()
            guard let fresh = try await source.refresh(bucket, ended) else { return failed(bucket, "none") }
            saw(fresh, index)
            return fresh.isValid(at: clock.now) ? .credential(fresh, isRefreshed: true) : failed(bucket, "none")
        } catch {
            return failed(bucket, "\(type(of: error))")
        }
    }

    private func failed(_ bucket: String, _ error: String) -> Fetched {
        tell(.bucketRefreshFailed, ["bucket": bucket, "error": error])
        return .notRefreshed
    }

    private func saw(_ credential: Credential, _ bucket: Int) {
        state.withLock { $0.machine.slots[bucket].saw(credential) }
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
        ring()
    }

    /// Renews credentials at 80 % of their life, until the task is cancelled: for a task of its own beside the service.
    ///
    /// Three failures in a row end that for a bucket, until its credential comes from elsewhere. Sets no timer while
    /// nothing is due.
    public func run() async {
        let bell = Signal()
        state.withLock { $0.bells.append(bell) }
        defer { state.withLock { $0.bells.removeAll { $0 === bell } } }
        while !Task.isCancelled {
            let now = clock.now
            let (due, next) = state.withLock { state -> ([Int], Timestamp?) in
                let slots = state.machine.slots
                // A bucket that was taken off the list may still be used by a request; it is not renewed ahead.
                let idle = state.machine.active.filter { slots[$0].renewal == nil }
                let due = idle.filter { slots[$0].schedule.due ?? .distantFuture <= now }
                return (due, idle.compactMap { slots[$0].schedule.due }.min())
            }
            guard !due.isEmpty else {
                await bell.wait(until: next, on: clock)
                continue
            }
            let flights = due.compactMap { renewal(of: $0, isProactive: true) }
            for flight in flights { _ = try? await flight.outcome() }
        }
    }

    /// Wakes who renews: something may be due earlier than before.
    func ring() { for bell in state.withLock({ $0.bells }) { bell.ring() } }
}
