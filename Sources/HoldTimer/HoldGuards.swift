import ResilienceCore

/// When a guard goes: with the last slot of its resource.
///
/// A guard that is missing says that what begins later is free. Slots outlive the time of their guard where a hold has a
/// later interval too, and where the clock of who looks is ahead. So the store is asked, not the clock alone. Who takes
/// time of a resource writes its guard with the slots: what was seen counts as long as the guard has the same revision.
extension HoldDesk {
    /// Deletes guards of which all is past, now and then again and again, until the task is cancelled.
    func collectGuards(every interval: Duration, _ observer: (any Observer)?) async {
        repeat {
            do {
                try await collectGuards()
            } catch {
                guard !Task.isCancelled else { return }
                let facts = ["error": "\(type(of: error))"]
                let now = store.clock.now
                observer?.observe(ResilienceEvent(.sweepFailed, at: now, subject: records.guards.name, facts))
            }
        } while (try? await store.clock.pause(for: interval)) != nil
    }

    private func collectGuards() async throws(StoreError) {
        let now = store.clock.now
        var next: Scan? = Scan(records.guards.name, by: .due(through: now), limit: 200)
        while let scan = next {
            let page = try await store.scan(scan)
            var writes: [Write] = []
            for record in page { writes.append(try await collecting(record, at: now)) }
            try await commitUnlessTaken(writes)
            next = scan.following(page)
        }
    }

    /// Deletes a guard, or has it looked at again where a slot of its resource stands.
    private func collecting(_ record: Record, at now: Timestamp) async throws(StoreError) -> Write {
        let name = record.key.name
        let from = HoldRecords.slotBound(name, .distantPast)
        let until = HoldRecords.slotBound(name, .distantFuture) + "~"
        let slots = try await store.scan(Scan(records.slots.name, from: from, until: until, limit: 1))
        let unchanged = Expectation.revision(record.revision)
        guard slots.isEmpty else {
            return .reschedule(record.key, expect: unchanged, due: now.advanced(by: options.retention))
        }
        return .delete(record.key, expect: unchanged)
    }

    /// Leaves out the guards of which somebody has taken time meanwhile.
    private func commitUnlessTaken(_ writes: [Write]) async throws(StoreError) {
        var writes = writes
        while !writes.isEmpty {
            do throws(StoreError) {
                try await store.commitSettling(Batch(writes))
                return
            } catch .conflict(let conflicts) {
                let (taken, before) = (Set(conflicts.map(\.key)), writes.count)
                writes.removeAll { taken.contains($0.key) }
                guard writes.count < before else { throw .conflict(conflicts) }
            }
        }
    }
}
