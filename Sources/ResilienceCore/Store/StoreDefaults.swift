extension RecordStore {
    /// Claims by scanning for what is due and committing record by record at the revision read.
    ///
    /// Records that another caller took in between are left out.
    public func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        try claim.validate()
        let due = try await scan(Scan(claim.space, by: .due(through: clock.now), limit: claim.limit))
        var claimed: [Record] = []
        for record in due {
            do {
                claimed.append(try await claimOne(record, lease: claim.lease))
            } catch .conflict {
                continue
            } catch {
                // What was claimed so far is the caller's; the rest stays due.
                guard claimed.isEmpty else { return claimed }
                throw error
            }
        }
        return claimed
    }

    private func claimOne(_ record: Record, lease: Duration) async throws(StoreError) -> Record {
        let due = clock.now.advanced(by: lease)
        let revision = try await commit(
            Batch([Write(record.key, expect: .revision(record.revision), effect: .deliver(until: due))])
        )
        return Record(
            key: record.key,
            revision: revision,
            deliveries: record.deliveries + 1,
            due: due,
            tags: record.tags,
            value: record.value
        )
    }

    /// Counts by scanning page after page; a store that can count does so in one step.
    public func count(_ scan: Scan) async throws(StoreError) -> Int {
        var next: Scan? = scan
        next?.limit = StoreLimits.results
        var total = 0
        while let page = next {
            let records = try await self.scan(page)
            total += records.count
            next = page.following(records)
        }
        return total
    }

    /// Looks once a second.
    public func wakeups(in space: String) -> AsyncStream<Void> {
        let clock = clock
        return AsyncStream(unfolding: { try? await clock.pause(for: .seconds(1)) })
    }

    /// The record at one key, or `nil`.
    public func read(_ key: RecordKey) async throws(StoreError) -> Record? {
        try await read([key]).first ?? nil
    }
}
