import ResilienceCore

extension ProviderJournal {
    /// Exports and deletes entries whose time is over, again and again until the task is cancelled.
    func retire() async {
        while !Task.isCancelled {
            do {
                while try await retireOnce() > 0 {}
            } catch {
                if Task.isCancelled { return }
                tell(.providerExportFailed, error)
            }
            try? await store.clock.pause(for: options.sweepInterval)
        }
    }

    /// Exports and deletes up to 200 entries whose time is over. A lease keeps other processes from them meanwhile.
    ///
    /// - Returns: How many there were.
    func retireOnce() async throws -> Int {
        let records = try await store.claim(Claim(requests.name, limit: 200, lease: .seconds(300)))
        guard !records.isEmpty else { return 0 }
        if let export {
            // What cannot be read is exported by nobody and would stay for ever.
            let entries = records.compactMap { try? $0.value.get(LoggedRequest.self) }
            if !entries.isEmpty { try await export(entries) }
        }
        let deletes = records.map { Write.delete($0.key, expect: .revision($0.revision)) }
        do throws(StoreError) {
            try await store.commitSettling(Batch(deletes))
        } catch {
            // After a conflict the lease has ended and another process took them: they are exported again there.
            guard case .conflict = error else { throw error.surfaced }
        }
        return records.count
    }
}
