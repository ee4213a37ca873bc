import Synchronization

/// The keeper of a worker's leases: renews each at a third of its term, and ends the handlers whose lease is lost.
extension WorkerRun {
    func keepLeases() async {
        while !Task.isCancelled {
            guard let next = nextInstant() else {
                await keeperBell.wait()
                continue
            }
            let left = next - clock.uptime
            // A wait that throws was cancelled; to go on without it would be to spin.
            if left > .zero { do { try await clock.pause(for: left) } catch { return } }
            for (number, lease) in dueForRenewal() {
                UnstructuredTask.start { await self.renew(number, lease) }
            }
            endExpired()
        }
    }

    /// The next renewal or end of a lease, on the monotonic clock.
    private func nextInstant() -> Duration? {
        state.withLock { state in
            state.running.values.lazy.filter { !$0.expired }.map { min($0.renewal ?? $0.lease.end, $0.lease.end) }.min()
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
        let lost = state.withLock { state in
            switch result {
            case .renewed: state.running[number]?.renewal = nextRenewal(from: clock.uptime, &state.generator)
            case .failed: state.running[number]?.renewal = clock.uptime + worker.options.lease / 10
            case .lost: state.running[number]?.expired = true
            }
            return result == .lost ? state.running[number]?.task : nil
        }
        lost?.cancel()
        if result == .failed {
            report(.storeFailed, lease.key.description, ["error": "renewal failed", "step": "renew"])
        }
        keeperBell.ring()
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
