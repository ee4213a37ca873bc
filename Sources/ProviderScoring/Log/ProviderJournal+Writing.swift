import ResilienceCore
import Synchronization

extension ProviderJournal {
    /// Writes what waits, until the task is cancelled, and then once more what is left.
    func write(for router: ProviderRouter) async {
        var pending: [JournalBuffer.Entry] = []
        var wait = Duration.zero
        while !Task.isCancelled {
            if pending.isEmpty {
                if waitingEntries == 0 { await bell.wait() }
                if waitingEntries < options.batchSize { try? await store.clock.pause(for: options.delay) }
            } else {
                try? await store.clock.pause(for: wait)
            }
            // What is being written when the call is cancelled is written to its end.
            let (left, waits) = (pending, wait)
            let outcome = try? await shielded { await self.round(left, waits, router) }
            (pending, wait) = outcome ?? (left, .seconds(1))
        }
        let left = pending
        _ = try? await shielded { await self.drain(left, router) }
    }

    /// Writes one batch: the one that could not be written before, or the next one. Gives what is left of it, and how
    /// long to wait before it is handed in again.
    private func round(
        _ left: [JournalBuffer.Entry],
        _ wait: Duration,
        _ router: ProviderRouter
    ) async -> ([JournalBuffer.Entry], Duration) {
        let entries = left.isEmpty ? buffer.withLock { $0.take(options.batchSize, origin: origin) } : left
        guard !entries.isEmpty else { return ([], .zero) }
        do {
            let rest = try await write(entries, for: router)
            if rest.isEmpty { tellDropped() }
            return (rest, .zero)
        } catch {
            tell(.providerLogFailed, ["error": "\(type(of: error))", "entries": "\(entries.count)"])
            return (entries, min(max(wait * 2, .milliseconds(100)), .seconds(10)))
        }
    }

    /// The last try for everything that waits; what fails now is lost, and told of.
    private func drain(_ left: [JournalBuffer.Entry], _ router: ProviderRouter) async {
        var pending = left
        var tries = 3
        while tries > 0 {
            var wait = Duration.zero
            (pending, wait) = await round(pending, .zero, router)
            if pending.isEmpty && waitingEntries == 0 { return tellDropped() }
            if !pending.isEmpty { tries -= 1 }
            try? await store.clock.pause(for: min(wait, .milliseconds(100)))
        }
        tell(.providerLogDropped, ["entries": "\(pending.count + waitingEntries)"])
    }

    private func tellDropped() {
        let dropped = buffer.withLock { $0.tellDropped() }
        if dropped > 0 { tell(.providerLogDropped, ["entries": "\(dropped)"]) }
    }

    /// Writes entries, each once however often it is handed in, and the health that goes with them.
    ///
    /// - Returns: Those that are still to be written.
    private func write(_ entries: [JournalBuffer.Entry], for router: ProviderRouter) async throws
        -> [JournalBuffer.Entry]
    {
        var writes = entries.map { entry in
            requests.put(
                entry.request,
                at: entry.name,
                expect: .absent,
                due: entry.request.ended.advanced(by: options.retention)
            )
        }
        writes += await healthWrites(for: router)
        let batch = Batch(writes)
        let outcome = await withTimeLimit(options.timeLimit, on: store.clock) { [store] in
            try await store.commitSettling(batch, tries: 4)
        }
        switch outcome {
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

    /// The health of each provider, for others to read.
    private func healthWrites(for router: ProviderRouter) async -> [Write] {
        let snapshots = router.snapshot().prefix(400)
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
        return zip(snapshots, created).map { snapshot, first in
            health.put(
                ProviderHealthRecord(snapshot, createdAt: first, at: now), at: snapshot.name, expect: .any
            )
        }
    }
}

/// A store did not answer in time.
struct JournalTimeout: Error {}
