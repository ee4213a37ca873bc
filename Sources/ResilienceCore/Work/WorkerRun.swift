import Synchronization

/// One run of a worker: the loop that claims, the tasks of the handlers, and the end of it.
///
/// Three tasks besides the handlers': the loop itself, one that passes on the store's hints, and the keeper of leases.
/// They speak through two bells and one locked state.
final class WorkerRun<Value: Codable & Sendable>: Sendable {
    let worker: Worker<Value>
    let clock: any WallClock
    let bell = Signal()
    let keeperBell = Signal()
    let state: Mutex<State>

    struct State {
        var running: [UInt64: Running] = [:]
        var number: UInt64 = 0
        var stopping = false
        var meter: RateMeter?
        var generator: SmallGenerator
        /// Until when the keeper waits, on the monotonic clock; `nil` if for its bell alone.
        var keeperWakes: Duration?

        mutating func schedule(_ renewal: Duration, of number: UInt64) { running[number]?.renewal = renewal }

        /// Whether the keeper would sleep through the next renewal of this handler's lease.
        func wakesKeeper(for number: UInt64) -> Bool {
            guard let renewal = running[number]?.renewal else { return false }
            return keeperWakes.map { renewal < $0 } ?? true
        }
    }

    /// A handler at work.
    struct Running {
        let lease: Lease
        var task: Task<Void, any Error>?
        /// When the lease is renewed next, on the monotonic clock; `nil` while a renewal is under way.
        var renewal: Duration?
        var expired = false
    }

    init(_ worker: Worker<Value>) {
        self.worker = worker
        clock = worker.store.clock
        let seed = worker.options.seed
        state = Mutex(
            State(
                meter: worker.options.rate.map(RateMeter.init),
                generator: seed.map(SmallGenerator.init(seed:)) ?? .seededBySystem()
            )
        )
    }

    func run() async {
        // Subscribed before the first look, so that no commit falls between the two.
        let wakeups = worker.store.wakeups(in: worker.space.name)
        let hints = UnstructuredTask.start { await self.pass(wakeups) }
        let keeper = UnstructuredTask.start { await self.keepLeases() }
        await claimUntilCancelled()
        hints.cancel()
        // The run is cancelled by now; what remains must not be.
        _ = try? await shielded { await self.drain() }
        keeper.cancel()
        _ = await (hints.result, keeper.result)
    }

    private func pass(_ wakeups: AsyncStream<Void>) async {
        for await _ in wakeups { bell.ring() }
    }

    // MARK: The loop

    private func claimUntilCancelled() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let deadline = try await claimOnce()
                failures = 0
                if let deadline { await bell.wait(until: deadline, on: clock) }
                // Handlers often end together, as their commits do: let them, and claim for all of them at once.
                await Task.yield()
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                report(.storeFailed, "claim", ["error": "\(error)", "step": "claim"])
                // 100 ms, doubled each time up to about 6 s.
                try? await clock.pause(for: .milliseconds(100 << min(failures - 1, 6)))
            }
        }
    }

    /// Claims what can be started, and says until when to wait: `nil` for not at all.
    private func claimOnce() async throws(StoreError) -> Timestamp? {
        let uptime = clock.uptime
        let (room, allowed, wait) = state.withLock { state in
            let room = min(worker.options.concurrency - state.running.count, StoreLimits.results)
            guard let meter = state.meter else { return (room, room, Duration.zero) }
            return (room, meter.allowed(room, at: uptime), meter.wait(at: uptime))
        }
        guard room > 0 else { return .distantFuture }
        guard allowed > 0 else { return clock.now.advanced(by: wait) }
        let claimed = try await worker.store.claim(
            Claim(worker.space.name, limit: allowed, lease: worker.options.lease)
        )
        if !claimed.isEmpty { state.withLock { $0.meter?.started(claimed.count, at: uptime) } }
        for record in claimed { start(record, claimedAt: uptime) }
        guard claimed.count < allowed else { return nil }
        // Not all that may start was there: wait for the next due instant, or for a hint that came in between.
        let upcoming = try await worker.store.scan(
            Scan(worker.space.name, by: .due(through: .distantFuture), limit: 1)
        )
        return upcoming.first?.due ?? .distantFuture
    }

    private func start(_ record: Record, claimedAt uptime: Duration) {
        let lease = Lease(
            record,
            from: worker.store,
            for: worker.options.lease,
            claimedAt: uptime,
            observer: worker.observer
        )
        guard lease.end > clock.uptime else {
            // The claim was answered so late that the lease has ended: another worker may have the item by now.
            return report(.leaseLost, lease.key.description, ["fence": lease.fence.description])
        }
        let wakesKeeper = state.withLock { state in
            state.number += 1
            let number = state.number
            state.running[number] = Running(lease: lease, renewal: nextRenewal(from: uptime, &state.generator))
            state.running[number]?.task = UnstructuredTask.start {
                await self.handle(record, lease)
                self.ended(number)
            }
            return state.wakesKeeper(for: number)
        }
        if wakesKeeper { keeperBell.ring() }
    }

    private func ended(_ number: UInt64) {
        state.withLock { $0.running[number] = nil }
        bell.ring()
    }

    // MARK: One item

    private func handle(_ record: Record, _ lease: Lease) async {
        guard record.deliveries <= worker.options.maximumDeliveries else {
            return await park(record, lease, because: "poison")
        }
        let value: Value
        do {
            value = try record.value.get()
        } catch {
            return await park(record, lease, because: "undecodable")
        }
        do {
            try await worker.handler(Delivery(record: record, value: value, lease: lease))
            if lease.isHeld { try await lease.finish() }
        } catch {
            await giveBack(lease, after: error)
        }
    }

    private func giveBack(_ lease: Lease, after error: any Error) async {
        var facts = ["error": "\(type(of: error))", "delivery": "\(lease.deliveries)"]
        guard lease.isHeld else {
            // An error after the outcome was written changes nothing, but is not kept quiet.
            if lease.isSettled, !Task.isCancelled { report(.handlerFailed, lease.key.description, facts) }
            return
        }
        // Cut off by the end of the run: no failure of the item's own.
        let cutOff = Task.isCancelled && state.withLock { $0.stopping }
        let due = clock.now.advanced(by: cutOff ? .zero : redeliveryWait(lease.deliveries))
        if !cutOff {
            facts["due"] = "\(due)"
            report(.handlerFailed, lease.key.description, facts)
        }
        do {
            try await lease.release(due: due)
        } catch .conflict {
            // The lease has said that it is lost.
        } catch {
            // It stays leased and is delivered again when the lease ends.
            report(.storeFailed, lease.key.description, ["error": "\(error)", "step": "release"])
        }
    }

    private func redeliveryWait(_ delivery: Int) -> Duration {
        state.withLock { state in
            let wait = worker.options.redelivery.delay(beforeRetry: delivery, using: &state.generator)
            return Jitter.equal.apply(to: wait, using: &state.generator)
        }
    }

    private func park(_ record: Record, _ lease: Lease, because reason: String) async {
        let parked = RecordKey(Worker<Value>.parkingSpace(of: record.key.space), record.key.name)
        // A record that was brought back from the parking space may have such a tag already.
        let others = record.tags.filter { !$0.hasPrefix("parked=") }
        let tags = ["parked=\(reason)"] + others.prefix(StoreLimits.tags - 1)
        let put = Effect.put(record.value, due: nil, tags: tags, clearingDeliveries: true)
        do {
            try await lease.finish(also: [Write(parked, expect: .any, effect: put)])
            report(.parked, record.key.description, ["reason": reason])
        } catch {
            report(.storeFailed, record.key.description, ["error": "\(error)", "step": "park"])
        }
    }

    // MARK: The end

    /// Lets handlers end, then cancels them, then gives back what is left.
    private func drain() async {
        state.withLock { $0.stopping = true }
        await waitForHandlers(for: worker.options.grace)
        let late = handlers()
        guard !late.isEmpty else { return }
        report(.graceEnded, worker.space.name, ["running": "\(late.count)"])
        for running in late { running.task?.cancel() }
        await waitForHandlers(for: max(worker.options.grace, .seconds(1)))
        for running in handlers() where running.lease.isHeld {
            try? await running.lease.release(due: clock.now)
        }
    }

    /// In the order in which they were started, so that a simulation is the same in every process.
    private func handlers() -> [Running] {
        state.withLock { state in state.running.sorted { $0.key < $1.key }.map(\.value) }
    }

    private func waitForHandlers(for time: Duration) async {
        let end = clock.uptime + time
        while !state.withLock({ $0.running.isEmpty }), clock.uptime < end {
            await bell.wait(until: clock.now.advanced(by: end - clock.uptime), on: clock)
        }
    }

    func report(_ kind: ResilienceEvent.Kind, _ subject: String, _ attributes: [String: String]) {
        worker.observer?.observe(ResilienceEvent(kind, at: clock.now, subject: subject, attributes))
    }
}
