import ResilienceCore
import Synchronization

// What outlives the process is kept beside the requests: none of them fails with it, and only the first may wait for it.

/// What is to be kept, and who is at it.
struct Keeping {
    /// What keeps it now; one at a time, so that a later choice is never overtaken by an earlier one.
    var flight: Flight<Void>?
    /// Whether something has changed since it began.
    var isStale = false
    /// The choice that the source was told last.
    var kept: Int?
    /// How often other processes are asked; `nil` if there are none.
    let interval: Duration?
    /// Whether they were asked once.
    var isIntroduced: Bool
    private var nextLook: Timestamp

    init(kept: Int?, interval: Duration?) {
        self.kept = kept
        self.interval = interval
        isIntroduced = interval == nil
        nextLook = interval == nil ? .distantFuture : .distantPast
    }

    /// Whether it is time to ask the others. Says yes once in an interval.
    mutating func isDue(at now: Timestamp) -> Bool {
        guard nextLook <= now, let interval else { return false }
        nextLook = now.advanced(by: interval)
        return true
    }
}

extension BucketPool {
    /// Has the present choice kept and other processes told, soon.
    func keep() {
        let flight = state.withLock { state -> Flight<Void>? in
            guard state.keeping.flight == nil else {
                state.keeping.isStale = true
                return nil
            }
            let flight = Flight<Void>()
            state.keeping.flight = flight
            return flight
        }
        flight?.start(on: clock) { await self.keepUntilFresh() }
    }

    /// Has other processes told of what has just been learnt.
    func tellOthers() { if sharing != nil { keep() } }

    /// Has other processes asked if the last time is an interval ago.
    func lookAround(at now: Timestamp) {
        guard sharing != nil, state.withLock({ $0.keeping.isDue(at: now) }) else { return }
        keep()
    }

    /// Waits for what other processes know, before the first request; no longer than an interval.
    ///
    /// - Throws: `CancellationError`.
    func introduce() async throws {
        guard let sharing, !state.withLock({ $0.keeping.isIntroduced }) else { return }
        lookAround(at: clock.now)
        if let flight = state.withLock({ $0.keeping.flight }) {
            _ = await withTimeLimit(sharing.interval, on: clock) { try await flight.outcome() }
        }
        try Task.checkCancellation()
        state.withLock { $0.keeping.isIntroduced = true }
    }

    /// Returns when nothing is left to be kept.
    package func settled() async {
        while let flight = state.withLock({ $0.keeping.flight }) {
            guard (try? await flight.outcome()) != nil else { return }
        }
    }

    private func keepUntilFresh() async {
        while true {
            let choice = state.withLock { state -> String? in
                state.keeping.isStale = false
                guard let current = state.machine.current, current != state.keeping.kept else { return nil }
                state.keeping.kept = current
                return state.machine.buckets[current].name
            }
            if let choice { await keepChoice(choice) }
            await exchange()
            let isDone = state.withLock { state in
                if !state.keeping.isStale { state.keeping.flight = nil }
                return !state.keeping.isStale
            }
            if isDone { return }
        }
    }

    /// Tells the source of a choice; that it cannot keep it changes nothing.
    private func keepChoice(_ bucket: String) async {
        let source = source
        switch await withTimeLimit(options.refreshTimeout, on: clock, { try await source.didChoose(bucket) }) {
        case .finished, .cancelled: break
        case .failed(let error): tell(.bucketChoiceFailed, ["bucket": bucket, "error": "\(type(of: error))"])
        case .timedOut: tell(.bucketChoiceFailed, ["bucket": bucket, "error": "timeout"])
        }
    }

    /// Learns from other processes, and tells them; that the store fails changes nothing.
    private func exchange() async {
        guard let sharing else { return }
        let outcome = await withTimeLimit(options.refreshTimeout, on: clock) {
            try await sharing.exchange { stored in
                let now = self.clock.now
                return self.state.withLock { $0.machine.merge(stored, at: now) }
            }
        }
        switch outcome {
        case .finished: state.withLock { $0.keeping.isIntroduced = true }
        case .cancelled: break
        case .failed(let error): tell(.bucketStoreFailed, ["error": "\(error)"])
        case .timedOut: tell(.bucketStoreFailed, ["error": "timeout"])
        }
    }
}
