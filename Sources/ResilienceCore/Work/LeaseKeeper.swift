import Synchronization

/// The keeper of a worker's leases: renews each at a third of its term, and ends the handlers whose lease is lost.
extension WorkerRun {
    func keepLeases() async {
        // Renewals are children, so that none of them outlives the run.
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let left = nextInstant().map { $0 - clock.uptime }
                await keeperBell.wait(until: left.map(clock.now.advanced), on: clock)
                for (number, lease) in dueForRenewal() {
                    group.addTask { await self.renew(number, lease) }
                }
                endExpired()
            }
        }
    }

    /// The next renewal or end of a lease, on the monotonic clock: until then the keeper waits.
    private func nextInstant() -> Duration? {
        state.withLock { state in
            let open = state.running.values.lazy.filter { !$0.expired }
            state.keeperWakes = open.map { min($0.renewal ?? $0.lease.end, $0.lease.end) }.min()
            return state.keeperWakes
        }
    }

    private func dueForRenewal() -> [(UInt64, Lease)] {
        let uptime = clock.uptime
        return state.withLock { state in
            let due = state.running.filter { !$0.value.expired && ($0.value.renewal.map { $0 <= uptime } ?? false) }
            for number in due.keys { state.running[number]?.renewal = nil }
            return due.sorted { $0.key < $1.key }.map { ($0.key, $0.value.lease) }
        }
    }

    private func renew(_ number: UInt64, _ lease: Lease) async {
        guard lease.isHeld else { return }
        let result = await lease.renew()
        let (lost, isEarlier) = state.withLock { state in
            switch result {
            case .renewed: state.schedule(nextRenewal(from: clock.uptime, &state.generator), of: number)
            case .failed: state.schedule(clock.uptime + worker.options.lease / 10, of: number)
            case .lost: state.running[number]?.expired = true
            }
            return (result == .lost ? state.running[number]?.task : nil, state.wakesKeeper(for: number))
        }
        lost?.cancel()
        if result == .failed, !Task.isCancelled {
            report(.storeFailed, lease.key.description, ["error": "renewal failed", "step": "renew"])
        }
        if isEarlier { keeperBell.ring() }
    }

    /// Cancels the handlers whose lease has ended without a renewal: another worker may have the record by now.
    private func endExpired() {
        let uptime = clock.uptime
        let ended = state.withLock { state in
            let ended = state.running.filter { !$0.value.expired && $0.value.lease.end <= uptime }
            for number in ended.keys { state.running[number]?.expired = true }
            return ended.sorted { $0.key < $1.key }.map { ($0.value.lease, $0.value.task) }
        }
        for (lease, task) in ended where lease.isHeld {
            report(.leaseLost, lease.key.description, ["fence": lease.fence.description])
            task?.cancel()
        }
    }

    /// A third of the lease from `uptime`, less up to a fifth of that at random, so that workers do not fall into step.
    func nextRenewal(from uptime: Duration, _ generator: inout SmallGenerator) -> Duration {
        let third = worker.options.lease / 3
        return uptime + third - third / 1_000 * Int.random(in: 0...200, using: &generator)
    }
}
