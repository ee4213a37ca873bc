import ResilienceCore
import Synchronization

// What outlives the process is kept beside the requests: none of them waits for it, and none fails with it.

/// What is to be kept, and who is at it.
struct Keeping {
    /// What keeps it now; one at a time, so that a later choice is never overtaken by an earlier one.
    var flight: Flight<Void>?
    /// Whether something has changed since it began.
    var isStale = false
}

extension BucketPool {
    /// Has the present choice kept, soon.
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

    /// Returns when nothing is left to be kept.
    package func settled() async {
        while let flight = state.withLock({ $0.keeping.flight }) {
            guard (try? await flight.outcome()) != nil else { return }
        }
    }

    private func keepUntilFresh() async {
        while true {
            state.withLock { $0.keeping.isStale = false }
            if let bucket = currentBucket { await keepChoice(bucket) }
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
}
