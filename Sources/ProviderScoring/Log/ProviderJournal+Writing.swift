import ResilienceCore
import Synchronization

extension ProviderJournal {
    /// Writes what waits, until the task is cancelled, and then once more what is left.
    func write(for router: ProviderRouter) async {
        var pending = PendingEntries()
        while !Task.isCancelled {
            if pending.entries.isEmpty {
                if waitingEntries == 0 { await bell.wait() }
                if waitingEntries < options.batchSize { try? await store.clock.pause(for: options.delay) }
            } else {
                try? await store.clock.pause(for: pending.wait)
            }
            // What is being written when the call is cancelled is written to its end.
            let left = pending
            if let outcome = try? await shielded({ await self.round(left, router) }) {
                pending = outcome
            } else {
                pending.wait = .seconds(1)
            }
        }
        let left = pending
        _ = try? await shielded { await self.drain(left, router) }
    }

    /// Writes one batch: the one that could not be written before, or the next one; one entry of it, if the store has
    /// refused them together. Gives what is left.
    private func round(_ left: PendingEntries, _ router: ProviderRouter) async -> PendingEntries {
        var pending = left
        if pending.entries.isEmpty {
            pending = PendingEntries(entries: buffer.withLock { $0.take(options.batchSize, origin: origin) })
        }
        guard !pending.entries.isEmpty else { return pending }
        let count = pending.isApart ? 1 : pending.entries.count
        do {
            let health = pending.isApart ? [] : await healthWrites(for: router)
            let rest = try await write(Array(pending.entries.prefix(count)), health)
            pending.entries.replaceSubrange(..<count, with: rest)
            pending.wait = .zero
        } catch {
            guard case .invalid(let refused) = error as? StoreError else {
                tell(.providerLogFailed, ["error": "\(type(of: error))", "entries": "\(pending.entries.count)"])
                pending.wait = min(max(pending.wait * 2, .milliseconds(100)), Self.longestWait)
                return pending
            }
            // The store will never take it, and it must not keep the others from being written.
            if pending.isApart {
                pending.entries.removeFirst()
                buffer.withLock { $0.countRefused() }
                tell(.providerLogDropped, ["entries": "1", "error": "\(refused)"])
            }
            (pending.isApart, pending.wait) = (true, .zero)
        }
        guard pending.entries.isEmpty else { return pending }
        if pending.isApart { await writeHealth(of: router) }
        tellDropped()
        return PendingEntries()
    }

    /// Of how many providers the health goes with one batch.
    private static let healthAtOnce = 400

    /// The longest wait before entries are handed in again.
    static let longestWait = Duration.seconds(10)

    /// The last try for everything that waits; what fails now is lost, and told of.
    private func drain(_ left: PendingEntries, _ router: ProviderRouter) async {
        var pending = left
        var tries = 3
        while tries > 0 {
            let before = pending.entries.count
            pending.wait = .zero
            pending = await round(pending, router)
            if pending.entries.isEmpty && waitingEntries == 0 { return tellDropped() }
            if !pending.entries.isEmpty && pending.entries.count >= before { tries -= 1 }
            try? await store.clock.pause(for: pending.wait)
        }
        tell(.providerLogDropped, ["entries": "\(pending.entries.count + waitingEntries)"])
    }

    private func tellDropped() {
        let dropped = buffer.withLock { $0.tellDropped() }
        if dropped > 0 { tell(.providerLogDropped, ["entries": "\(dropped)"]) }
    }

    /// Writes entries, each once however often it is handed in, and the health that goes with them.
    ///
    /// - Returns: Those that are still to be written.
    private func write(_ entries: [JournalBuffer.Entry], _ health: [Write]) async throws -> [JournalBuffer.Entry] {
        var writes = entries.map { entry in
            requests.put(
                entry.request,
                at: entry.name,
                expect: .absent,
                due: entry.request.ended.advanced(by: options.retention)
            )
        }
        writes += health
        switch await commit(writes) {
        case .finished: return []
        case .failed(StoreError.conflict(let conflicts)): return try await left(of: entries, conflicts.map(\.key))
        case .failed(let error): throw error
        // It may still be applied; the names keep it from being applied twice.
        case .timedOut, .cancelled: throw StoreError.unavailable(JournalTimeout())
        }
    }

    /// After a conflict: what is not there yet. A name is this process's own, so what is there was written before.
    private func left(of entries: [JournalBuffer.Entry], _ keys: [RecordKey]) async throws -> [JournalBuffer.Entry] {
        let conflicting = Set(keys.map(\.name))
        let doubtful = entries.filter { conflicting.contains($0.name) }
        let keys = doubtful.map { requests.key($0.name) }
        let found = await withTimeLimit(options.timeLimit, on: store.clock) { [store] in try await store.read(keys) }
        switch found {
        case .finished(let records):
            let written = Set(records.compactMap { $0?.key.name })
            return entries.filter { !written.contains($0.name) }
        case .failed(let error): throw error
        case .timedOut, .cancelled: throw StoreError.unavailable(JournalTimeout())
        }
    }

    private func commit(_ writes: [Write]) async -> TimeLimited<Revision> {
        await withTimeLimit(options.timeLimit, on: store.clock) { [store] in
            try await store.commitSettling(Batch(writes), tries: 4)
        }
    }

    /// Writes health that goes with no entry. What fails now is written with the next ones.
    private func writeHealth(of router: ProviderRouter) async {
        let writes = await healthWrites(for: router)
        guard !writes.isEmpty else { return }
        if case .failed(let error) = await commit(writes) {
            tell(.providerLogFailed, ["error": "\(type(of: error))", "entries": "0"])
        }
    }

    /// The health of each provider of which something is known, for others to read.
    private func healthWrites(for router: ProviderRouter) async -> [Write] {
        var snapshots = router.snapshot().filter { $0.health != nil }
        guard !snapshots.isEmpty else { return [] }
        if snapshots.count > Self.healthAtOnce {
            // Those that do not fit into a commit come with the next ones.
            let turn = healthTurn.wrappingAdd(Self.healthAtOnce, ordering: .relaxed).oldValue % snapshots.count
            snapshots = Array((snapshots[turn...] + snapshots[..<turn]).prefix(Self.healthAtOnce))
        }
        let now = store.clock.now
        let keys = snapshots.map { health.key($0.name) }
        let known = await withTimeLimit(options.timeLimit, on: store.clock) { [store] in
            try await store.read(keys)
        }
        var created: [Timestamp] = Array(repeating: now, count: keys.count)
        if case .finished(let records) = known {
            for (place, record) in records.enumerated() {
                let value: ProviderHealthRecord? = try? record?.value.get()
                if let value { created[place] = value.createdAt }
            }
        }
        return zip(snapshots, created).compactMap { snapshot, first in
            ProviderHealthRecord(snapshot, createdAt: first, at: now).map {
                health.put($0, at: snapshot.name, expect: .any)
            }
        }
    }
}

/// Entries that are being written, the oldest first.
private struct PendingEntries: Sendable {
    var entries: [JournalBuffer.Entry] = []
    /// How long to wait before they are handed in again.
    var wait = Duration.zero
    /// Whether they go one by one, and health after them: the store has refused them together.
    var isApart = false
}

/// A store did not answer in time.
struct JournalTimeout: Error {}
