import ResilienceCore
import Synchronization

extension SagaRunner {
    /// Runs a saga here and gives its result; joins it if it was started before.
    ///
    /// If the caller is cancelled, what is under way ends, then what was done is undone: no compensation notices, and the
    /// result is given when that is over. Behind the pivot the saga goes forward all the same. If the process dies,
    /// whoever runs ``run()`` takes over. The lease is renewed while steps are suspended: one that blocks its thread for longer
    /// than the lease may be taken for dead.
    ///
    /// - Parameters:
    ///   - input: what it is about.
    ///   - id: its identity, 1 to 200 bytes without NUL and `|`.
    /// - Throws: ``SagaError/idInUse(_:)`` if the id stands for another input; ``SagaError`` if the definition does not fit
    ///   the trail; `InvalidArgument` for the id; `StoreError`: then the saga goes on when a worker takes it over;
    ///   `CancellationError` if the caller was cancelled before it began.
    @discardableResult
    public func perform(_ input: Input, id: String) async throws -> SagaResult {
        try SagaRecords.checked(id)
        try Task.checkCancellation()
        let part = SagaPart()
        let work = UnstructuredTask.startHere { [self] in
            defer { part.end() }
            // An id that was purged between the commit and the look is begun again.
            while true {
                var drive = SagaDrive(self, id, input)
                if let lease = try await drive.insert() {
                    part.begin()
                    if let result = try await go(drive, holding: lease) { return result }
                    break
                }
                if try await isThere(input, id) {
                    part.begin()
                    break
                }
                try await store.clock.pause(for: .milliseconds(10))
            }
            return try await follow(id)
        }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            UnstructuredTask.start { [self] in await cancelAfterCaller(id, part) }
        }
    }

    /// Asks for the rollback once the saga is known to be the caller's, until that is stored or the caller has its answer.
    private func cancelAfterCaller(_ id: String, _ part: SagaPart) async {
        var wait = Duration.milliseconds(10)
        var isTold = false
        while await part.isUnderWay() {
            do {
                _ = try await operations.requestCancel(id, by: nil)
                return board.ring(id)
            } catch where isTold {
            } catch {
                isTold = true
                observer?.observe(
                    ResilienceEvent(.sagaCancelFailed, at: store.clock.now, subject: id, ["error": "\(type(of: error))"])
                )
            }
            try? await store.clock.pause(for: wait)
            wait = min(wait * 2, .seconds(1))
        }
    }

    /// Drives a saga that is held here; `nil` if it waits, or another one has it by now.
    private func go(_ drive: SagaDrive<Input>, holding lease: Lease) async throws -> SagaResult? {
        // Both begin here, so that no other thread has to be woken for them.
        let work = UnstructuredTask.startHere {
            var drive = drive
            return try await drive.go()
        }
        let keeper = UnstructuredTask.startHere { if await lease.keepRenewed() { work.cancel() } }
        defer { keeper.cancel() }
        do {
            return try await work.value
        } catch {
            guard lease.isHeld else { return nil }
            // It is free for the next one at once; if this fails too, when the lease ends.
            try? await lease.release(due: store.clock.now)
            throw error
        }
    }

    /// Waits for the end of a saga, and runs it wherever nobody else does.
    private func follow(_ id: String) async throws -> SagaResult {
        try await board.listening(to: id) { bell in
            while true {
                guard let entry = try await records.heads.read(id, in: store) else { throw SagaError.notFound(id) }
                let isRunning = entry.value.state == .running
                if !isRunning, let result = try await load(id).progress.result { return result }
                let (now, due) = (store.clock.now, entry.record.due ?? .distantFuture)
                if isRunning, due <= now {
                    if let result = try await takeOver(entry) { return result }
                } else {
                    // Other processes do not ring.
                    let look = now.advanced(by: .seconds(1))
                    await bell.wait(until: isRunning ? min(due, look) : look, on: store.clock)
                }
            }
        }
    }

    private func takeOver(_ entry: Space<SagaHead>.Entry) async throws -> SagaResult? {
        let (uptime, term) = (store.clock.uptime, options.worker.lease)
        let until = store.clock.now.advanced(by: term)
        let revision: Revision
        do {
            let deliver = Write(entry.record.key, expect: entry.unchanged, effect: .deliver(until: until))
            revision = try await store.commitSettling(Batch([deliver]))
        } catch {
            guard case .conflict = error else { throw error.surfaced }
            return nil
        }
        let claimed = Record(
            key: entry.record.key,
            revision: revision,
            deliveries: entry.record.deliveries + 1,
            due: until,
            tags: entry.record.tags,
            value: entry.record.value
        )
        let lease = Lease(claimed, from: store, for: term, claimedAt: uptime, observer: observer)
        let drive = try await takeUp(entry.name, entry.value, lease)
        return try await go(drive, holding: lease)
    }
}

/// What a caller of `perform` has to do with the saga of that id.
private final class SagaPart: Sendable {
    private enum State { case unknown, underWay, over }

    private let state = Mutex(State.unknown)
    private let bell = Signal()

    /// The saga is stored, or joined.
    func begin() { move(to: .underWay) }

    /// The caller has its answer.
    func end() { move(to: .over) }

    /// Waits until that is known.
    func isUnderWay() async -> Bool {
        while true {
            switch state.withLock({ $0 }) {
            case .unknown: await bell.wait()
            case .underWay: return true
            case .over: return false
            }
        }
    }

    private func move(to next: State) {
        state.withLock { $0 = next }
        bell.ring()
    }
}
